//! Documents as people write them, and as rulesets have them: names from a small pool, so
//! that they meet.

use serde_json::{Value, json};
use serin_engine::condition::Operator;

use crate::{
    random::Random,
    values::{NETWORKS, TEXTS, VERSIONS, number, pattern, time, value},
};

pub(crate) const FLAGS: [&str; 5] = ["a", "b", "c.d", "новый", "e/f~"];
pub(crate) const SEGMENTS: [&str; 3] = ["s", "t", "u"];
const VARIATIONS: [&str; 3] = ["on", "off", "third"];
const ATTRIBUTES: [&str; 9] = [
    "targetingKey",
    "x",
    "y",
    "y.z",
    "/list/0",
    "/y/z",
    "list",
    "/",
    "country",
];

pub(crate) fn definition(random: &mut Random) -> Value {
    let kind = random.one_of(&["boolean", "string", "number", "object"]);
    let variations: Vec<Value> = VARIATIONS
        .iter()
        .map(|key| {
            let value = match kind {
                "boolean" => json!(*key == "on"),
                "string" => json!(random.one_of(&TEXTS)),
                "number" => number(random),
                _ => json!({ "n": number(random), "t": random.one_of(&TEXTS) }),
            };
            json!({ "key": key, "value": value })
        })
        .collect();
    let mut definition = json!({ "type": kind, "variations": variations });
    if random.once_in(3) {
        definition["salt"] = random.one_of(&TEXTS).into();
    }
    if random.once_in(4) {
        definition["schema"] = random.one_of(&[
            json!({ "type": "object", "required": ["n"], "properties": { "n": { "minimum": 0, "multipleOf": 0.1 } } }),
            json!({ "type": ["string", "number"], "maxLength": 3, "pattern": r"^\w*$" }),
            json!({ "enum": [true, false, 1, "x"] }),
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "not": { "const": "" } } } }),
            json!({ "type": "nothing" }),
        ]);
    }
    definition
}

/// A flag's configuration, with weights as people write it or with allocations.
pub(crate) fn config(random: &mut Random, weights: bool) -> Value {
    let mut number = 0;
    let rules = random.some(3, |random| {
        number += 1;
        json!({ "id": format!("r{number}"), "when": condition(random, 3), "serve": serve(random, weights) })
    });
    let prerequisites = random.some(1, |random| {
        json!({ "flag": random.one_of(&FLAGS), "variations": [random.one_of(&VARIATIONS)] })
    });
    let targets = random.some(2, |random| {
        json!({ "variation": random.one_of(&VARIATIONS), "values": random.some(3, |random| random.one_of(&TEXTS)) })
    });
    json!({
        "enabled": !random.once_in(8), "off": "off", "prerequisites": prerequisites,
        "targets": targets, "rules": rules, "default": serve(random, weights),
    })
}

pub(crate) fn segment(random: &mut Random) -> Value {
    let rules = random.some(2, |random| json!({ "when": condition(random, 2) }));
    let members = |random: &mut Random| {
        random.some(2, |random| {
            json!({ "attribute": random.one_of(&ATTRIBUTES[..6]), "values": random.some(3, |random| random.one_of(&TEXTS)) })
        })
    };
    json!({ "included": members(random), "excluded": members(random), "rules": rules })
}

fn serve(random: &mut Random, weights: bool) -> Value {
    if random.once_in(2) {
        return json!({ "variation": random.one_of(&VARIATIONS) });
    }
    let on = random.below(100_001);
    let off = random.below(100_001 - on);
    let third = 100_000 - on - off;
    let mut split = if weights {
        json!({ "weights": { "on": on, "off": off, "third": third } })
    } else {
        json!({ "allocation": [
            { "variation": "on", "slots": on }, { "variation": "off", "slots": off },
            { "variation": "third", "slots": third },
        ] })
    };
    if random.once_in(2) {
        split["by"] = random
            .one_of(&["x", "y.z", "targetingKey", "/list/0"])
            .into();
    }
    if random.once_in(3) {
        split["salt"] = random.one_of(&TEXTS).into();
    }
    json!({ "split": split })
}

pub(crate) fn condition(random: &mut Random, depth: usize) -> Value {
    let kinds = if depth == 0 { 5 } else { 9 };
    match random.below(kinds) {
        0 => json!({ "segment": random.one_of(&SEGMENTS) }),
        1 => json!({ "flag": random.one_of(&FLAGS), "variations": [random.one_of(&VARIATIONS)] }),
        2 => {
            let (slots, salt) = (random.below(100_001), random.one_of(&TEXTS));
            json!({ "share": { "slots": slots, "salt": salt, "by": random.one_of(&["targetingKey", "x"]) } })
        }
        5 => json!({ "not": condition(random, depth - 1) }),
        6 => json!({ "all": random.some(3, |random| condition(random, depth - 1)) }),
        7 => json!({ "any": random.some(3, |random| condition(random, depth - 1)) }),
        _ => leaf(random),
    }
}

fn leaf(random: &mut Random) -> Value {
    let op = random.one_of(&Operator::ALL);
    let values = random.some(3, |random| match op {
        Operator::In => value(random),
        Operator::StartsWith | Operator::EndsWith | Operator::Contains => {
            random.one_of(&TEXTS).into()
        }
        // Compiling them is most of the work.
        Operator::Matches => pattern(random).into(),
        Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte => number(random),
        Operator::Before | Operator::After => time(random),
        Operator::InCidr => random.one_of(&NETWORKS).into(),
        Operator::Exists => Value::Null,
        _ => random.one_of(&VERSIONS).into(),
    });
    let values = if op == Operator::Exists {
        Vec::new()
    } else {
        values
    };
    let mut leaf = json!({ "attribute": random.one_of(&ATTRIBUTES), "op": op, "values": values });
    if random.once_in(3) {
        leaf["ignore_case"] = true.into();
    }
    leaf
}
