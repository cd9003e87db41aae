use serde_json::{Value, json};
use serin_engine::release::{Policy, Stage};

use super::*;
use crate::typed::at;

fn document(plan: Value) -> Document {
    let mut document = json!({"flag": "f", "site": {"rule": "r"}, "baseline": "off", "candidate": "on",
        "stages": [{"weight": 1, "min_bake": "10m"}, {"weight": 100}]});
    document
        .as_object_mut()
        .unwrap()
        .extend(plan.as_object().unwrap().clone());
    serde_json::from_value(document).unwrap()
}

fn whole() -> Document {
    document(json!({
        "unit": "org.id",
        "policy": {"alpha": 0.001, "beta": 0.1, "on_harm": "hold", "on_inconclusive": "advance", "max_excess_events": 200},
        "guards": [
            {"metric": "errors", "margin": {"relative": 0.05, "absolute": 0.0005}, "require_safe": 0.5, "test": "block"},
            {"metric": "orders", "bad": "down", "action": "notify"},
            {"slo": "availability", "action": "hold"},
            {"metric": "differs", "limit": 0.001, "require_safe": 1},
        ],
        "stages": [
            {"weight": 10, "min_bake": "30m", "shadow": {"mismatch": "differs", "latency": "took"}},
            {"name": "Staff", "segment": "staff", "weight": 100, "min_bake": "30m"},
            {"weight": 0.5, "min_bake": "1h30m", "max_bake": "1d", "approval": {"role": "admin"}},
            {"weight": 100, "watch": "1d", "holdback": 1},
        ],
        "windows": {"time_zone": "Europe/Berlin", "allow": ["Mon-Thu 09:00-16:00", "Sat"],
            "freezes": [{"from": "2026-12-24", "to": "2027-01-03T12:00", "reason": "holidays"}]},
        "then": {"environment": "staging", "then": {"environment": "production", "template": "careful", "start": "manual"}},
    }))
}

#[test]
fn what_is_typed_is_what_is_read() {
    for document in [whole(), document(json!({}))] {
        assert_eq!(Draft::of(&document).read().unwrap(), document);
    }
}

#[test]
fn rows_keep_their_ids_when_the_text_is_edited() {
    let mut draft = Draft::of(&whole());
    let ids: Vec<u32> = draft.stages.iter().map(|stage| stage.id).collect();
    let mut edited = whole();
    edited.stages.push(Stage {
        weight: 100.0,
        ..Stage::default()
    });
    draft.take(Draft::of(&edited));
    let after: Vec<u32> = draft.stages.iter().map(|stage| stage.id).collect();
    assert_eq!(after[..4], ids);
    let guards = draft.guards.iter().map(|guard| guard.id);
    let then = draft.then.iter().map(|then| then.id);
    let rows = after.iter().copied().chain(guards).chain(then);
    let mut all: Vec<u32> = rows.collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 11, "every row has its own id");
    assert_eq!(draft.read().unwrap(), edited);
    assert!(draft.id() > *all.last().unwrap());
}

#[test]
fn a_template_leaves_what_moves_alone() {
    let template: Template =
        serde_json::from_value(json!({"name": "T", "stages": [{"weight": 100}]})).unwrap();
    let mut draft = Draft::of(&whole());
    draft.choose(&Plan::of_template(&template));
    let read = draft.read().unwrap();
    assert_eq!(
        (read.flag.as_str(), read.unit.as_deref()),
        ("f", Some("org.id"))
    );
    assert_eq!(
        (read.stages.len(), read.guards.len(), read.windows),
        (1, 0, None)
    );
    assert_eq!(read.policy, Policy::default());
}

#[test]
fn a_plan_that_comes_back_leaves_what_else_was_edited_since() {
    let typed = Draft::of(&whole());
    let mut draft = typed.clone();
    let template: Template =
        serde_json::from_value(json!({"name": "T", "stages": [{"weight": 100}]})).unwrap();
    draft.choose(&Plan::of_template(&template));
    assert!(!draft.is_same_plan(&typed));
    draft.flag = "other".to_owned();
    draft.take_plan(typed.clone());
    assert!(draft.is_same_plan(&typed));
    assert_eq!(draft.flag, "other");
    assert!(draft.ids >= typed.ids, "what comes later has other ids");
}

#[test]
fn a_template_is_what_was_typed() {
    let whole: Template = serde_json::from_value(json!({"name": "T", "description": "for most",
        "policy": {"on_harm": "hold"}, "guards": [{"metric": "errors", "bad": "down"}],
        "stages": [{"weight": 1}, {"weight": 100}], "windows": {"time_zone": "UTC"}}))
    .unwrap();
    let draft = Draft::of_template(&whole);
    assert_eq!(draft.template(draft.read().unwrap()), whole);
}

#[test]
fn a_template_like_a_release_has_its_plan() {
    let release = whole();
    let draft = Draft::of_plan(&Plan::of(&release));
    assert_eq!((draft.name.as_str(), draft.flag.as_str()), ("", ""));
    let template = draft.template(draft.read().unwrap());
    assert_eq!(
        (
            template.policy,
            template.guards,
            template.stages,
            template.windows
        ),
        (
            release.policy,
            release.guards,
            release.stages,
            release.windows
        )
    );
}

#[test]
fn mistakes_are_told_by_place_and_all_at_once() {
    let mut draft = Draft::of(&whole());
    draft.policy.alpha = "lots".to_owned();
    draft.guards[0].relative = "-1".to_owned();
    draft.stages[2].max_bake = "soon".to_owned();
    draft.windows.allow[0] = "Someday".to_owned();
    draft.windows.freezes[0].to = "2026-02-30".to_owned();
    let mistakes = draft.read().unwrap_err();
    let places: Vec<&str> = mistakes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        places,
        [
            "/policy/alpha",
            "/guards/0/margin/relative",
            "/stages/2/max_bake",
            "/windows/allow/0",
            "/windows/freezes/0/to",
        ]
    );
    assert!(at(&mistakes, "/guards/0").is_some());
    assert_eq!(
        (at(&mistakes, "/guards/1"), at(&mistakes, "/stage")),
        (None, None)
    );
}
