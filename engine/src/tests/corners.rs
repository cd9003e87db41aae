//! What evaluation meets rarely: splits of many runs, rulesets of many attributes, contexts
//! that were prepared for another ruleset, messages of units that are missing.

use serde_json::{Value, json};

use super::{compiled, ruled};
use crate::attribute::{AttributeRef, AttributeTable};
use crate::context::{AttributeValue, Context, ContextRef};
use crate::evaluation::{ErrorCode, Reason};
use crate::ruleset::Warning;
use crate::slots::{seed, slot};

/// A flag with a split of `runs` runs over two variations and an empty run in between.
fn divided(runs: u32) -> Value {
    let share = 100_000 / runs;
    let allocation = (0..runs).map(|run| {
        let slots = if run + 1 == runs {
            100_000 - share * run
        } else {
            share
        };
        json!({"variation": if run.is_multiple_of(2) { "even" } else { "odd" }, "slots": slots})
    });
    let mut allocation: Vec<Value> = allocation.collect();
    allocation.insert(1, json!({"variation": "none", "slots": 0}));
    json!({
        "type": "string", "enabled": true, "salt": "s",
        "variations": [{"key": "none", "value": ""}, {"key": "even", "value": "e"}, {"key": "odd", "value": "o"}],
        "default": {"split": {"allocation": allocation}}
    })
}

#[test]
fn every_slot_falls_to_its_run_however_many_there_are() {
    for runs in [1, 2, 7, 8, 9, 10, 100] {
        let (ruleset, warnings) = compiled(&json!({"f": divided(runs)}), &json!({}));
        assert_eq!(warnings, []);
        for unit in 0..500 {
            let unit = format!("user-{unit}");
            let found = ruleset.evaluate("f", &Context::new(&unit));
            let slot = slot(seed("s"), &unit);
            let run = (slot / (100_000 / runs)).min(runs - 1);
            let expected = if run.is_multiple_of(2) { "even" } else { "odd" };
            assert_eq!((found.slot, found.variation), (Some(slot), Some(expected)));
        }
    }
    // The first slot of a run and the last of the one before it, by a unit for each bound.
    for unit in (0..2000).map(|unit| format!("user-{unit}")) {
        let at = slot(seed("s"), &unit);
        for (bound, expected) in [(at, "off"), (at + 1, "on")] {
            let mut flag = ruled(&json!({"any": []}));
            flag["salt"] = "s".into();
            flag["default"] = json!({"split": {"allocation": [
                {"variation": "on", "slots": bound}, {"variation": "off", "slots": 100_000 - bound}]}});
            flag["rules"] = json!([{"id": "share", "when": {"not": {"share": {"slots": bound, "salt": "s"}}}, "serve": {"variation": "off"}}]);
            let (ruleset, _) = compiled(&json!({"f": flag}), &json!({}));
            let found = ruleset.evaluate("f", &Context::new(&unit));
            let reason = if expected == "on" {
                Reason::Split
            } else {
                Reason::RuleMatch
            };
            assert_eq!(
                (found.variation, found.reason),
                (Some(expected), reason),
                "{unit}"
            );
        }
        if at > 90_000 {
            break;
        }
    }
}

#[test]
fn rulesets_ask_for_as_many_attributes_as_they_like() {
    let leaves: Vec<Value> = (0..200)
        .map(|number| json!({"attribute": format!("a{number}"), "op": "in", "values": [number]}))
        .collect();
    let mut flag = ruled(&json!({"all": leaves}));
    // Asked for again, in another order.
    let again: Vec<Value> = leaves.iter().rev().chain(&leaves).cloned().collect();
    flag["rules"][0]["when"] =
        json!({"all": [{"all": again}, {"not": {"all": [{"not": leaves[3]}, leaves[100]]}}]});
    let (ruleset, warnings) = compiled(&json!({"f": flag}), &json!({}));
    assert_eq!(warnings, []);
    let right = (0..200).fold(Context::default(), |context, number| {
        context.with(format!("a{number}"), number)
    });
    for (context, expected) in [
        (right.clone(), "on"),
        (right.clone().with("a0", 1), "off"),
        (right.clone().with("a199", 1), "off"),
        (right.with("a77", Value::Null), "off"),
    ] {
        assert_eq!(ruleset.evaluate("f", &context).variation, Some(expected));
        let prepared = ruleset.prepare(&context);
        let found = ruleset.evaluate_prepared("f", &prepared);
        assert_eq!(found.variation, Some(expected));
        assert_eq!(prepared.json(), Some(&context));
    }
    let pieces = [("a0", AttributeValue::Number(0.0))];
    let borrowed = ruleset.prepare_borrowed(ContextRef::new(&pieces));
    assert_eq!(borrowed.json(), None);
}

#[test]
fn what_was_prepared_for_another_ruleset_serves_as_well() {
    let asks = |names: [&str; 2]| {
        let [first, second] =
            names.map(|name| json!({"attribute": name, "op": "in", "values": [name]}));
        compiled(
            &json!({"f": ruled(&json!({"all": [first, {"not": second}]}))}),
            &json!({}),
        )
        .0
    };
    let (one, other) = (asks(["x", "y"]), asks(["y", "x"]));
    let more = compiled(
        &json!({"f": ruled(&json!({"attribute": "z", "op": "in", "values": ["x"]}))}),
        &json!({}),
    )
    .0;
    for x in ["x", "y"] {
        for y in ["x", "y"] {
            let context = Context::default().with("x", x).with("y", y);
            for made_for in [&one, &other, &more] {
                let prepared = made_for.prepare(&context);
                for ruleset in [&one, &other, &more] {
                    assert_eq!(
                        ruleset.evaluate_prepared("f", &prepared),
                        ruleset.evaluate("f", &context)
                    );
                }
            }
        }
    }
}

