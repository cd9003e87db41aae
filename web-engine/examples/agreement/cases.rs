//! Cases that follow from a seed: rulesets, and what is asked of each.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// How many questions there are to a ruleset.
const QUESTIONS: usize = 40;
const FLAGS: [&str; 5] = ["a", "b", "c.d", "новый", "e/f~"];
const SEGMENTS: [&str; 3] = ["s", "t", "u"];
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
const OPERATORS: [&str; 18] = [
    "in",
    "starts_with",
    "ends_with",
    "contains",
    "matches",
    "lt",
    "lte",
    "gt",
    "gte",
    "before",
    "after",
    "semver_eq",
    "semver_lt",
    "semver_lte",
    "semver_gt",
    "semver_gte",
    "in_cidr",
    "exists",
];
const TEXTS: [&str; 22] = [
    "",
    "x",
    "X",
    "xyz",
    "user-1",
    "DE",
    "de",
    "ß",
    "SS",
    "İ",
    "ı",
    "Σίσυφος",
    "ς",
    "ﬃ",
    "日本語",
    "e\u{301}",
    "\u{2028}",
    "😀",
    "a\tb",
    "\"",
    "\\",
    "Straße 12",
];
const VERSIONS: [&str; 10] = [
    "1",
    "1.2",
    "1.2.3",
    "1-rc",
    "1.0.0-rc.1",
    "1.0.0-rc.10",
    "1.0.0+build",
    "99999999999999999999.0.0",
    "0.0.0",
    "4294967296.4294967297.1",
];
const NETWORKS: [&str; 8] = [
    "10.0.0.0/8",
    "10.1.2.3/31",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/0",
    "::ffff:10.0.0.0/104",
    "192.168.1.7/32",
    "fe80::1/64",
];
const ADDRESSES: [&str; 7] = [
    "10.1.2.3",
    "192.168.1.7",
    "2001:db8::1",
    "::ffff:10.1.2.3",
    "fe80::2",
    "256.1.1.1",
    "::",
];
const TIMES: [&str; 8] = [
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.5Z",
    "2024-01-01t02:00:00.500000000001+02:00",
    "1969-12-31T23:59:59.999Z",
    "2024-02-29T12:00:00z",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "2038-01-19T03:14:08Z",
];
const PATTERNS: [&str; 16] = [
    "x",
    "^x?$",
    "(?i)straße",
    "[a-z]+-[0-9]{1,3}",
    r"\d+",
    r"\bDE\b",
    "[^a-c]",
    "(a|b|user)-1",
    r"^[\w.+-]{1,8}$",
    r"\p{Greek}",
    "(",
    "a{2,1}",
    r"(?=x)",
    r"\w{400}",
    ".*",
    "[[:alpha:]]",
];

/// A call.
pub(crate) struct Case {
    pub(crate) call: &'static str,
    pub(crate) argument: String,
}

/// Cases without end.
pub(crate) struct Cases {
    random: Random,
    asked: usize,
    /// What the last ruleset had.
    flags: Map<String, Value>,
    segments: Map<String, Value>,
}

impl Cases {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random(seed),
            asked: QUESTIONS,
            flags: Map::new(),
            segments: Map::new(),
        }
    }
}

impl Iterator for Cases {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        if self.asked == QUESTIONS {
            self.asked = 0;
            return Some(self.load());
        }
        self.asked += 1;
        let (call, argument) = match self.random.below(QUESTIONS) {
            0..22 => ("evaluate", self.request()),
            22..28 => ("explain", self.explain()),
            28..34 => ("check", self.check()),
            34..37 => ("draft", self.edit()),
            37 | 38 => ("try_regex", self.expression()),
            _ => ("impact", self.impact()),
        };
        Some(Case {
            call,
            argument: argument.to_string(),
        })
    }
}

