//! Shadow stages: nobody gets the candidate, and what is known of results that differ is the way on.

use serde_json::{Value, json};

use crate::{
    flag::{FlagConfig, FlagDefinition, Serve},
    release::{
        Document, Effect, Observation, Owner, Phase, Plan, Signal, State, serve_stage, step,
        validate, validate_plan,
    },
};

fn document() -> Value {
    json!({
        "flag": "f", "baseline": "off", "candidate": "on",
        "guards": [
            {"metric": "mismatch", "limit": 0.001, "require_safe": 1.0},
            {"metric": "errors", "require_safe": 0.5},
        ],
        "stages": [
            {"weight": 10, "min_bake": "1m", "shadow": {"mismatch": "mismatch", "latency": "took"}},
            {"weight": 1, "min_bake": "1m"},
            {"weight": 100, "watch": "1m"},
        ],
    })
}

fn read(value: &Value) -> Document {
    serde_json::from_value(value.clone()).unwrap()
}

fn mistakes(value: &Value) -> Vec<(String, &'static str)> {
    let found = validate_plan(&Plan::of(&read(value)));
    found
        .into_iter()
        .map(|mistake| (mistake.path, mistake.code))
        .collect()
}

fn definition() -> FlagDefinition {
    serde_json::from_value(json!({"type": "boolean", "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]})).unwrap()
}

fn config(default: Value) -> FlagConfig {
    serde_json::from_value(json!({"enabled": true, "off": "off", "default": default})).unwrap()
}

#[test]
fn a_shadow_stage_serves_nobody_and_the_next_one_its_weight() {
    let document = read(&document());
    let slots = |stage| {
        let mut config = config(json!({"variation": "off"}));
        serve_stage(&document, &definition(), &mut config, stage, Owner("r"));
        let Serve::Split(split) = config.default else {
            panic!("a split");
        };
        crate::release::serve::weights(&split)
            .get("on")
            .copied()
            .unwrap_or(0)
    };
    assert_eq!((slots(0), slots(1), slots(2)), (0, 1000, 100_000));
    let stage = &document.stages[0];
    assert_eq!(
        (stage.slots(), stage.shadowed(), stage.compares()),
        (0, 10_000, true)
    );
    assert_eq!(document.stages[1].shadowed(), 0);
}

#[test]
fn each_stage_asks_for_what_it_can_have() {
    let document = read(&document());
    let required = |stage: usize| {
        let stage = &document.stages[stage];
        document
            .required(stage)
            .map(|guard| guard.metric.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (required(0), required(1)),
        (vec!["mismatch".to_owned()], vec!["errors".to_owned()])
    );
}

#[test]
fn it_waits_until_results_are_known_to_agree() {
    let document = read(&document());
    let nothing = Observation::default();
    let begun = step(&document, &State::Draft, Signal::Start, &nothing).unwrap();
    assert_eq!(begun.effect, Effect::Stage(0));
    let minute = Observation {
        observed: std::time::Duration::from_secs(60),
        ..Observation::default()
    };
    let waits = step(&document, &begun.next, Signal::Tick, &minute)
        .unwrap()
        .next;
    assert_eq!(
        waits.position().map(|at| (at.stage, at.phase)),
        Some((0, Phase::AwaitingEvidence))
    );
    let safe = Observation {
        safe: true,
        ..Observation::default()
    };
    let on = step(&document, &waits, Signal::Tick, &safe).unwrap();
    assert_eq!(on.effect, Effect::Stage(1));
    let harm = Observation {
        harm: true,
        ..Observation::default()
    };
    assert_eq!(
        step(&document, &waits, Signal::Tick, &harm).unwrap().next,
        State::RolledBack
    );
}

#[test]
fn what_a_shadow_stage_may_not_be_is_refused_by_place() {
    assert_eq!(mistakes(&document()), []);
    let with = |pointer: &str, value: Value| {
        let mut changed = document();
        *changed.pointer_mut(pointer).unwrap() = value;
        mistakes(&changed)
    };
    let at = |path: &str, code| vec![(path.to_owned(), code)];
    assert_eq!(
        with("/stages/0/weight", json!(0)),
        at("/stages/0/weight", "out_of_range")
    );
    assert_eq!(
        with("/stages/0/weight", json!(0.0001)),
        at("/stages/0/weight", "out_of_range")
    );
    assert_eq!(
        with("/stages/0/shadow/mismatch", json!("errors")),
        at("/stages/0/shadow/mismatch", "not_guarded")
    );
    assert_eq!(
        with("/guards/0/limit", json!(null)),
        at("/stages/0/shadow/mismatch", "not_guarded")
    );
    assert_eq!(
        with("/guards/0/limit", json!(1.0)),
        at("/guards/0/limit", "out_of_range")
    );
    let mut late = document();
    late["stages"][1]["shadow"] = json!({"mismatch": "mismatch"});
    assert_eq!(mistakes(&late), []);
    late["stages"].as_array_mut().unwrap().swap(1, 2);
    late["stages"][1] = json!({"weight": 1, "min_bake": "1m"});
    late["stages"][2] = json!({"weight": 100, "shadow": {"mismatch": "mismatch"}});
    assert_eq!(mistakes(&late), at("/stages/2/shadow", "not_first"));
    let mut segment = document();
    segment["stages"][0]["segment"] = json!("staff");
    assert_eq!(mistakes(&segment), at("/stages/0/shadow", "conflicting"));
    let mut margin = document();
    margin["guards"][0]["margin"] = json!({"relative": 0.1});
    assert_eq!(mistakes(&margin), at("/guards/0/limit", "conflicting"));
}

#[test]
fn its_site_serves_the_baseline_alone() {
    let shadow = read(&document());
    let at = |default| validate(&shadow, &definition(), &config(default));
    assert_eq!(at(json!({"variation": "off"})), []);
    let split = json!({"split": {"weights": {"on": 100, "off": 99_900}}});
    let found = at(split);
    assert_eq!(
        (found.len(), found[0].path.as_str(), found[0].code),
        (1, "/stages/0/shadow", "unsuitable_site")
    );
}