#[test]
fn a_unit_that_will_not_do_is_told() {
    let split = |by: &str| json!({"split": {"by": by, "allocation": [{"variation": "on", "slots": 100_000}]}});
    let flag = |by: &str| {
        let mut flag = ruled(&json!({"any": []}));
        flag["default"] = split(by);
        flag["version"] = 7.into();
        flag
    };
    let flags = json!({"key": flag("targetingKey"), "pointer": flag("/targetingKey"), "org": flag("org.id")});
    let (ruleset, _) = compiled(&flags, &json!({}));
    let needs = "the split needs a unit, a string or an integer within ±(2^53 − 1), but";
    for (name, context, code, message) in [
        (
            "key",
            json!({}),
            ErrorCode::TargetingKeyMissing,
            r#""targetingKey" is missing"#,
        ),
        (
            "pointer",
            json!({}),
            ErrorCode::TargetingKeyMissing,
            r#""/targetingKey" is missing"#,
        ),
        (
            "key",
            json!({"targetingKey": 1.5}),
            ErrorCode::TargetingKeyMissing,
            r#""targetingKey" is 1.5"#,
        ),
        (
            "key",
            json!({"targetingKey": true}),
            ErrorCode::TargetingKeyMissing,
            r#""targetingKey" is a boolean"#,
        ),
        (
            "org",
            json!({"org": {"id": null}}),
            ErrorCode::InvalidContext,
            r#""org.id" is missing"#,
        ),
        (
            "org",
            json!({"org": {"id": ["a"]}}),
            ErrorCode::InvalidContext,
            r#""org.id" is an array"#,
        ),
        (
            "org",
            json!({"org": {"id": 1e300}}),
            ErrorCode::InvalidContext,
            r#""org.id" is 1e+300"#,
        ),
    ] {
        let context = Context::from_json(context).unwrap();
        let found = ruleset.evaluate(name, &context);
        let error = found.error.as_ref().unwrap();
        assert_eq!(
            (error.code, &*error.message),
            (code, &*format!("{needs} {message}"))
        );
        assert_eq!((found.reason, found.flag_version), (Reason::Error, Some(7)));
        assert_eq!(
            (found.variation, found.value, found.slot),
            (None, None, None)
        );
    }
    let pieces = [
        ("org.id", AttributeValue::Bool(true)),
        ("targetingKey", AttributeValue::Number(0.5)),
    ];
    let found = ruleset.evaluate_borrowed("key", ContextRef::new(&pieces));
    assert_eq!(
        found.error.unwrap().message,
        format!(r#"{needs} "targetingKey" is 0.5"#)
    );
    let pieces = [("targetingKey", AttributeValue::Bool(true))];
    let found = ruleset.evaluate_borrowed("key", ContextRef::new(&pieces));
    assert_eq!(
        found.error.unwrap().message,
        format!(r#"{needs} "targetingKey" is a boolean"#)
    );
    // A text is a unit, and so no mistake; below it there is nothing.
    let pieces = [("org", AttributeValue::Text("o7"))];
    let found = ruleset.evaluate_borrowed("org", ContextRef::new(&pieces));
    assert_eq!(
        found.error.unwrap().message,
        format!(r#"{needs} "org.id" is missing"#)
    );
}

#[test]
fn reasons_have_their_names_at_openfeature() {
    for (reason, name, openfeature) in [
        (Reason::Disabled, "DISABLED", "DISABLED"),
        (
            Reason::PrerequisiteFailed,
            "PREREQUISITE_FAILED",
            "DISABLED",
        ),
        (Reason::TargetMatch, "TARGET_MATCH", "TARGETING_MATCH"),
        (Reason::RuleMatch, "RULE_MATCH", "TARGETING_MATCH"),
        (Reason::Split, "SPLIT", "SPLIT"),
        (Reason::Static, "STATIC", "STATIC"),
        (Reason::Default, "DEFAULT", "DEFAULT"),
        (Reason::Error, "ERROR", "ERROR"),
    ] {
        assert_eq!((reason.as_str(), reason.openfeature()), (name, openfeature));
        assert_eq!(serde_json::to_value(reason).unwrap(), name);
    }
}

#[test]
fn rulesets_and_warnings_are_told_in_short() {
    let (ruleset, warnings) = compiled(
        &json!({"f": {"type": "x"}, "g": ruled(&json!({"all": []}))}),
        &json!({}),
    );
    let [Warning { flag, message }] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    let told = warnings[0].to_string();
    assert_eq!(told, format!("flag {flag:?} does not compile: {message}"));
    let told = format!("{ruleset:?}");
    assert!(
        told.starts_with("Ruleset { project: \"\", environment: \"\", revision: 1, fingerprint: "),
        "{told}"
    );
    assert!(told.ends_with("flags: 2, .. }"), "{told}");
}

#[test]
fn an_attribute_has_one_number() {
    let mut table = AttributeTable::default();
    let names: Vec<String> = (0..100).map(|number| format!("org.a{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        assert_eq!(table.find(name), None);
        let id = table.add(AttributeRef::parse(name).unwrap());
        assert_eq!(id as usize, number);
    }
    for (number, name) in names.iter().enumerate() {
        assert_eq!(table.find(name), Some(number as u32));
        assert_eq!(table.reference(number as u32).as_str(), name);
    }
}