impl Cases {
    fn load(&mut self) -> Case {
        let random = &mut self.random;
        self.flags = entries(random, &FLAGS, |random| {
            let mut flag = definition(random);
            let config = config(random, false);
            for (name, value) in config.as_object().into_iter().flatten() {
                flag[name] = value.clone();
            }
            flag["version"] = random.below(9).into();
            flag
        });
        self.segments = entries(random, &SEGMENTS, |random| {
            let mut segment = segment(random);
            segment["version"] = random.below(9).into();
            segment
        });
        let document = json!({
            "format": 1, "project": "p", "environment": "e", "revision": random.below(1000),
            // Of another place each time, so that each is taken.
            "fingerprint": null, "flags": self.flags, "segments": self.segments,
        });
        let mut document = document;
        document["environment"] = random.next().to_string().into();
        Case {
            call: "load",
            argument: document.to_string(),
        }
    }

    fn request(&mut self) -> Value {
        let flag = self.random.one_of(&FLAGS);
        let mut request = json!({ "flag": flag, "context": context(&mut self.random) });
        if self.random.once_in(4) {
            request["default"] = value(&mut self.random);
        }
        request
    }

    fn explain(&mut self) -> Value {
        let mut question = self.request();
        question["drafts"] = self.drafts();
        question
    }

    fn impact(&mut self) -> Value {
        let flag = self.random.one_of(&FLAGS);
        let drafts = self.drafts();
        if self.random.once_in(2) {
            let contexts = self.random.some(20, context);
            json!({ "flag": flag, "drafts": drafts, "contexts": contexts })
        } else {
            let base = context(&mut self.random);
            let (units, from) = (self.random.below(50), self.random.below(1000));
            json!({ "flag": flag, "drafts": drafts, "units": units, "from": from, "base": base })
        }
    }

    fn drafts(&mut self) -> Value {
        let mut flags = Map::new();
        let mut segments = Map::new();
        if self.random.once_in(2) {
            let mut edit = self.edit();
            let key = edit["flag"].take();
            flags.insert(key.as_str().unwrap_or_default().to_owned(), edit);
        }
        if self.random.once_in(3) {
            let key = self.random.one_of(&SEGMENTS);
            segments.insert(key.to_owned(), segment(&mut self.random));
        }
        json!({ "flags": flags, "segments": segments })
    }

    fn edit(&mut self) -> Value {
        let key = self.random.one_of(&FLAGS);
        let config = config(&mut self.random, true);
        json!({ "flag": key, "definition": definition(&mut self.random), "config": config })
    }

    fn check(&mut self) -> Value {
        let mut subject = match self.random.below(4) {
            0 => json!({ "kind": "flag", "definition": definition(&mut self.random) }),
            1 => {
                let config = segment(&mut self.random);
                json!({ "kind": "segment_config", "segment": "s", "config": config })
            }
            2 => json!({ "kind": "condition", "condition": condition(&mut self.random, 3) }),
            _ => {
                let mut edit = self.edit();
                edit["kind"] = "flag_config".into();
                edit
            }
        };
        if self.random.once_in(2) {
            let name = ["definition", "config", "condition"]
                .into_iter()
                .rfind(|name| subject.get(name).is_some())
                .unwrap_or("kind");
            spoil(&mut self.random, &mut subject[name]);
        }
        subject
    }

    fn expression(&mut self) -> Value {
        let random = &mut self.random;
        let text: String = random.some(8, |random| random.one_of(&TEXTS)).join(" ");
        let pattern = pattern(random);
        json!({ "pattern": pattern, "text": text, "ignore_case": random.once_in(2) })
    }
}

fn entries(
    random: &mut Random,
    names: &[&str],
    mut make: impl FnMut(&mut Random) -> Value,
) -> Map<String, Value> {
    let mut entries = Map::new();
    for name in names {
        if !random.once_in(5) {
            let mut entry = make(random);
            if random.once_in(12) {
                spoil(random, &mut entry);
            }
            entries.insert((*name).to_owned(), entry);
        }
    }
    entries
}

