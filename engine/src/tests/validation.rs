//! Validation: every mistake, by place.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::arbitrary::{FLAGS, SEGMENTS, flag};
use crate::flag::{Flag, FlagConfig, FlagDefinition};
use crate::segment::SegmentConfig;
use crate::validate::{self, Neighbours, Violation};

struct World;

impl Neighbours for World {
    fn flag_variations(&self, key: &str) -> Option<Vec<String>> {
        (key == "other").then(|| vec!["on".to_owned(), "off".to_owned()])
    }

    fn segment_exists(&self, key: &str) -> bool {
        key == "beta"
    }
}

fn definition() -> FlagDefinition {
    let json = json!({"type": "boolean", "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]});
    serde_json::from_value(json).unwrap()
}

fn config(json: Value) -> FlagConfig {
    serde_json::from_value(json).unwrap()
}

fn lines(violations: &[Violation]) -> String {
    let lines = violations
        .iter()
        .map(|one| format!("{} {}: {}", one.path, one.code, one.message));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_configuration_has_no_mistakes() {
    assert_eq!(validate::flag_definition(&definition()), []);
    let config = config(json!({
        "enabled": true, "off": "off",
        "prerequisites": [{"flag": "other", "variations": ["on"]}],
        "targets": [{"variation": "on", "attribute": "/org/id", "values": ["a"]}],
        "rules": [
            {"id": "one", "when": {"all": [{"segment": "beta"}, {"not": {"attribute": "v", "op": "semver_lt", "values": ["1-rc"]}}]}, "serve": {"variation": "on"}},
            {"id": "two", "when": {"share": {"slots": 100_000, "salt": ""}}, "serve": {"split": {"by": "org.id", "hash": "slots-1", "weights": {"on": 1, "off": 99_999}}}},
            {"id": "three", "when": {"attribute": "v", "op": "exists", "values": [null]}, "serve": {"split": {"allocation": [{"variation": "on", "slots": 100_000}]}}}
        ],
        "default": {"variation": "off"}
    }));
    assert_eq!(validate::flag_config(&definition(), &config, &World), []);
}

#[test]
fn expressions_that_are_dear_together_are_refused_once() {
    // About 170 000 units each: five are taken, and none is compiled after them.
    let rule = |number: usize| {
        let when = json!({"attribute": "a", "op": "matches", "values": [r"\w{50}"]});
        json!({"id": format!("r{number}"), "when": when, "serve": {"variation": "on"}})
    };
    let with = |rules: usize| {
        let rules: Vec<Value> = (0..rules).map(rule).collect();
        let json = json!({"enabled": true, "rules": rules, "default": {"variation": "off"}});
        validate::flag_config(&definition(), &config(json), &World)
    };
    assert_eq!(with(5), []);
    let found = with(400);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&*found[0].path, found[0].code),
        ("/rules/5/when/values", "too_many")
    );
}

#[test]
fn every_mistake_of_a_definition_is_listed() {
    let json = json!({"type": "number", "variations": [
        {"key": "", "value": 1}, {"key": " x", "value": "1"}, {"key": "a\u{7}", "value": null},
        {"key": "d", "value": 1}, {"key": "d", "value": {}}, {"key": "k".repeat(256), "value": 2.5}]});
    let definition: FlagDefinition = serde_json::from_value(json).unwrap();
    insta::assert_snapshot!("definition", lines(&validate::flag_definition(&definition)));
    let none: FlagDefinition =
        serde_json::from_value(json!({"type": "string", "variations": []})).unwrap();
    assert_eq!(validate::flag_definition(&none)[0].code, "empty");
}

#[test]
fn every_mistake_of_a_configuration_is_listed() {
    let config = config(json!({
        "enabled": true, "off": "nope",
        "prerequisites": [{"flag": "gone", "variations": ["on"]}, {"flag": "other", "variations": ["on", "maybe"]}, {"flag": "other"}],
        "targets": [{"variation": "x", "attribute": "a..b", "values": []}],
        "rules": [
            {"id": "same", "when": {"any": [{"segment": "gone"}, {"flag": "gone", "variations": []}, {"attribute": "", "op": "in", "values": [null, "ok", {}]}]}, "serve": {"variation": "y"}},
            {"id": "same", "when": {"not": {"share": {"slots": 100_001, "by": "/~", "salt": "s"}}}, "serve": {"split": {"by": ".", "hash": "slots-9", "weights": {"on": 5, "a/b": 6}}}},
            {"id": "", "when": {"attribute": "x", "op": "matches", "values": ["ok", "("]}, "serve": {"split": {"allocation": [{"variation": "on", "slots": 99_999}, {"variation": "z", "slots": 2}]}}},
            {"id": "ops", "when": {"all": [
                {"attribute": "x", "op": "before", "values": ["yesterday"]}, {"attribute": "x", "op": "semver_gt", "values": ["v1"]},
                {"attribute": "x", "op": "in_cidr", "values": ["10.0.0.1"]}, {"attribute": "x", "op": "gt", "values": ["10"]}, {"attribute": "x", "op": "contains", "values": [5]}]}, "serve": {"variation": "on"}}
        ],
        "default": {"variation": "z"}
    }));
    let violations = validate::flag_config(&definition(), &config, &World);
    insta::assert_snapshot!("configuration", lines(&violations));
}

#[test]
fn what_passes_compiles() {
    // The other way round does not hold: evaluators are lenient.
    let config = config(
        json!({"enabled": true, "rules": [{"id": "r", "when": {"segment": "beta"}, "serve": {"variation": "on"}}],
        "default": {"split": {"allocation": [{"variation": "on", "slots": 100_000}]}}}),
    );
    assert_eq!(validate::flag_config(&definition(), &config, &World), []);
    let mut flag = serde_json::to_value(&config).unwrap();
    let definition = serde_json::to_value(definition()).unwrap();
    for member in ["type", "variations"] {
        flag[member] = definition[member].clone();
    }
    let (_, warnings) = super::compiled(&json!({"f": flag}), &json!({"beta": {}}));
    assert_eq!(warnings, []);
}

#[test]
fn a_segment_is_checked_as_well() {
    let config: SegmentConfig = serde_json::from_value(json!({
        "included": [{"attribute": "/~3", "values": []}], "excluded": [{"attribute": "", "values": []}],
        "rules": [{"when": {"segment": "beta"}}, {"when": {"segment": "gone"}}]
    }))
    .unwrap();
    let violations = validate::segment_config(&config, &World);
    let found: Vec<_> = violations
        .iter()
        .map(|one| (one.path.as_str(), one.code))
        .collect();
    let expected = [
        ("/included/0/attribute", "invalid_attribute"),
        ("/excluded/0/attribute", "invalid_attribute"),
        ("/rules/1/when/segment", "unknown_segment"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn conditions_have_limits() {
    let when = |condition: Value| {
        let config = config(
            json!({"enabled": true, "rules": [{"id": "r", "when": condition, "serve": {"variation": "on"}}], "default": {"variation": "on"}}),
        );
        let violations = validate::flag_config(&definition(), &config, &World);
        violations.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    let nest =
        |levels: usize| (1..levels).fold(json!({"all": []}), |inside, _| json!({"not": inside}));
    assert_eq!(when(nest(validate::MAX_NESTING)), [""; 0]);
    assert_eq!(when(nest(validate::MAX_NESTING + 1)), ["too_deep"]);
    for group in ["all", "any"] {
        let nest = |levels: usize| {
            (1..levels).fold(
                json!({"not": {"all": []}}),
                |inside, _| json!({group: [inside]}),
            )
        };
        assert_eq!(when(nest(validate::MAX_NESTING - 1)), [""; 0]);
        assert_eq!(when(nest(validate::MAX_NESTING)), ["too_deep"]);
    }
    // Folded, a `k` is three characters (the third is the sign of Kelvin).
    let pattern = |fold: bool| {
        when(
            json!({"attribute": "x", "op": "matches", "values": ["k{100000}"], "ignore_case": fold}),
        )
    };
    assert_eq!(pattern(false), [""; 0]);
    assert_eq!(pattern(true).len(), 1);
    let many = |count: usize| json!({"all": vec![json!({"any": []}); count]});
    assert_eq!(when(many(validate::MAX_CONDITIONS - 1)), [""; 0]);
    assert_eq!(when(many(validate::MAX_CONDITIONS)), ["too_many"]);
}

#[test]
fn cycles_are_found_through_segments_too() {
    let flag = |json: Value| config(json);
    let asks = |when: Value| {
        flag(
            json!({"enabled": false, "rules": [{"id": "r", "when": when, "serve": {"variation": "on"}}], "default": {"variation": "on"}}),
        )
    };
    let segment = |when: Value| -> SegmentConfig {
        serde_json::from_value(json!({"rules": [{"when": when}]})).unwrap()
    };
    let flags = BTreeMap::from([
        (
            "a".to_owned(),
            flag(
                json!({"enabled": true, "prerequisites": [{"flag": "b"}], "default": {"variation": "on"}}),
            ),
        ),
        ("b".to_owned(), asks(json!({"not": {"segment": "s"}}))),
        (
            "into".to_owned(),
            asks(json!({"flag": "a", "variations": []})),
        ),
        (
            "self".to_owned(),
            asks(
                json!({"any": [{"flag": "self", "variations": []}, {"flag": "gone", "variations": []}]}),
            ),
        ),
    ]);
    let segments = BTreeMap::from([
        (
            "s".to_owned(),
            segment(json!({"all": [{"flag": "a", "variations": ["on"]}]})),
        ),
        ("t".to_owned(), segment(json!({"segment": "s"}))),
    ]);
    let expected = [vec!["flag:a", "flag:b", "segment:s"], vec!["flag:self"]];
    assert_eq!(validate::cycles(&flags, &segments), expected);
}

#[test]
fn of_several_cycles_the_shortest_is_named() {
    let needs = |keys: &[&str]| {
        let all: Vec<Value> = keys.iter().map(|key| json!({"flag": key})).collect();
        config(json!({"enabled": true, "prerequisites": all, "default": {"variation": "on"}}))
    };
    let flags = BTreeMap::from([
        ("a".to_owned(), needs(&["b", "e"])),
        // The way by `b` to `e` is as good a way, and longer.
        ("b".to_owned(), needs(&["c", "e"])),
        ("c".to_owned(), needs(&["d"])),
        ("d".to_owned(), needs(&["a"])),
        ("e".to_owned(), needs(&["f"])),
        ("f".to_owned(), needs(&["a"])),
    ]);
    let found = validate::cycles(&flags, &BTreeMap::new());
    assert_eq!(found, [["flag:a", "flag:e", "flag:f"]]);
}

/// All flags and segments of the random rulesets.
struct All;

impl Neighbours for All {
    fn flag_variations(&self, key: &str) -> Option<Vec<String>> {
        FLAGS
            .contains(&key)
            .then(|| vec!["on".to_owned(), "off".to_owned()])
    }

    fn segment_exists(&self, key: &str) -> bool {
        SEGMENTS.contains(&key)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn what_validation_passes_the_compiler_takes(json in flag()) {
        let Ok(flag) = serde_json::from_value::<Flag>(json) else {
            return Ok(());
        };
        let json = serde_json::to_value(&flag).unwrap();
        let definition: FlagDefinition = serde_json::from_value(json.clone()).unwrap();
        let config: FlagConfig = serde_json::from_value(json.clone()).unwrap();
        let mut violations = validate::flag_definition(&definition);
        violations.extend(validate::flag_config(&definition, &config, &All));
        let segments: serde_json::Map<_, _> =
            SEGMENTS.iter().map(|key| ((*key).to_owned(), json!({}))).collect();
        // Under a name that nothing names, so that it is on no cycle.
        let (_, warnings) = super::compiled(&json!({"it": json}), &segments.into());
        if violations.is_empty() {
            prop_assert_eq!(&warnings, &[]);
        } else if !warnings.is_empty() {
            // What the compiler finds first is among what validation lists.
            let place = warnings[0].message.split(':').next().unwrap();
            prop_assert!(violations.iter().any(|one| one.path.starts_with(place)), "{} {:?}", place, violations);
        }
    }
}
