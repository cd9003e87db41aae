use serde_json::json;

use serin_api::release::Event;
use serin_engine::release::{Blocked, Hold, Signal};

use super::*;

/// A release of three stages, with members put over it.
pub(crate) fn release(state: serde_json::Value) -> Release {
    let mut release = json!({
        "id": "00000000-0000-0000-0000-000000000001", "project": "shop", "environment": "production",
        "document": {"flag": "checkout", "baseline": "off", "candidate": "on", "stages": [
            {"weight": 1, "min_bake": "10m"}, {"name": "Half", "weight": 50}, {"weight": 100}]},
        "epoch": 1, "created_at": "2026-11-21T10:00:00Z", "created_by": "ann",
        "entered_at": "2026-11-21T10:00:00Z", "actions": [], "history": []
    });
    release
        .as_object_mut()
        .unwrap()
        .extend(state.as_object().unwrap().clone());
    serde_json::from_value(release).unwrap()
}

fn check(state: serde_json::Value, expected: &str) {
    assert_eq!(next(&release(state)).replace('\u{202f}', " "), expected);
}

#[test]
fn what_happens_next() {
    check(json!({"state": "draft"}), "Waits for somebody to start it.");
    check(
        json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 90_000}),
        "Bakes for 8m30s more, then goes to 50 %.",
    );
    check(
        json!({"state": "running", "stage": 1, "phase": "awaiting_approval", "baked_ms": 0}),
        "Waits for a person: when advanced, it goes to 100 %.",
    );
    check(
        json!({"state": "paused", "stage": 1, "phase": "baking", "baked_ms": 0}),
        "Goes on when somebody resumes it.",
    );
    check(json!({"state": "rolled_back"}), "");
}

#[test]
fn what_a_signal_does() {
    let at = |stage: usize| {
        release(json!({"state": "running", "stage": stage, "phase": "baking", "baked_ms": 0}))
    };
    assert_eq!(
        effect(&at(0), Signal::Advance).replace('\u{202f}', " "),
        "50 % of units get on from now on; the others keep off."
    );
    assert_eq!(
        effect(&at(1), Signal::Advance),
        "All units get on from now on."
    );
    assert_eq!(
        effect(&at(2), Signal::Advance),
        "All units get on, and the release is complete."
    );
    assert_eq!(
        effect(&release(json!({"state": "draft"})), Signal::Start).replace('\u{202f}', " "),
        "1 % of units get on from now on; the others keep off."
    );
}

#[test]
fn of_a_rule_only_the_units_that_it_matches_are_told() {
    let mut release = release(
        json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0, "weight": 1}),
    );
    release.document.site = Site::Rule("beta".to_owned());
    release.document.stages[1].segment = Some("staff".to_owned());
    let does = |release: &Release, signal| effect(release, signal).replace('\u{202f}', " ");
    assert_eq!(
        serves(&release).replace('\u{202f}', " "),
        "1 % of units that rule beta matches get on, the others off."
    );
    assert_eq!(
        does(&release, Signal::Advance),
        "50 % of units in segment staff that rule beta matches get on from now on; the others keep off."
    );
    assert_eq!(
        does(&release, Signal::Promote),
        "All units that rule beta matches get on at once, and the release is complete."
    );
    release.state = State::Draft;
    release.document.stages[0].weight = 100.0;
    assert_eq!(
        does(&release, Signal::Start),
        "All units that rule beta matches get on from now on."
    );
}

#[test]
fn what_is_resumed_goes_on_where_it_stood() {
    let at = |phase: &str| {
        let paused = json!({"state": "paused", "stage": 0, "phase": phase, "baked_ms": 0});
        effect(&release(paused), Signal::Resume)
    };
    assert_eq!(at("baking"), "It goes on baking where it stopped.");
    assert!(at("awaiting_evidence").starts_with("It waits for proof of safety"));
    assert!(at("awaiting_window").starts_with("It waits for its window"));
    assert!(at("awaiting_approval").starts_with("It waits for a person"));
}

