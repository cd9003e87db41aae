//! Releases that are judged by evidence: from reports to what becomes of the release.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_api::release::Release;
use serin_engine::{
    release::{Hold, Phase, Signal, State},
    slots::SLOTS,
};
use serin_server::{
    clock::Clock as _,
    service::{evidence::Report, release, usage::Sink as _},
};
use uuid::Uuid;

use super::node::{Node, PRODUCTION, PROJECT, document, epochs, stages_entered};

/// What comes in ten seconds.
#[derive(Clone, Copy)]
pub(super) struct Traffic {
    /// In both arms, divided as the stage says.
    units: f64,
    /// The part of the candidate's that has an error; half a percent of the baseline's.
    errors: f64,
}

pub(super) const HEALTHY: Traffic = Traffic {
    units: 100_000.0,
    errors: 0.005,
};
pub(super) const HARMFUL: Traffic = Traffic {
    units: 100_000.0,
    errors: 0.015,
};

/// A guarded release of these stages, started.
pub(super) async fn guarded(node: &Node, stages: Value) -> Release {
    guarded_by(node, stages, json!({})).await
}

/// As [`guarded`], with a policy.
async fn guarded_by(node: &Node, stages: Value, policy: Value) -> Release {
    node.metric("errors", "count").await;
    let mut guarded = document(stages);
    guarded["policy"] = policy;
    guarded["guards"] =
        json!([{"metric": "errors", "margin": {"relative": 0.1}, "require_safe": 0.5}]);
    let draft = node.create(guarded).await.unwrap();
    node.send(&draft, Signal::Start).await.unwrap()
}

/// Lets ten seconds pass at a time, each with a report of it, until the release is as it is
/// waited for; gives it with how many seconds that took.
pub(super) async fn until(
    node: &mut Node,
    id: Uuid,
    traffic: Option<Traffic>,
    arrived: impl Fn(&Release) -> bool,
) -> (Release, u32) {
    for tens in 0..120 {
        let release = node.get(id).await;
        if arrived(&release) {
            return (release, 10 * tens);
        }
        node.watch(10).await;
        if let Some(traffic) = traffic {
            report(node, &release, traffic).await;
        }
    }
    panic!("it stands at {:?}", node.get(id).await.state);
}

/// Reports the ten seconds that were over last, of a release as it was then.
pub(super) async fn report(node: &Node, release: &Release, traffic: Traffic) {
    let Some(position) = release.state.position() else {
        return;
    };
    let second = node.clock.now().timestamp() - 10;
    let at: DateTime<Utc> = DateTime::from_timestamp(second - second.rem_euclid(10), 0).unwrap();
    let share = f64::from(release.document.stages[position.stage].slots()) / f64::from(SLOTS);
    let arm = |share: f64, errors: f64| {
        let exposed = (share * traffic.units).round();
        json!({"exposed": exposed, "metrics": {"errors": {"events": (exposed * errors).round()}}})
    };
    let window = json!({
        "release": release.id, "stage": position.stage, "at": at,
        "baseline": arm(1.0 - share, 0.005), "candidate": arm(share, traffic.errors),
    });
    let environment = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    let report = Report {
        instance: Uuid::from_u128(7),
        sequence: u64::try_from(at.timestamp()).unwrap(),
        sent_at: None,
        windows: serde_json::from_value(json!([window])).unwrap(),
    };
    let taken = node.app.usage.evidence(environment.environment_id, report);
    let taken = taken.await.unwrap();
    assert_eq!(taken.refused, 0, "{taken:?}");
}

pub(super) async fn harm_is_taken_back(mut node: Node) {
    let before = node.config().await["default"].clone();
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let release = guarded(&node, stages).await;
    let (release, seconds) = until(&mut node, release.id, Some(HARMFUL), |release| {
        release.state.is_over()
    })
    .await;
    assert_eq!(release.state, State::RolledBack);
    assert!(seconds <= 120, "found after {seconds} s");
    assert_eq!(node.config().await["default"], before);
    let last = release.history.last().unwrap();
    assert_eq!((last.signal, last.actor.as_str()), (Signal::Tick, "serin"));
    let evidence = last.evidence.as_ref().unwrap();
    assert_eq!(evidence["judgement"]["verdict"], "harm");
    assert_eq!(evidence["judgement"]["culprit"], "errors");
}

