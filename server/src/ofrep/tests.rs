//! The texts of a sheet are what serde makes of the same evaluations, byte by byte.

use std::cell::RefCell;

use bytes::BytesMut;
use serde_json::{Value, json};
use serin_engine::{
    context::Context,
    ruleset::{FlagView, Ruleset},
};

use super::{Item, Sheet};

/// The engine's own cases: every operator, step and error.
const CASES: &str = include_str!("../../../engine/testdata/evaluation.json");

fn ruleset(flags: &Value, segments: &Value) -> Ruleset {
    let document = json!({"format": 1, "revision": 1, "flags": flags, "segments": segments});
    Ruleset::parse(&document.to_string()).unwrap().0
}

fn ruleset_of_nothing() -> Ruleset {
    ruleset(&json!({}), &json!({}))
}

fn everything(_: FlagView<'_>) -> bool {
    true
}

fn written(ruleset: &Ruleset, is_seen: fn(FlagView<'_>) -> bool, context: &Context) -> String {
    let mut out = BytesMut::from("before");
    Sheet::new(ruleset, is_seen).write(ruleset, context, None, &mut out);
    String::from_utf8(out[6..].to_vec()).unwrap()
}

fn by_serde(ruleset: &Ruleset, is_seen: fn(FlagView<'_>) -> bool, context: &Context) -> String {
    let all = ruleset.evaluate_all(context);
    let seen = all.filter(|(flag, _)| is_seen(*flag));
    let items: Vec<Item<'_>> = seen
        .map(|(flag, evaluation)| Item::new(flag.key, ruleset, evaluation))
        .collect();
    serde_json::to_string(&items).unwrap()
}

/// Holds the two together, and hands out the text.
fn check(ruleset: &Ruleset, context: &Value) -> String {
    let context = Context::from_json(context.clone()).unwrap();
    let text = written(ruleset, everything, &context);
    assert_eq!(text, by_serde(ruleset, everything, &context), "{context:?}");
    text
}

/// Flags of all types, with names that JSON has to escape and numbers in all forms.
fn mixed() -> Ruleset {
    let numbers = json!([
        {"key": "seven", "value": 7}, {"key": "also", "value": 7.0}, {"key": "half", "value": -2.5e-7},
        {"key": "large", "value": 9_007_199_254_740_993_u64},
    ]);
    let whole =
        json!([{"key": "a", "value": 0}, {"key": "b", "value": -9_007_199_254_740_991_i64}]);
    let texts = json!([{"key": "quo\"te", "value": "a \"b\" \\ \n \u{1} é 🐤 </script>"}, {"key": "", "value": ""}]);
    let trees = json!([{"key": "t", "value": {"b": [1, 2.50, null, "}},"], "a": {"reason": "DEFAULT"}}}, {"key": "e", "value": {}}]);
    let half = json!({"split": {"allocation": [{"variation": "a", "slots": 50_000}, {"variation": "b", "slots": 50_000}]}});
    let rules = |serve: Value| {
        json!([
            {"id": "r\"1", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": serve},
            {"id": "r2", "when": {"flag": "whole", "variations": ["a"]}, "serve": {"variation": "b"}},
        ])
    };
    let flags = json!({
        "z \"quoted\" é": {"version": 3, "type": "string", "enabled": true, "variations": texts, "default": {"variation": "quo\"te"}, "client_visible": true},
        "numbers": {"version": 4, "type": "number", "enabled": true, "variations": numbers, "default": {"variation": "large"},
            "targets": [{"variation": "half", "values": ["u2"]}],
            "rules": [{"id": "r", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": {"variation": "seven"}}]},
        "numbers-fixed": {"version": 4, "type": "number", "enabled": true, "variations": numbers, "default": {"variation": "seven"}},
        "whole": {"type": "number", "enabled": true, "variations": whole, "default": {"variation": "b"}, "client_visible": true,
            "targets": [{"variation": "a", "values": ["u1"]}]},
        "trees": {"type": "object", "enabled": false, "variations": trees, "off": "t", "default": {"variation": "e"}},
        "nothing": {"type": "object", "enabled": false, "variations": trees, "default": {"variation": "e"}},
        "divided": {"type": "number", "enabled": true, "variations": whole, "default": half, "client_visible": true},
        "ruled": {"type": "number", "enabled": true, "variations": whole, "off": "a", "rules": rules(half.clone()), "default": half},
        "needs": {"type": "number", "enabled": true, "variations": whole, "off": "a", "prerequisites": [{"flag": "whole", "variations": ["a"]}],
            "default": {"variation": "b"}},
        "needs-without-off": {"type": "number", "enabled": true, "variations": whole, "prerequisites": [{"flag": "whole", "variations": ["a"]}],
            "default": {"variation": "b"}},
        "broken": {"type": "boolean", "enabled": true, "variations": [], "default": {"variation": "gone"}},
    });
    ruleset(&flags, &json!({}))
}

fn contexts() -> Vec<Value> {
    let countries = [json!("DE"), json!("NL"), Value::Null];
    let units = (0..20).map(|n| json!(format!("u{n}")));
    let units = units.chain([Value::Null, json!({}), json!(17), json!("\"\u{7}")]);
    let pairs = units.flat_map(|unit| countries.clone().map(|country| (unit.clone(), country)));
    pairs
        .map(|(unit, country)| json!({"targetingKey": unit, "country": country}))
        .collect()
}

#[test]
fn all_types_reasons_and_errors_are_written_as_serde_writes_them() {
    let ruleset = mixed();
    let said: String = contexts().iter().map(|it| check(&ruleset, it)).collect();
    // The cases are what they are meant to be.
    for part in [
        r#""value":7.0"#,
        r#""value":-2.5e-7"#,
        r#""value":9007199254740992.0"#,
        r#""value":-9007199254740991"#,
        r#""rule":"r\"1""#,
        r#""rule":"r2""#,
        r#""prerequisite":"whole""#,
        "PARSE_ERROR",
        "TARGETING_KEY_MISSING",
        "TARGET_MATCH",
        "RULE_MATCH",
        r#""reason":"SPLIT","rule""#,
        r#"{"reason":"SPLIT","flagVersion""#,
        r#"{"key":"nothing","reason":"DISABLED","metadata""#,
        r#"{"key":"needs-without-off","reason":"DISABLED","metadata""#,
    ] {
        assert!(said.contains(part), "{part} is in none of the answers");
    }
}

#[test]
fn every_case_of_the_engine_is_written_as_serde_writes_it() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let mut asked = 0;
    for case in &cases {
        let ruleset = ruleset(&case["flags"], &case["segments"]);
        for ask in case["asks"].as_array().unwrap() {
            let context = &ask[0]["context"];
            if context.is_object() {
                check(&ruleset, context);
                asked += 1;
            }
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn only_flags_that_are_seen_are_written() {
    let ruleset = mixed();
    for context in contexts() {
        let context = Context::from_json(context).unwrap();
        let visible = |flag: FlagView<'_>| flag.client_visible;
        let text = written(&ruleset, visible, &context);
        assert_eq!(text, by_serde(&ruleset, visible, &context));
        assert!(text.contains("divided") && !text.contains("numbers"));
        assert_eq!(Sheet::new(&ruleset, visible).len(), 3);
        assert_eq!(written(&ruleset, |_| false, &context), "[]");
    }
    assert_eq!(check(&ruleset_of_nothing(), &json!({})), "[]");
}

#[test]
fn every_flag_is_told_with_what_it_served() {
    let ruleset = mixed();
    let sheet = Sheet::new(&ruleset, everything);
    for context in contexts() {
        let context = Context::from_json(context).unwrap();
        let told = RefCell::new(Vec::new());
        let tally = |flag: &str, variation: Option<&str>| {
            told.borrow_mut()
                .push((flag.to_owned(), variation.map(str::to_owned)));
        };
        sheet.write(&ruleset, &context, Some(&tally), &mut BytesMut::new());
        let expected: Vec<_> = ruleset
            .evaluate_all(&context)
            .map(|(flag, it)| (flag.key.to_owned(), it.variation.map(str::to_owned)))
            .collect();
        assert_eq!(told.into_inner(), expected);
        assert_eq!(expected.len(), sheet.len());
    }
}
