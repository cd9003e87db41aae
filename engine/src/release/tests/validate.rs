//! Every mistake, with its place.

use serde_json::{Value, json};

use super::document;
use crate::{
    flag::{FlagConfig, FlagDefinition},
    release::{Document, Template, ready, validate, validate_stages},
};

pub(super) fn definition() -> FlagDefinition {
    serde_json::from_value(json!({
        "type": "string",
        "variations": [
            {"key": "on", "value": "on"}, {"key": "off", "value": "off"}, {"key": "other", "value": "x"},
        ],
    }))
    .unwrap()
}

fn config(default: Value) -> FlagConfig {
    serde_json::from_value(json!({
        "enabled": true,
        "default": default,
        "rules": [{"id": "beta", "when": {"all": []}, "serve": {"variation": "off"}}],
    }))
    .unwrap()
}

/// The document with some members replaced.
fn with(changes: Value) -> Document {
    let mut json = serde_json::to_value(document()).unwrap();
    for (member, value) in changes.as_object().unwrap() {
        json[member] = value.clone();
    }
    serde_json::from_value(json).unwrap()
}

fn found(document: &Document, config: &FlagConfig) -> Vec<(String, &'static str)> {
    let mistakes = validate(document, &definition(), config);
    assert!(mistakes.iter().all(|mistake| !mistake.message.is_empty()));
    mistakes
        .into_iter()
        .map(|mistake| (mistake.path, mistake.code))
        .collect()
}

fn mistakes(changes: Value, default: Value) -> Vec<(String, &'static str)> {
    found(&with(changes), &config(default))
}

fn one(path: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(path.to_owned(), code)]
}

#[test]
fn sound_releases_have_no_mistakes() {
    let none: Vec<(String, &str)> = Vec::new();
    let off = json!({"variation": "off"});
    assert_eq!(mistakes(json!({}), off.clone()), none);
    assert_eq!(
        mistakes(
            json!({"site": {"rule": "beta"}}),
            json!({"variation": "other"})
        ),
        none
    );
    assert_eq!(mistakes(json!({"unit": "/org/id"}), off), none);
    let split = json!({"split": {"by": "/targetingKey", "weights": {"on": 1000, "off": 99000, "other": 0}}});
    assert_eq!(mistakes(json!({}), split), none);
}

#[test]
fn arms_and_unit() {
    let off = json!({"variation": "off"});
    assert_eq!(
        mistakes(json!({"candidate": "gone"}), off.clone()),
        one("/candidate", "unknown_variation")
    );
    assert_eq!(
        mistakes(json!({"candidate": "off"}), off.clone()),
        one("/candidate", "same_as_baseline")
    );
    assert_eq!(
        mistakes(json!({"baseline": "gone"}), off.clone()),
        [
            ("/baseline".to_owned(), "unknown_variation"),
            ("/site".to_owned(), "unsuitable_site")
        ]
    );
    assert_eq!(
        mistakes(json!({"unit": "a..b"}), off),
        one("/unit", "invalid_attribute")
    );
}

#[test]
fn sites() {
    let rule = json!({"site": {"rule": "gone"}});
    assert_eq!(
        mistakes(rule, json!({"variation": "off"})),
        one("/site/rule", "unknown_rule")
    );
    for default in [
        json!({"variation": "on"}),
        json!({"variation": "other"}),
        json!({"split": {"weights": {"off": 90000, "other": 10000}}}),
    ] {
        assert_eq!(
            mistakes(json!({}), default),
            one("/site", "unsuitable_site")
        );
    }
    let by_org = json!({"split": {"by": "org.id", "weights": {"off": 100_000}}});
    assert_eq!(
        mistakes(json!({}), by_org.clone()),
        one("/unit", "other_unit")
    );
    assert_eq!(mistakes(json!({"unit": "org.id"}), by_org), []);
    let ahead = json!({"split": {"allocation": [
        {"variation": "on", "slots": 5000}, {"variation": "off", "slots": 95000},
    ]}});
    assert_eq!(
        mistakes(json!({}), ahead),
        one("/stages/0/weight", "below_present")
    );
}

#[test]
fn stages() {
    let stages = |stages: Value| -> Vec<(String, &'static str)> {
        let template: Template =
            serde_json::from_value(json!({"name": "t", "stages": stages})).unwrap();
        let mistakes = validate_stages(&template.stages);
        mistakes
            .into_iter()
            .map(|mistake| (mistake.path, mistake.code))
            .collect()
    };
    assert_eq!(stages(json!([{"weight": 0.001}, {"weight": 100}])), []);
    assert_eq!(stages(json!([])), one("/stages", "too_few"));
    assert_eq!(
        stages(json!([{"weight": 0}, {"weight": -1}, {"weight": 100.5}, {"weight": 0.0005}])),
        [
            ("/stages/0/weight".to_owned(), "out_of_range"),
            ("/stages/1/weight".to_owned(), "out_of_range"),
            ("/stages/2/weight".to_owned(), "out_of_range"),
            ("/stages/3/weight".to_owned(), "too_fine"),
        ]
    );
    assert_eq!(
        stages(json!([{"weight": 10}, {"weight": 10}, {"weight": 100}])),
        one("/stages/1/weight", "not_growing")
    );
    assert_eq!(
        stages(json!([{"weight": 10}, {"weight": 99}])),
        one("/stages/1/weight", "not_complete")
    );
    assert_eq!(
        stages(
            json!([{"weight": 10, "min_bake": "0s"}, {"weight": 100, "min_bake": "366d", "name": " "}])
        ),
        [
            ("/stages/0/min_bake".to_owned(), "out_of_range"),
            ("/stages/1/min_bake".to_owned(), "out_of_range"),
            ("/stages/1/name".to_owned(), "invalid_name"),
        ]
    );
    // Each limit itself is within.
    let name = "é".repeat(255);
    assert_eq!(
        stages(
            json!([{"weight": 10, "min_bake": "1ms"}, {"weight": 100, "min_bake": "365d", "name": name}])
        ),
        []
    );
    assert_eq!(
        stages(
            json!([{"weight": 10, "min_bake": "365d1ms"}, {"weight": 100, "name": format!("{name}x")}])
        ),
        [
            ("/stages/0/min_bake".to_owned(), "out_of_range"),
            ("/stages/1/name".to_owned(), "invalid_name"),
        ]
    );
    let fifty: Vec<Value> = (1..=50)
        .map(|weight| json!({"weight": weight * 2}))
        .collect();
    assert_eq!(stages(json!(fifty)), []);
    let many: Vec<Value> = (1..=51)
        .map(|weight| json!({"weight": f64::from(weight) * 100.0 / 51.0}))
        .collect();
    assert!(stages(json!(many)).contains(&("/stages".to_owned(), "too_many")));
}

#[test]
fn what_is_off_or_archived_does_not_start() {
    let mut config = config(json!({"variation": "off"}));
    let mut definition = definition();
    assert_eq!(ready(&document(), &definition, &config), []);
    config.enabled = false;
    definition.archived = true;
    let codes: Vec<_> = ready(&document(), &definition, &config)
        .into_iter()
        .map(|mistake| mistake.code)
        .collect();
    assert_eq!(codes, ["archived", "disabled"]);
}