pub(super) async fn what_is_well_goes_on_by_itself(mut node: Node) {
    let stages = json!([
        {"weight": 10, "min_bake": "1m"},
        {"weight": 50, "min_bake": "1m"},
        {"weight": 100, "watch": "1m", "holdback": 1},
    ]);
    let release = guarded(&node, stages).await;
    let (release, seconds) = until(&mut node, release.id, Some(HEALTHY), |release| {
        release.state.is_over()
    })
    .await;
    assert_eq!(release.state, State::Completed);
    assert!(
        seconds >= 180,
        "three minutes bake, and {seconds} s went by"
    );
    assert_eq!(stages_entered(&release), [0, 1, 2]);
    let all: Vec<u64> = (1..=release.epoch).collect();
    assert_eq!(epochs(&release), all);
    let on = release.history.iter().find_map(|event| {
        let position = event.state.position()?;
        (position.stage == 1).then_some(event.evidence.as_ref()?)
    });
    assert_eq!(on.unwrap()["judgement"]["verdict"], "safe");
}

pub(super) async fn the_end_of_a_stage_is_judged_in_the_next(mut node: Node) {
    let stages = json!([
        {"weight": 10, "min_bake": "4h"},
        {"weight": 50, "min_bake": "4h"},
        {"weight": 100, "watch": "1m"},
    ]);
    let release = guarded(&node, stages).await;
    node.watch(10).await;
    report(&node, &release, HARMFUL).await;
    let release = node.get(release.id).await;
    let release = node.send(&release, Signal::Advance).await.unwrap();
    assert!(release.state.position().is_some_and(|at| at.stage == 1));
    let over = |release: &Release| release.state.is_over();
    let (release, _) = until(&mut node, release.id, None, over).await;
    assert_eq!(release.state, State::RolledBack);
}

pub(super) async fn a_retry_is_not_judged_by_what_was_before(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let release = guarded_by(&node, stages, json!({"on_harm": "hold"})).await;
    let held = |release: &Release| matches!(&release.state, State::Held(position) if position.holds.contains(&Hold::Harm));
    let (release, _) = until(&mut node, release.id, Some(HARMFUL), held).await;
    let mut release = node.send(&release, Signal::Retry).await.unwrap();
    for _ in 0..12 {
        node.watch(10).await;
        report(&node, &release, HEALTHY).await;
        release = node.get(release.id).await;
        assert!(!held(&release), "{:?}", release.history.last());
    }
    let position = release.state.position();
    assert_eq!(position.map(|position| position.attempt), Some(2));
}

pub(super) async fn what_was_safe_is_not_safe_in_what_begins(mut node: Node) {
    // Stages that wait for a person once they are safe.
    let stages = json!([{"weight": 10}, {"weight": 20}, {"weight": 100, "watch": "1m"}]);
    let release = guarded(&node, stages).await;
    let waits = |release: &Release| {
        let phase = release.state.position().map(|position| position.phase);
        phase == Some(Phase::AwaitingApproval)
    };
    let (mut release, _) = until(&mut node, release.id, Some(HEALTHY), waits).await;
    for signal in [Signal::Retry, Signal::Advance] {
        release = node.send(&release, signal).await.unwrap();
        // Looked at again before a window is over, and while it is.
        node.watch(15).await;
        release = node.get(release.id).await;
        assert!(!waits(&release), "after {signal}: {:?}", release.state);
        (release, _) = until(&mut node, release.id, Some(HEALTHY), waits).await;
    }
    assert_eq!(release.state.position().map(|at| at.stage), Some(1));
}

