//! Values that attributes and operators meet, with the hard ones of each kind.

use serde_json::{Map, Value, json};

use crate::random::Random;

pub(crate) const TEXTS: [&str; 22] = [
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
pub(crate) const VERSIONS: [&str; 10] = [
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
pub(crate) const NETWORKS: [&str; 8] = [
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
pub(crate) fn pattern(random: &mut Random) -> String {
    // The dear ones are rare, and so are those that are none.
    let most = if random.once_in(6) { PATTERNS.len() } else { 8 };
    let one = random.one_of(&PATTERNS[..most]);
    if random.once_in(20) {
        return format!("(?:{one}){{{}}}", random.below(3000));
    }
    one.to_owned()
}

pub(crate) fn number(random: &mut Random) -> Value {
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

pub(crate) fn time(random: &mut Random) -> Value {
    match random.below(3) {
        0 => json!(random.next() as i64 / 1_000_000),
        1 => json!(random.below(2_000_000_000) as f64 * 1000.5),
        _ => random.one_of(&TIMES).into(),
    }
}

pub(crate) fn value(random: &mut Random) -> Value {
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

pub(crate) fn context(random: &mut Random) -> Value {
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
pub(crate) fn spoil(random: &mut Random, json: &mut Value) {
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
