//! Leaves that are compiled into a form of their own say what their operator says.

use serde_json::{Map, Value, json};

use super::{compiled, ruled};
use crate::compile;
use crate::context::{AttributeValue, Context, ContextRef};
use crate::plan::{Split, Unit};
use crate::ruleset::{Patch, PatchError, Ruleset};
use crate::slots::SLOTS;

const TEXTS: [&str; 11] = [
    "",
    "a",
    "al",
    "alice",
    "alice-1",
    "alice-12",
    "alice@example.com",
    "alicf-1",
    "älice",
    "\0",
    "bob",
];
const VERSIONS: [&str; 13] = [
    "0",
    "0.0.1",
    "0.1",
    "1",
    "1.2.3",
    "1.2.4",
    "1.2.3-rc",
    "1.2.3+b",
    "1.2097151.0",
    "1.2097152.0",
    "2097151.2097151.2097151",
    "2097152.0.0",
    "x",
];
const NUMBERS: [f64; 6] = [-1.5, 0.0, 1.0, 18.0, 42.0, 1e300];

/// Leaves of an operator, each with one value or with two.
fn leaves(ops: &[&str], values: &[Value]) -> Vec<Value> {
    let pairs = values
        .iter()
        .zip(values.iter().skip(1))
        .map(|(one, other)| vec![other.clone(), one.clone()]);
    let lists: Vec<Vec<Value>> = values
        .iter()
        .map(|one| vec![one.clone()])
        .chain(pairs)
        .collect();
    let leaf = |op, values| json!({"attribute": "x", "op": op, "values": values});
    ops.iter()
        .flat_map(|op| lists.iter().map(move |values| leaf(op, values)))
        .collect()
}

fn all_leaves() -> Vec<Value> {
    let versions: Vec<Value> = VERSIONS[..12].iter().map(|one| json!(one)).collect();
    [
        leaves(&["starts_with", "ends_with"], &TEXTS.map(|one| json!(one))),
        leaves(&["gt", "gte", "lt", "lte"], &NUMBERS.map(|one| json!(one))),
        leaves(
            &[
                "semver_eq",
                "semver_gt",
                "semver_gte",
                "semver_lt",
                "semver_lte",
            ],
            &versions,
        ),
    ]
    .concat()
}

#[test]
fn a_leaf_says_what_its_operator_says() {
    let leaves = all_leaves();
    let flags: Map<String, Value> = leaves
        .iter()
        .enumerate()
        .map(|(number, leaf)| (format!("f{number}"), ruled(leaf)))
        .collect();
    let (ruleset, warnings) = compiled(&flags.into(), &json!({}));
    assert_eq!(warnings, []);
    let texts = TEXTS.iter().chain(&VERSIONS).map(|text| json!(text));
    let scalars: Vec<Value> = texts
        .chain(NUMBERS.map(|number| json!(number)))
        .chain([json!(true), json!({}), Value::Null])
        .collect();
    let lists = scalars.windows(2).map(|two| json!(two));
    let attributes = lists
        .chain(scalars.clone())
        .chain([json!([["alice", 42, "1.2.3"]])]);
    for attribute in attributes {
        let context = Context::default().with("x", attribute.clone());
        let pieces = [("x", AttributeValue::Json(&attribute))];
        let pieces = ContextRef::new(&pieces);
        let (prepared, borrowed) = (ruleset.prepare(&context), ruleset.prepare_borrowed(pieces));
        for (number, leaf) in leaves.iter().enumerate() {
            let key = format!("f{number}");
            let wanted = compile::leaf(leaf).unwrap().matcher.matches(&attribute);
            for evaluation in [
                ruleset.evaluate(&key, &context),
                ruleset.evaluate_borrowed(&key, pieces),
                ruleset.evaluate_prepared(&key, &prepared),
                ruleset.evaluate_prepared(&key, &borrowed),
            ] {
                assert_eq!(evaluation.rule.is_some(), wanted, "{leaf} of {attribute}");
            }
        }
    }
}

#[test]
fn a_slot_falls_to_the_run_that_it_is_in() {
    let unit = Unit {
        by: 0,
        reading: 0,
        seed: 0,
    };
    for count in 1..=9 {
        let end = |run: u32| if run == count { SLOTS } else { run * 10_007 };
        let runs: Vec<(u32, u32)> = (1..=count).map(|run| (end(run), run + 100)).collect();
        let split = Split::new(unit, runs.clone().into());
        let near = runs.iter().flat_map(|(end, _)| [end - 1, *end]);
        for slot in near.chain([0]).filter(|slot| *slot < SLOTS) {
            let wanted = runs.iter().find(|(end, _)| slot < *end);
            assert_eq!(
                split.variation(slot),
                wanted.map(|(_, variation)| *variation),
                "{slot} of {count} runs"
            );
        }
    }
}

/// The ruleset with another flag in the place of its only one.
fn patched(base: &Ruleset, flag: Value) -> Ruleset {
    let mut patch = Patch {
        from: base.revision(),
        to: base.revision() + 1,
        flags: [("f".to_owned(), Some(flag))].into(),
        segments: [].into(),
        releases: Vec::new(),
        fingerprint: String::new(),
    };
    if let Err(PatchError::Fingerprint { found, .. }) = base.apply(&patch) {
        patch.fingerprint = found;
    }
    base.apply(&patch).unwrap().0
}

/// An attribute may be known before anybody asks for the version or the unit that it is.
#[test]
fn a_context_goes_on_to_fit_where_more_is_read_of_an_attribute() {
    let exists = json!({"attribute": "x", "op": "exists"});
    let (before, _) = compiled(&json!({"f": ruled(&exists)}), &json!({}));
    let context = Context::default().with("x", "1.2.3");
    let prepared = before.prepare(&context);
    let share = json!({"share": {"slots": 100_000, "salt": "s", "by": "x"}});
    let newer = json!({"attribute": "x", "op": "semver_gt", "values": ["1.0.0"]});
    for when in [share, newer] {
        let after = patched(&before, ruled(&when));
        assert_eq!(after.evaluate_prepared("f", &prepared).rule, Some("r"));
        let anew = after.prepare(&context);
        assert_eq!(after.evaluate_prepared("f", &anew).rule, Some("r"));
        // The older ruleset may still be asked.
        assert_eq!(before.evaluate_prepared("f", &anew).rule, Some("r"));
    }
}