fn definition(random: &mut Random) -> Value {
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
fn config(random: &mut Random, weights: bool) -> Value {
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

fn segment(random: &mut Random) -> Value {
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

fn condition(random: &mut Random, depth: usize) -> Value {
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
    let op = random.one_of(&OPERATORS);
    let values = random.some(3, |random| match op {
        "in" => value(random),
        "starts_with" | "ends_with" | "contains" => random.one_of(&TEXTS).into(),
        // Compiling them is most of the work.
        "matches" => pattern(random).into(),
        "lt" | "lte" | "gt" | "gte" => number(random),
        "before" | "after" => time(random),
        "in_cidr" => random.one_of(&NETWORKS).into(),
        "exists" => Value::Null,
        _ => random.one_of(&VERSIONS).into(),
    });
    let values = if op == "exists" { Vec::new() } else { values };
    let mut leaf = json!({ "attribute": random.one_of(&ATTRIBUTES), "op": op, "values": values });
    if random.once_in(3) {
        leaf["ignore_case"] = true.into();
    }
    leaf
}

fn pattern(random: &mut Random) -> String {
    // The dear ones are rare, and so are those that are none.
    let most = if random.once_in(6) { PATTERNS.len() } else { 8 };
    let one = random.one_of(&PATTERNS[..most]);
    if random.once_in(20) {
        return format!("(?:{one}){{{}}}", random.below(3000));
    }
    one.to_owned()
}

fn number(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!(0),
        1 => json!(-0.0),
        2 => json!(random.below(1000)),
        3 => json!(random.next()),
        4 => json!(-9_007_199_254_740_993_i64),
        5 => json!(random.below(1_000_000) as f64 / 1000.0),
        // Any bits that are a number.
        6 => f64::from_bits(random.next()).into(),
        _ => random.one_of(&[
            json!(1e300),
            json!(5e-324),
            json!(0.1),
            json!(1e21),
            json!(1.5e-7),
        ]),
    }
}

fn time(random: &mut Random) -> Value {
    match random.below(3) {
        0 => json!(random.next() as i64 / 1_000_000),
        1 => json!(random.below(2_000_000_000) as f64 * 1000.5),
        _ => random.one_of(&TIMES).into(),
    }
}

fn value(random: &mut Random) -> Value {
    match random.below(4) {
        0 => number(random),
        1 => json!(random.once_in(2)),
        _ => random.one_of(&TEXTS).into(),
    }
}

fn attribute(random: &mut Random) -> Value {
    match random.below(9) {
        0 => number(random),
        1 => time(random),
        2 => random.one_of(&VERSIONS).into(),
        3 => random.one_of(&ADDRESSES).into(),
        4 => Value::Array(random.some(3, value)),
        5 => json!({ "z": value(random) }),
        6 => json!(format!("user-{}", random.below(1_000_000))),
        _ => value(random),
    }
}

fn context(random: &mut Random) -> Value {
    let mut context = Map::new();
    if !random.once_in(6) {
        let key = match random.below(4) {
            0 => number(random),
            _ => json!(format!("user-{}", random.next())),
        };
        context.insert("targetingKey".to_owned(), key);
    }
    for name in ["x", "y", "list", "", "country"] {
        if !random.once_in(3) {
            context.insert(name.to_owned(), attribute(random));
        }
    }
    Value::Object(context)
}

/// Puts something else in the place of one value, somewhere.
fn spoil(random: &mut Random, json: &mut Value) {
    let mut place = json;
    loop {
        let inside = match &*place {
            Value::Object(members) => members.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        if inside == 0 || random.once_in(5) {
            break;
        }
        let index = random.below(inside);
        place = match place {
            Value::Object(members) => members.values_mut().nth(index),
            Value::Array(items) => items.get_mut(index),
            _ => None,
        }
        .expect("as many as counted");
    }
    *place = match random.below(6) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({ "unknown": 1 }),
        _ => value(random),
    };
}