#[test]
fn who_is_held_back_does_not_get_it() {
    let mut release = release(
        json!({"state": "running", "stage": 2, "phase": "baking", "baked_ms": 0, "weight": 90}),
    );
    release.document.stages[2].holdback = Some(10.0);
    assert_eq!(
        reach(&release.document.stages[2]).replace('\u{202f}', " "),
        "90 %"
    );
    let entered = Event {
        epoch: 3,
        at: release.entered_at,
        actor: "serin".to_owned(),
        signal: Signal::Tick,
        state: release.state.clone(),
        reason: None,
        serve: serde_json::from_value(json!({"variation": "on"})).ok(),
        evidence: None,
    };
    assert!(entered.serve.is_some());
    let line = event(&release, &entered).replace('\u{202f}', " ");
    assert_eq!(line, "Stage 3 · 90 % of units get on");
    assert_eq!(
        serves(&release).replace('\u{202f}', " "),
        "90 % of units get on, the others off."
    );
}

#[test]
fn times_are_short() {
    assert_eq!(remaining(Duration::from_millis(200)), "1s");
    assert_eq!(remaining(Duration::from_secs(59 * 60 + 59)), "59m59s");
    assert_eq!(remaining(Duration::from_secs(2 * 3600 + 61)), "2h1m");
    assert_eq!(remaining(Duration::from_secs(90_061)), "1d1h");
}

#[test]
fn what_users_get() {
    let said = |state| serves(&release(state)).replace('\u{202f}', " ");
    assert_eq!(
        said(json!({"state": "draft"})),
        "Nobody gets on because of it yet."
    );
    assert_eq!(
        said(
            json!({"state": "running", "stage": 1, "phase": "baking", "baked_ms": 0, "weight": 50})
        ),
        "50 % of units get on, the others off."
    );
    assert_eq!(
        said(
            json!({"state": "paused", "stage": 2, "phase": "baking", "baked_ms": 0, "weight": 100})
        ),
        "All units get on."
    );
    assert_eq!(
        said(json!({"state": "completed"})),
        "All units got on at its end."
    );
}

#[test]
fn what_happened_meanwhile_names_who_did_it() {
    let event = |epoch: u64, actor: &str, signal: &str, state: &str| {
        json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": actor, "signal": signal,
               "state": state, "stage": 0, "phase": "baking", "baked_ms": 0})
    };
    let release = release(json!({"state": "rolled_back", "history": [
        event(1, "ann", "start", "running"), event(2, "bob", "pause", "paused"), event(3, "bob", "rollback", "rolled_back")]}));
    assert_eq!(since(&release, 1), "bob: Paused · bob: Rolled back");
    assert_eq!(since(&release, 3), "");
}

#[test]
fn an_approval_is_told_as_one() {
    let told = |state: serde_json::Value| {
        let mut event =
            json!({"epoch": 2, "at": "2026-11-21T10:00:00Z", "actor": "ann", "signal": "approve"});
        let members = event.as_object_mut().unwrap();
        members.extend(state.as_object().unwrap().clone());
        let release = release(json!({"state": "completed", "history": [event]}));
        event_words(&release)
    };
    assert_eq!(
        told(
            json!({"state": "held", "stage": 0, "phase": "awaiting_approval", "baked_ms": 0, "holds": ["no_data"]})
        ),
        "Approved. Still held: no evidence of the baseline, of the candidate or of both for too long"
    );
    assert_eq!(
        told(json!({"state": "running", "stage": 0, "phase": "awaiting_window", "baked_ms": 0})),
        "Approved. Waits for its window"
    );
}

#[test]
fn the_end_of_a_hold_is_told_as_one() {
    let event = |epoch: u64, state: &str, phase: &str| {
        json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "serin", "signal": "tick",
               "state": state, "stage": 0, "phase": phase, "baked_ms": 0, "holds": ["no_data"]})
    };
    let release = release(json!({"state": "completed", "history": [
        event(1, "held", "baking"), event(2, "running", "baking"), event(3, "held", "baking"),
        event(4, "running", "awaiting_approval")]}));
    let told = release.history.iter().map(|it| super::event(&release, it));
    let told: Vec<_> = told.collect();
    assert_eq!(told[1], "Held no more: evidence comes again. Bakes");
    assert_eq!(
        told[3],
        "Held no more: evidence comes again. Waits for a person"
    );
}

