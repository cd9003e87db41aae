//! Random rulesets and contexts: names from a small pool, so that they meet; mostly
//! well formed, and now and then with junk somewhere.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

pub(super) const FLAGS: [&str; 5] = ["a", "b", "c", "d", "e"];
pub(super) const SEGMENTS: [&str; 3] = ["s", "t", "u"];

fn key(pool: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    select(pool)
}

/// Values that attributes and operators meet.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(vec!["", "x", "X", "user-1", "1.2.3", "1-rc", "10.0.0.1", "10.0.0.0/8", "2024-01-01T00:00:00.5Z", "ß", "("]).prop_map(Value::from),
        3 => select(vec![json!(0), json!(-0.0), json!(1), json!(1.5), json!(1e300), json!(9007199254740993_u64)]),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn junk() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]{0,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn attribute() -> impl Strategy<Value = Value> {
    select(vec![
        "targetingKey",
        "x",
        "y.z",
        "/list/0",
        "/",
        "/y/z",
        "a..b",
    ])
    .prop_map(Value::from)
}

fn leaf() -> impl Strategy<Value = Value> {
    let ops = [
        "in",
        "starts_with",
        "contains",
        "matches",
        "lt",
        "gte",
        "before",
        "after",
        "semver_lt",
        "in_cidr",
        "exists",
    ];
    (attribute(), select(ops.to_vec()), prop::collection::vec(scalar(), 0..3), any::<bool>())
        .prop_map(|(attribute, op, values, ignore_case)| {
            json!({"attribute": attribute, "op": op, "values": values, "ignore_case": ignore_case})
        })
}

fn readable_leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec!["x", "user-1", "1.2.3"])
            .prop_map(|value| json!({"attribute": "x", "op": "in", "values": [value, 1]})),
        Just(json!({"attribute": "y.z", "op": "exists"})),
        Just(json!({"attribute": "x", "op": "gte", "values": [1]})),
        (0_u32..=100_000, "[a-c]")
            .prop_map(|(slots, salt)| json!({"share": {"slots": slots, "salt": salt}})),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let base = prop_oneof![
        6 => readable_leaf(),
        1 => leaf(),
        2 => key(&SEGMENTS).prop_map(|key| json!({"segment": key})),
        2 => key(&FLAGS).prop_map(|key| json!({"flag": key, "variations": ["on"]})),
    ];
    base.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"all": parts})),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"any": parts})),
            inner.prop_map(|part| json!({"not": part})),
        ]
    })
}

fn serve() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec!["on", "off"]).prop_map(|variation| json!({"variation": variation})),
        (0_u32..=100_000, select(vec!["targetingKey", "y.z"])).prop_map(|(slots, by)| {
            json!({"split": {"by": by, "allocation": [
                {"variation": "on", "slots": slots}, {"variation": "off", "slots": 100_000 - slots}]}})
        }),
    ]
}

fn well_formed_flag() -> impl Strategy<Value = Value> {
    let prerequisite = (key(&FLAGS), select(vec!["on", "off"]))
        .prop_map(|(flag, variation)| json!({"flag": flag, "variations": [variation]}));
    let rule = (condition(), serve())
        .prop_map(|(when, serve)| json!({"id": "r", "when": when, "serve": serve}));
    (
        prop::bool::weighted(0.85),
        prop::option::of(Just("off")),
        prop::collection::vec(prerequisite, 0..2),
        prop::collection::vec(scalar(), 0..3),
        prop::collection::vec(rule, 0..3),
        serve(),
        0_u64..1000,
    )
        .prop_map(
            |(enabled, off, prerequisites, listed, rules, default, version)| {
                // A flag without a target is another thing than one whose target lists nobody.
                let targets = match listed.as_slice() {
                    [] => json!([]),
                    _ => json!([{"variation": "on", "values": listed}]),
                };
                json!({
                    "type": "boolean", "version": version, "enabled": enabled, "off": off,
                    "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
                    "prerequisites": prerequisites,
                    "targets": targets, "rules": rules, "default": default
                })
            },
        )
}

fn well_formed_segment() -> impl Strategy<Value = Value> {
    let rule = condition().prop_map(|when| json!({"when": when}));
    (
        prop::collection::vec(rule, 0..3),
        prop::collection::vec(scalar(), 0..2),
        0_u64..1000,
    )
        .prop_map(|(rules, listed, version)| {
            json!({"version": version, "rules": rules, "included": [{"values": listed}],
                "excluded": [{"attribute": "x", "values": ["x"]}]})
        })
}

/// Puts something else in the place of one value, somewhere.
fn spoil(json: &mut Value, place: &Index, junk: Value) {
    let mut pointers = vec![String::new()];
    let mut next = 0;
    while next < pointers.len() {
        let pointer = pointers[next].clone();
        next += 1;
        match json.pointer(&pointer) {
            Some(Value::Object(members)) => {
                pointers.extend(members.keys().map(|name| format!("{pointer}/{name}")));
            }
            Some(Value::Array(elements)) => {
                pointers.extend((0..elements.len()).map(|index| format!("{pointer}/{index}")));
            }
            _ => {}
        }
    }
    let pointer = &pointers[place.index(pointers.len())];
    *json.pointer_mut(pointer).unwrap() = junk;
}

fn perhaps_spoilt(json: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    (json, prop::option::weighted(0.15, (any::<Index>(), junk()))).prop_map(
        |(mut json, spoiler)| {
            if let Some((place, junk)) = spoiler {
                spoil(&mut json, &place, junk);
            }
            json
        },
    )
}

pub(super) fn flag() -> impl Strategy<Value = Value> {
    perhaps_spoilt(well_formed_flag())
}

pub(super) fn segment() -> impl Strategy<Value = Value> {
    perhaps_spoilt(well_formed_segment())
}

fn entries(
    pool: &'static [&'static str],
    entry: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(prop::option::weighted(0.8, entry), pool.len()).prop_map(|entries| {
        let named = pool.iter().zip(entries);
        named
            .filter_map(|(name, entry)| Some(((*name).to_owned(), entry?)))
            .collect()
    })
}

/// The flags and segments of a ruleset.
pub(super) fn ruleset() -> impl Strategy<Value = (Map<String, Value>, Map<String, Value>)> {
    (entries(&FLAGS, flag()), entries(&SEGMENTS, segment()))
}

pub(super) fn context() -> impl Strategy<Value = Value> {
    let value = prop_oneof![3 => scalar(), 1 => junk()];
    prop::collection::btree_map(
        select(vec!["targetingKey", "x", "y", "list", ""]),
        prop_oneof![2 => value, 1 => scalar().prop_map(|value| json!({"z": value}))],
        0..5,
    )
    .prop_map(|members| {
        let members = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Value::Object(members.collect())
    })
}
