//! Rulesets that would break a naive evaluator.

use serde_json::{Map, Value, json};

use super::{compiled, ruled};
use crate::context::Context;
use crate::evaluation::{ErrorCode, Reason};
use crate::ruleset::Ruleset;

fn requires(flag: &str, times: usize) -> Value {
    let one = json!({"flag": flag, "variations": ["on"]});
    let mut json = ruled(&json!({"all": []}));
    json["prerequisites"] = vec![one; times].into();
    json
}

fn chain(length: usize, link: impl Fn(usize) -> Value) -> Value {
    let links = (0..length).map(|index| (format!("f{index}"), link(index)));
    Value::Object(links.collect::<Map<_, _>>())
}

#[test]
fn a_very_long_chain_of_prerequisites() {
    let last = 20_000;
    let mut flags = chain(last, |index| requires(&format!("f{}", index + 1), 1));
    flags["f20000"] = ruled(&json!({"all": []}));
    let (ruleset, warnings) = compiled(&flags, &json!({}));
    assert_eq!(warnings, []);
    let evaluation = ruleset.evaluate("f0", &Context::default());
    assert_eq!(
        (evaluation.variation, evaluation.reason),
        (Some("on"), Reason::RuleMatch)
    );

    flags["f20000"]["enabled"] = false.into();
    let (ruleset, _) = compiled(&flags, &json!({}));
    let evaluation = ruleset.evaluate("f0", &Context::default());
    assert_eq!(evaluation.prerequisite, Some("f1"));
}

#[test]
fn a_very_long_cycle() {
    let length = 20_000;
    let flags = chain(length, |index| {
        requires(&format!("f{}", (index + 1) % length), 1)
    });
    let (ruleset, warnings) = compiled(&flags, &json!({}));
    assert_eq!(warnings.len(), length);
    assert!(warnings.iter().all(|warning| warning.message.len() < 100));
    let evaluation = ruleset.evaluate("f7", &Context::default());
    assert_eq!(evaluation.error_code(), Some(ErrorCode::ParseError));
}

#[test]
fn flags_that_each_name_the_next_one_often() {
    let flags = chain(200, |index| match index {
        199 => ruled(&json!({"all": []})),
        _ => requires(&format!("f{}", index + 1), 5),
    });
    let (ruleset, _) = compiled(&flags, &json!({}));
    assert_eq!(
        ruleset.evaluate("f0", &Context::default()).variation,
        Some("on")
    );
}

#[test]
fn flags_that_are_many_but_not_deep_and_deep_but_not_many() {
    // Twice as many evaluations with each, in few levels.
    let flags = chain(45, |index| match index {
        44 => ruled(&json!({"all": []})),
        _ => requires(&format!("f{}", index + 1), 2),
    });
    let (ruleset, _) = compiled(&flags, &json!({}));
    let variation = |ruleset: &Ruleset| {
        let found = ruleset.evaluate("f0", &Context::default());
        found.variation.map(str::to_owned)
    };
    assert_eq!(variation(&ruleset).as_deref(), Some("on"));
    // More levels than there is stack for, and one evaluation for each.
    let mut flags = chain(1_900, |index| requires(&format!("f{}", index + 1), 1));
    flags["f1900"] = ruled(&json!({"all": []}));
    let (ruleset, _) = compiled(&flags, &json!({}));
    assert_eq!(variation(&ruleset).as_deref(), Some("on"));
}

#[test]
fn a_chain_through_segments_and_conditions() {
    let length = 5000;
    let flags = chain(length, |index| {
        ruled(&json!({"segment": format!("s{index}")}))
    });
    let segments = (0..length).map(|index| {
        let when = json!({"not": {"flag": format!("f{}", index + 1), "variations": ["on"]}});
        (format!("s{index}"), json!({"rules": [{"when": when}]}))
    });
    let (ruleset, warnings) = compiled(&flags, &Value::Object(segments.collect()));
    assert_eq!(warnings, []);
    // The last of them names a flag that is not there; then they alternate.
    for (flag, expected) in [
        ("f4999", "on"),
        ("f4998", "off"),
        ("f1", "on"),
        ("f0", "off"),
    ] {
        assert_eq!(
            ruleset.evaluate(flag, &Context::default()).variation,
            Some(expected)
        );
    }
}

#[test]
fn conditions_nested_as_deep_as_documents_go() {
    let nest =
        |levels: usize| (0..levels).fold(json!({"all": []}), |inside, _| json!({"not": inside}));
    // Format, flags, flag, rules, rule: five levels; the innermost has two.
    let (ruleset, warnings) = compiled(&json!({"f": ruled(&nest(120))}), &json!({}));
    assert_eq!(warnings, []);
    assert_eq!(
        ruleset.evaluate("f", &Context::default()).variation,
        Some("on")
    );
    // In memory they nest deeper.
    let document = crate::ruleset::Document {
        flags: [("f".to_owned(), ruled(&nest(1000)))].into(),
        ..crate::ruleset::Document::from_json(json!({"format": 1})).unwrap()
    };
    let (_, warnings) = Ruleset::from_document(document).unwrap();
    assert!(
        warnings[0]
            .message
            .ends_with("conditions nest beyond 128 levels")
    );
}
