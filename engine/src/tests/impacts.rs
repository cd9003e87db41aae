//! What an edit would change.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::compiled;
use crate::attribute::AttributeRef;
use crate::context::Context;
use crate::impact::{Impact, Move, Tally, Units, on_contexts, on_units};
use crate::ruleset::Ruleset;

fn rollout(on: u32, by: &str) -> Value {
    json!({
        "type": "string", "enabled": true, "salt": "new-checkout",
        "variations": [{"key": "on", "value": "new"}, {"key": "off", "value": "old"}],
        "default": {"split": {"by": by, "allocation": [
            {"variation": "on", "slots": on}, {"variation": "off", "slots": 100_000 - on}]}}
    })
}

fn ruleset(flag: &Value) -> Ruleset {
    let (ruleset, warnings) = compiled(&json!({"f": flag}), &json!({}));
    assert_eq!(warnings, []);
    ruleset
}

fn by(text: &str) -> AttributeRef {
    AttributeRef::parse(text).unwrap()
}

#[test]
fn a_larger_share_moves_what_it_grew_by() {
    let (before, after) = (
        ruleset(&rollout(5_000, "targetingKey")),
        ruleset(&rollout(9_200, "targetingKey")),
    );
    let count = 20_000;
    let impact = on_units(
        &before,
        &after,
        "f",
        &Context::default(),
        &AttributeRef::targeting_key(),
        count,
    );
    assert_eq!(
        (impact.contexts, impact.changed),
        (20_000, impact.moves[0].count)
    );
    let [
        Move {
            from,
            to,
            count,
            examples,
        },
    ] = &impact.moves[..]
    else {
        panic!("{impact:?}");
    };
    assert_eq!((&**from, &**to, examples.len()), ("off", "on", 5));
    // 4.2 % of 20 000 are 840; four standard deviations are 114.
    assert!(count.abs_diff(840) < 114, "{count}");
    assert_eq!(impact.before["on"] + count, impact.after["on"]);
    assert_eq!(impact.before.values().sum::<u64>(), 20_000);
    for unit in examples {
        let context = Context::new(unit);
        assert_eq!(before.evaluate("f", &context).variation, Some("off"));
        assert_eq!(after.evaluate("f", &context).variation, Some("on"));
    }
    let same = on_units(
        &before,
        &before,
        "f",
        &Context::default(),
        &AttributeRef::targeting_key(),
        100,
    );
    assert_eq!(
        (same.contexts, same.changed, same.moves),
        (100, 0, Vec::new())
    );
}

#[test]
fn units_differ_in_the_attribute_that_is_named() {
    let (before, after) = (
        ruleset(&rollout(0, "org.id")),
        ruleset(&rollout(50_000, "org.id")),
    );
    let base = Context::new("ada").with("org", json!({"id": 7, "plan": "beta"}));
    let unmoved = on_units(&before, &after, "f", &base, &by("targetingKey"), 1000);
    assert!(unmoved.changed == 0 || unmoved.changed == 1000);
    for path in ["org.id", "/org/id"] {
        let moved = on_units(&before, &after, "f", &base, &by(path), 1000);
        assert!((400..600).contains(&moved.changed), "{moved:?}");
    }
    let mut units = Units::new(&base, &by("/org/list/0"), 2);
    let mut contexts = Vec::new();
    while let Some((name, context)) = units.next() {
        assert_eq!(by("/org/list/0").resolve(context), Some(&name.into()));
        contexts.push(context.clone());
    }
    assert_eq!(contexts.len(), 2);
    assert_eq!(
        contexts[1].as_json(),
        &json!({"targetingKey": "ada", "org": {"id": 7, "plan": "beta", "list": {"0": "unit-1"}}})
    );
}

#[test]
fn given_contexts_are_named_by_their_keys() {
    let before = ruleset(&rollout(5_000, "targetingKey"));
    let mut edit = rollout(5_000, "targetingKey");
    edit["variations"][1]["value"] = "older".into();
    edit["rules"] = json!([{"id": "r", "when": {"attribute": "staff", "op": "in", "values": [true]}, "serve": {"variation": "on"}}]);
    let after = ruleset(&edit);
    // user-1 to user-3 are off: slots 11929, 96200 and 16757.
    let contexts = [
        Context::new("user-1").with("staff", true),
        Context::new("user-2"),
        Context::new("user-3"),
        Context::default()
            .with("targetingKey", 42)
            .with("staff", true),
        Context::default(),
        Context::default().with("staff", true),
    ];
    let impact = on_contexts(&before, &after, "f", &contexts);
    let counts = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
        pairs
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    };
    let on_42 = u64::from(before.evaluate("f", &contexts[3]).variation == Some("on"));
    assert_eq!(on_42, 0);
    let moved = |from: &str, to: &str, examples: &[&str]| Move {
        from: from.to_owned(),
        to: to.to_owned(),
        count: examples.len() as u64,
        examples: examples.iter().map(|one| (*one).to_owned()).collect(),
    };
    let expected = Impact {
        contexts: 6,
        changed: 5,
        before: counts(&[("", 2), ("off", 4)]),
        after: counts(&[("", 1), ("off", 2), ("on", 3)]),
        moves: vec![
            // The value of the variation is another one.
            moved("off", "off", &["user-2", "user-3"]),
            moved("off", "on", &["user-1", "42"]),
            moved("", "on", &[""]),
        ],
        errors_before: 2,
        errors_after: 1,
    };
    assert_eq!(impact, expected);
    let text = serde_json::to_string(&impact).unwrap();
    assert_eq!(
        crate::json::read::<Impact>(serde_json::from_str(&text).unwrap()).unwrap(),
        impact
    );
}

#[test]
fn an_impact_is_counted_as_it_comes() {
    let before = ruleset(&rollout(0, "targetingKey"));
    let after = ruleset(&rollout(100_000, "targetingKey"));
    let mut tally = Tally::new(&before, &after, "f");
    assert_eq!(tally.contexts(), 0);
    for (count, unit) in (1..).zip(["a", "b", "c"]) {
        tally.add(&Context::new(unit));
        assert_eq!(tally.contexts(), count);
    }
    // Members that are nothing are not there.
    let expected = json!({
        "contexts": 3, "changed": 3, "before": {"off": 3}, "after": {"on": 3},
        "moves": [{"from": "off", "to": "on", "count": 3, "examples": ["a", "b", "c"]}],
    });
    assert_eq!(serde_json::to_value(tally.finish()).unwrap(), expected);
}

#[test]
fn units_may_be_counted_in_parts() {
    let by = AttributeRef::targeting_key();
    let names = |mut units: Units| {
        let mut names = Vec::new();
        while let Some((name, _)) = units.next() {
            names.push(name.to_owned());
        }
        names
    };
    let units = || Units::new(&Context::default(), &by, 5);
    let all = names(units());
    assert_eq!(all, ["unit-0", "unit-1", "unit-2", "unit-3", "unit-4"]);
    for skipped in 0..5 {
        assert_eq!(names(units().skip(skipped)), all[skipped as usize..]);
    }
    assert_eq!(names(units().skip(2).skip(2)), all[4..]);
    assert_eq!(names(units().skip(u32::MAX)), [""; 0]);
}