#[test]
fn harm_that_only_tells_is_told_once() {
    let event = |epoch: u64, phase: &str, noted: bool| {
        json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "serin", "signal": "tick",
               "state": "running", "stage": 0, "phase": phase, "baked_ms": 0, "noted": noted})
    };
    let release = release(json!({"state": "completed", "history": [
        event(1, "baking", false), event(2, "baking", true), event(3, "awaiting_window", true)]}));
    let told = release.history.iter().map(|it| super::event(&release, it));
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["Bakes", "Harm was seen", "Waits for its window"]
    );
    // What was read of before is not among the release's own.
    let newest = Release {
        history: Vec::new(),
        ..release.clone()
    };
    let [_, before, last] = release.history.as_slice() else {
        panic!("three events");
    };
    assert_eq!(super::event(&newest, last), "Harm was seen");
    let told = event_after(&newest, last, Some(before));
    assert_eq!(told, "Waits for its window");
}

/// It is held already, or is just now: harm is news in any case.
#[test]
fn harm_is_told_of_what_is_held_too() {
    let event = |epoch: u64, state: &str, noted: bool| {
        let mut event = json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "serin", "signal": "tick",
               "state": state, "stage": 0, "phase": "baking", "baked_ms": 0, "noted": noted});
        if state == "held" {
            event["holds"] = json!(["no_data"]);
        }
        event
    };
    let told = |events: &[(&str, bool)]| -> Vec<String> {
        let events = events.iter().zip(1..);
        let history: Vec<_> = events
            .map(|((state, noted), epoch)| event(epoch, state, *noted))
            .collect();
        let release = release(json!({"state": "completed", "history": history}));
        let told = release.history.iter().map(|it| super::event(&release, it));
        told.collect()
    };
    let held = told(&[
        ("running", false),
        ("held", false),
        ("held", true),
        ("held", true),
    ]);
    let words = held[1].strip_prefix("Held: ").unwrap();
    assert_eq!(held[2], format!("Harm was seen. Still held: {words}"));
    assert_eq!(held[3], held[1], "once");
    let at_once = told(&[("running", false), ("held", true)]);
    assert_eq!(at_once[1], format!("Harm was seen. Held: {words}"));
}

/// The last line of its history.
fn event_words(release: &Release) -> String {
    event(release, release.history.last().unwrap())
}

#[test]
fn a_guarded_stage_says_what_proof_it_waits_for() {
    let at = |phase: &str, standing: &str| {
        let mut release = release(
            json!({"state": "running", "stage": 0, "phase": phase, "baked_ms": 90_000,
            "next_at": "2026-11-21T10:10:00Z", "guards": [{"metric": "errors", "standing": standing}]}),
        );
        let guards = json!([{"metric": "errors", "require_safe": 0.5}, {"metric": "latency"}]);
        release.document.guards = serde_json::from_value(guards).unwrap();
        release.document.stages[0].max_bake = Some("2h".parse().unwrap());
        next(&release).replace('\u{202f}', " ")
    };
    assert_eq!(
        at("baking", "collecting"),
        "Bakes for at least 8m30s more, then waits for proof of safety on errors, then goes to 50 %."
    );
    assert_eq!(
        at("baking", "safe"),
        "Bakes for at least 8m30s more, then goes to 50 %."
    );
    assert_eq!(
        at("awaiting_evidence", "collecting"),
        "Waits for proof of safety on errors, then goes to 50 %. After 2h of baking a person decides."
    );
}

#[test]
fn every_hold_and_block_says_what_to_do() {
    for hold in [
        Hold::NoData,
        Hold::ProviderDown,
        Hold::SampleMismatch,
        Hold::SloBurn,
        Hold::Harm,
    ] {
        assert!(hold_advice(hold).ends_with('.'));
    }
    for blocked in [
        Blocked::Window,
        Blocked::Limit,
        Blocked::SiteTaken,
        Blocked::Unsuitable,
    ] {
        assert!(block_advice(blocked).ends_with('.'));
    }
}

