//! What the targets share: rulesets and contexts made of arbitrary bytes, mostly well
//! formed, with names from a small pool so that they meet.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};
use serin_engine::{
    condition::Operator, context::Context, evaluation::Evaluation, ruleset::Ruleset,
};

/// The keys that flags have.
pub const FLAGS: [&str; 4] = ["a", "b", "c", "d"];
/// The keys that segments have.
pub const SEGMENTS: [&str; 3] = ["s", "t", "u"];

const ATTRIBUTES: [&str; 8] = [
    "targetingKey",
    "x",
    "y.z",
    "/list/0",
    "list",
    "/",
    "/y/z",
    "a..b",
];
const TEXTS: [&str; 12] = [
    "",
    "x",
    "X",
    "user-1",
    "1.2.3",
    "1-rc",
    "10.0.0.1",
    "10.0.0.0/8",
    "2024-01-01T00:00:00.5Z",
    "ß",
    "^a+$",
    "(",
];
/// How deep conditions and contexts nest.
const DEPTH: u32 = 4;

/// An evaluation in a form that can be compared.
pub fn shown(evaluation: &Evaluation<'_>) -> String {
    format!("{evaluation:?}")
}

/// A ruleset document of these flags and segments, at a revision.
pub fn document(revision: u64, flags: &Map<String, Value>, segments: &Map<String, Value>) -> Value {
    json!({
        "format": 1, "project": "p", "environment": "e", "revision": revision,
        "flags": flags, "segments": segments,
    })
}

/// The compiled form of a document that [`document`] made.
///
/// # Panics
/// Where it is refused as a whole: only flags of it may be.
pub fn compiled(document: &Value) -> Ruleset {
    let (ruleset, _) = Ruleset::parse(&document.to_string()).expect("the document is well formed");
    ruleset
}

/// A context; its attributes are those that conditions ask for.
pub fn context(u: &mut Unstructured<'_>) -> Result<Context> {
    let mut members = Map::new();
    for name in ["targetingKey", "x", "y", "list", ""] {
        if u.ratio(2, 3)? {
            let value = value(u, DEPTH)?;
            let value = if name == "y" && u.ratio(2, 3)? {
                json!({ "z": value })
            } else {
                value
            };
            members.insert(name.to_owned(), value);
        }
    }
    Ok(Context::from_json(Value::Object(members)).expect("an object"))
}

/// Some flags and segments by key.
pub fn entries(u: &mut Unstructured<'_>) -> Result<(Map<String, Value>, Map<String, Value>)> {
    let mut flags = Map::new();
    for key in FLAGS {
        if u.ratio(4, 5)? {
            flags.insert(key.to_owned(), flag(u)?);
        }
    }
    let mut segments = Map::new();
    for key in SEGMENTS {
        if u.ratio(2, 3)? {
            segments.insert(key.to_owned(), segment(u)?);
        }
    }
    Ok((flags, segments))
}

/// A flag, now and then with something in it that does not belong there.
pub fn flag(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut rules = Vec::new();
    for number in 0..u.int_in_range(0..=3)? {
        rules.push(
            json!({ "id": format!("r{number}"), "when": condition(u, DEPTH)?, "serve": serve(u)? }),
        );
    }
    let mut prerequisites = Vec::new();
    for _ in 0..u.int_in_range(0..=2)? {
        prerequisites.push(json!({ "flag": u.choose(&FLAGS)?, "variations": [variation(u)?] }));
    }
    let mut flag = json!({
        "type": "boolean", "version": u.int_in_range(0..=1000)?, "enabled": u.ratio(5, 6)?,
        "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
        "prerequisites": prerequisites, "rules": rules, "default": serve(u)?,
        "targets": [{ "variation": variation(u)?, "attribute": u.choose(&ATTRIBUTES)?, "values": values(u)? }],
    });
    if u.ratio(1, 2)? {
        flag["off"] = variation(u)?;
    }
    if u.ratio(1, 8)? {
        let members = flag.as_object_mut().expect("an object");
        let names: Vec<_> = members.keys().cloned().collect();
        members.insert(u.choose(&names)?.clone(), value(u, 2)?);
    }
    Ok(flag)
}

/// A segment.
pub fn segment(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut rules = Vec::new();
    for _ in 0..u.int_in_range(0..=2)? {
        rules.push(json!({ "when": condition(u, DEPTH)? }));
    }
    Ok(json!({
        "version": u.int_in_range(0..=1000)?, "rules": rules,
        "included": [{ "attribute": u.choose(&ATTRIBUTES)?, "values": values(u)? }],
        "excluded": [{ "values": values(u)? }],
    }))
}

/// A condition.
pub fn condition(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 4 } else { 7 })? {
        0 | 1 => json!({
            "attribute": u.choose(&ATTRIBUTES)?, "op": u.choose(&Operator::ALL)?,
            "values": values(u)?, "ignore_case": u.arbitrary::<bool>()?,
        }),
        2 => json!({ "segment": u.choose(&SEGMENTS)? }),
        3 => json!({ "flag": u.choose(&FLAGS)?, "variations": [variation(u)?] }),
        4 => json!({ "share": {
            "slots": u.int_in_range(0..=100_000)?, "salt": text(u)?, "by": u.choose(&ATTRIBUTES)?,
        } }),
        5 => json!({ "not": condition(u, depth - 1)? }),
        group => {
            let mut parts = Vec::new();
            for _ in 0..u.int_in_range(0..=3)? {
                parts.push(condition(u, depth - 1)?);
            }
            json!({ if group == 6 { "all" } else { "any" }: parts })
        }
    })
}

fn serve(u: &mut Unstructured<'_>) -> Result<Value> {
    if u.ratio(1, 2)? {
        return Ok(json!({ "variation": variation(u)? }));
    }
    let slots = u.int_in_range(0..=100_000)?;
    Ok(
        json!({ "split": { "by": u.choose(&ATTRIBUTES)?, "allocation": [
        { "variation": "on", "slots": slots }, { "variation": "off", "slots": 100_000 - slots },
    ] } }),
    )
}

fn variation(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(Value::from(*u.choose(&["on", "off", "on", "off", "gone"])?))
}

fn values(u: &mut Unstructured<'_>) -> Result<Vec<Value>> {
    (0..u.int_in_range(0..=3)?).map(|_| value(u, 0)).collect()
}

fn text(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(3, 4)? {
        Ok((*u.choose(&TEXTS)?).to_owned())
    } else {
        u.arbitrary()
    }
}

fn value(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    Ok(match u.int_in_range(0..=if depth == 0 { 6 } else { 8 })? {
        0 => Value::Null,
        1 => Value::from(u.arbitrary::<bool>()?),
        2 => Value::from(u.arbitrary::<i64>()?),
        // One that JSON does not have becomes null.
        3 => Value::from(u.arbitrary::<f64>()?),
        4 => Value::from(u.int_in_range(0..=3)?),
        5 | 6 => Value::from(text(u)?),
        7 => (0..u.int_in_range(0..=3)?)
            .map(|_| value(u, depth - 1))
            .collect::<Result<Vec<_>>>()?
            .into(),
        _ => json!({ "z": value(u, depth - 1)?, text(u)?: value(u, depth - 1)? }),
    })
}
