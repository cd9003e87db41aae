//! Every mistake, with its place.

use serde_json::{Value, json};

use super::document;
use crate::{
    flag::{FlagConfig, FlagDefinition},
    release::{Document, Plan, Template, ready, validate, validate_plan},
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
        let mistakes = validate_plan(&Plan::of_template(&template));
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

#[test]
fn the_longest_bake_the_watch_and_the_holdback() {
    let found = |stages: Value| mistakes(json!({"stages": stages}), json!({"variation": "off"}));
    let sound = json!([
        {"weight": 1, "min_bake": "1m", "max_bake": "1m", "approval": {"role": "editor"}},
        {"weight": 10, "max_bake": "1h"},
        {"weight": 100, "watch": "1d", "holdback": 0.5},
    ]);
    assert_eq!(found(sound), []);
    assert_eq!(
        found(json!([
            {"weight": 1, "min_bake": "2m", "max_bake": "1m"},
            {"weight": 10, "watch": "1m"},
            {"weight": 20, "holdback": 1},
            {"weight": 100, "watch": "0s", "min_bake": "1m"},
        ])),
        [
            ("/stages/0/max_bake".to_owned(), "below_min_bake"),
            ("/stages/1/watch".to_owned(), "not_last"),
            ("/stages/2/holdback".to_owned(), "not_last"),
            ("/stages/3/watch".to_owned(), "out_of_range"),
            ("/stages/3/watch".to_owned(), "conflicting"),
        ]
    );
    for (holdback, code) in [
        (0.0, "out_of_range"),
        (51.0, "out_of_range"),
        (0.0005, "too_fine"),
    ] {
        let stages = json!([{"weight": 1}, {"weight": 100, "holdback": holdback}]);
        assert_eq!(found(stages), one("/stages/1/holdback", code), "{holdback}");
    }
    let more_before = json!([{"weight": 60}, {"weight": 100, "holdback": 40}]);
    assert_eq!(found(more_before), one("/stages/1/weight", "not_growing"));
}

#[test]
fn stages_of_segments() {
    let found = |stages: Value| mistakes(json!({"stages": stages}), json!({"variation": "off"}));
    let rings = json!([
        {"segment": "staff", "weight": 50},
        {"segment": "staff", "weight": 100},
        {"segment": "beta", "weight": 10},
        {"weight": 1},
        {"segment": "beta", "weight": 20},
        {"weight": 100},
    ]);
    assert_eq!(found(rings), []);
    assert_eq!(
        found(json!([
            {"segment": "staff", "weight": 50},
            {"segment": "staff", "weight": 50},
            {"weight": 10},
            {"segment": "beta", "weight": 5},
            {"segment": " ", "weight": 20},
            {"segment": "all", "weight": 100},
        ])),
        [
            ("/stages/1/weight".to_owned(), "not_growing"),
            ("/stages/3/weight".to_owned(), "not_growing"),
            ("/stages/4/segment".to_owned(), "invalid_key"),
            ("/stages/5/segment".to_owned(), "not_for_all"),
        ]
    );
}

#[test]
fn windows_policies_and_guards() {
    let found = |changes: Value| mistakes(changes, json!({"variation": "off"}));
    let windows = json!({"windows": {
        "time_zone": "Europe/Berlin", "allow": ["Mon-Thu 09:00-16:00"],
        "freezes": [{"from": "2026-12-24", "to": "2026-12-24"}, {"from": "2026-12-31T12:00", "to": "2026-12-31T12:00"}],
    }});
    assert_eq!(found(windows), one("/windows/freezes/1/to", "not_after"));
    assert_eq!(
        found(json!({"policy": {"alpha": 2}, "guards": [{"metric": "e", "require_safe": 0}]})),
        [
            ("/policy/alpha".to_owned(), "out_of_range"),
            ("/guards/0/require_safe".to_owned(), "out_of_range"),
        ]
    );
}

#[test]
fn what_is_over_is_not_rewritten() {
    let document = document();
    let with = |edit: fn(&mut Document)| {
        let mut edited = document.clone();
        edit(&mut edited);
        edited
    };
    let later = with(|it| it.stages[2].min_bake = None);
    assert!(document.same_until(&later, 0) && document.same_until(&later, 1));
    assert!(!document.same_until(&later, 2));
    let shorter = with(|it| drop(it.stages.remove(1)));
    assert!(document.same_until(&shorter, 0) && !document.same_until(&shorter, 1));
    let other = with(|it| it.candidate = "other".to_owned());
    assert!(!document.same_until(&other, 0));
    assert!(!document.same_until(&document, 9));
}