#[test]
fn a_shadow_stage_gives_nobody_the_candidate() {
    let shadowed = |state: serde_json::Value| {
        let mut release = release(state);
        let stages = json!([{"weight": 10, "min_bake": "10m", "shadow": {"mismatch": "differs"}}, {"weight": 100}]);
        release.document.stages = serde_json::from_value(stages).unwrap();
        let guards = json!([{"metric": "errors", "require_safe": 0.5}, {"metric": "differs", "limit": 0.001, "require_safe": 1}]);
        release.document.guards = serde_json::from_value(guards).unwrap();
        release
    };
    let plain = |text: String| text.replace('\u{202f}', " ");
    let draft = shadowed(json!({"state": "draft"}));
    assert_eq!(
        plain(button(&draft, Signal::Start)),
        "Start with a shadow of 10 %"
    );
    assert_eq!(
        plain(effect(&draft, Signal::Start)),
        "Nobody gets on yet: programs try it beside off for 10 % of units, and results are compared."
    );
    let at = json!({"state": "running", "stage": 0, "phase": "awaiting_evidence", "baked_ms": 600_000, "weight": 0});
    let running = shadowed(at);
    assert_eq!(
        plain(serves(&running)),
        "All units get off. For 10 % of units its results are compared with those of on."
    );
    assert_eq!(
        plain(next(&running)),
        "Waits for proof of safety on differs, then goes to 100 %."
    );
    let started = Event {
        epoch: 1,
        at: running.entered_at,
        actor: "ann".to_owned(),
        signal: Signal::Start,
        state: running.state.clone(),
        reason: None,
        serve: None,
        evidence: None,
    };
    assert_eq!(
        plain(event(&running, &started)),
        "Stage 1 · results of 10 % of units are compared"
    );
}

#[test]
fn approvals_are_told_as_such() {
    let mut release = release(
        json!({"state": "running", "stage": 1, "phase": "awaiting_approval", "baked_ms": 0}),
    );
    assert_eq!(badge(&release), "Waits for a person");
    release.document.stages[1].approval = serde_json::from_value(json!({"role": "admin"})).unwrap();
    assert_eq!(badge(&release), "Waits for approval");
    assert_eq!(
        next(&release).replace('\u{202f}', " "),
        "Waits for approval by an admin: when approved, it goes to 100 %."
    );
    let mut bakes = release.clone();
    bakes.state = serde_json::from_value(
        json!({"state": "running", "stage": 1, "attempt": 1, "phase": "baking", "baked_ms": 0}),
    )
    .unwrap();
    let said = next(&bakes);
    assert!(
        said.ends_with("more, then waits for approval by an admin."),
        "{said}"
    );
    let event = |epoch: u64, members: serde_json::Value| -> Event {
        let mut event = json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "ann"});
        let known = event.as_object_mut().unwrap();
        known.extend(members.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    };
    let waited = event(
        4,
        json!({"signal": "tick", "state": "running", "stage": 1, "phase": "awaiting_approval", "baked_ms": 0}),
    );
    let said = |after: serde_json::Value| {
        event_after(&release, &event(5, after), Some(&waited)).replace('\u{202f}', " ")
    };
    let next_stage = json!({"signal": "approve", "state": "running", "stage": 2, "phase": "baking", "baked_ms": 0,
        "serve": {"variation": "on"}});
    assert_eq!(
        said(next_stage),
        "Approved (an admin was asked): Stage 3 · 100 % of units get on"
    );
    assert_eq!(
        said(json!({"signal": "reject", "state": "rolled_back"})),
        "Rejected (an admin was asked): rolled back"
    );
    assert_eq!(
        said(json!({"signal": "approve", "state": "completed"})),
        "Approved (an admin was asked): completed"
    );
    assert_eq!(
        said(json!({"signal": "rollback", "state": "rolled_back"})),
        "Rolled back"
    );
}