pub(super) async fn silence_holds_and_is_no_harm(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "4m"}, {"weight": 100, "watch": "1m"}]);
    let release = guarded(&node, stages).await;
    let id = release.id;
    for _ in 0..6 {
        node.watch(10).await;
        report(&node, &release, HEALTHY).await;
    }
    let held = |release: &Release| matches!(&release.state, State::Held(position) if position.holds.contains(&Hold::NoData));
    let (_, seconds) = until(&mut node, id, None, held).await;
    assert!((30..=300).contains(&seconds), "held after {seconds} s");
    let share = node.on();
    // More of it changes nothing.
    node.watch(600).await;
    assert!(held(&node.get(id).await));
    assert_eq!(node.on(), share);
    let (release, _) = until(&mut node, id, Some(HEALTHY), |release| !held(release)).await;
    assert!(
        matches!(release.state, State::Running(_)),
        "{:?}",
        release.state
    );
    let (release, _) = until(&mut node, id, Some(HEALTHY), |release| {
        release.state.is_over() || release.state.position().is_some_and(|at| at.stage == 1)
    })
    .await;
    assert!(release.state.is_live(), "{:?}", release.state);
}

pub(super) async fn nobody_knows_when_while_nothing_counts(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "20m"}, {"weight": 100, "watch": "1m"}]);
    let release = guarded(&node, stages).await;
    let id = release.id;
    for _ in 0..6 {
        node.watch(10).await;
        report(&node, &release, HEALTHY).await;
        assert!(node.get(id).await.next_at.is_some());
    }
    node.watch(150).await;
    let silent = node.get(id).await;
    assert!(
        matches!(silent.state, State::Running(_)),
        "{:?}",
        silent.state
    );
    assert_eq!(silent.next_at, None);
    let counts = |release: &Release| release.next_at.is_some();
    until(&mut node, id, Some(HEALTHY), counts).await;
}

/// Evidence that comes as late as it may is not told as one that stays away.
pub(super) async fn a_longer_grace_is_no_silence(node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "20m"}, {"weight": 100, "watch": "1m"}]);
    let grace = TimeDelta::seconds(120);
    let mut patient = node.with_grace(node.clock.now(), 9, Some(grace)).await;
    let release = guarded(&patient, stages).await;
    let id = release.id;
    for tens in 0..20 {
        patient.watch(10).await;
        report(&patient, &release, HEALTHY).await;
        let told = patient.get(id).await;
        assert!(told.next_at.is_some(), "after {tens} times ten seconds");
    }
    for (node, after) in [(&node, (30_000, 90_000)), (&patient, (130_000, 190_000))] {
        let (app, actor) = (&node.app, &node.actor);
        let told = release::judgements(app, actor, PROJECT, PRODUCTION, id).await;
        let told = told.unwrap();
        assert_eq!((told.complete_after_ms, told.old_after_ms), after);
    }
    patient.watch(320).await;
    assert_eq!(patient.get(id).await.next_at, None, "now it stays away");
    patient.app.shutdown().await;
}

pub(super) async fn a_runner_that_takes_over_goes_on_with_the_same_evidence(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let release = guarded(&node, stages).await;
    let id = release.id;
    // Too little to say anything by itself.
    let slightly = Traffic {
        units: 1000.0,
        errors: 0.03,
    };
    for _ in 0..4 {
        node.watch(10).await;
        report(&node, &release, slightly).await;
    }
    let mut other = node.another(node.clock.now(), 9).await;
    let mut rounds = 0;
    while !other.get(id).await.state.is_over() {
        rounds += 1;
        assert!(rounds < 60, "{:?}", other.get(id).await.state);
        other.watch(10).await;
        report(&other, &release, slightly).await;
    }
    let release = other.get(id).await;
    assert_eq!(release.state, State::RolledBack);
    let evidence = release.history.last().unwrap().evidence.clone().unwrap();
    let excess = evidence["judgement"]["excess_events"].as_f64().unwrap();
    // Each window has 3 of the candidate's 100 units and 5 of the baseline's 900, so that
    // 3 − 5/9 are too many: those that the first runner judged are among them.
    let windows = excess / (3.0 - 5.0 / 9.0);
    assert!(windows > f64::from(rounds) - 3.0, "{windows} of {rounds}");
    other.app.shutdown().await;
}
