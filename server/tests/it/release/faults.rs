//! What goes wrong around a release that lives: sources, clocks, other environments' keys, rows that
//! nobody can read.

use chrono::TimeDelta;
use serde_json::json;
use serin_api::release::{Release, SendSignal};
use serin_engine::release::{Hold, Phase, Signal, State};
use serin_server::{
    clock::Clock as _,
    release::Sources,
    service::{Error, evidence::Report, release, usage::Sink as _},
    store,
};
use uuid::Uuid;

use super::{
    judged::{self, HARMFUL, HEALTHY},
    machine::{phase, report, revision},
    node::{FLAG, Node, PRODUCTION, PROJECT, by_time, document, stage},
    sources::{
        COUNTERS, INCREASES, counted,
        fake::{Fake, Mood},
        guarded, holds, until,
    },
};
use crate::harness::{behind, create_flag, patch_config};

fn is_over(release: &Release) -> bool {
    release.state.is_over()
}

fn is_down(release: &Release) -> bool {
    holds(release, Hold::ProviderDown)
}

/// It was asked for a stage that is over then, and nobody asks for one that SDKs still learn of.
pub(super) async fn a_prometheus_that_fails_as_a_stage_ends_holds_no_longer_than_it_is_down(
    mut node: Node,
) {
    let fake = Fake::start(&node, 1.0).await;
    report(&node, 1, 1, revision(&node)).await;
    let stages = json!([
        {"weight": 10, "min_bake": "30m"}, {"weight": 50, "min_bake": "30m"}, {"weight": 100, "watch": "1m"},
    ]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    let id = release.id;
    report(&node, 1, 2, revision(&node)).await;
    for _ in 0..4 {
        node.watch(10).await;
        sources.tick().await.unwrap();
    }
    fake.change(|world| world.mood = Mood::Down);
    let (held, _) = until(&mut node, &mut sources, id, is_down).await;
    report(&node, 1, 3, revision(&node)).await;
    // Whoever answers for it goes on regardless.
    let next = node.send(&held, Signal::Advance).await.unwrap();
    assert_eq!(phase(&next), Some(Phase::Propagating));
    for _ in 0..3 {
        node.watch(10).await;
        sources.tick().await.unwrap();
        let release = node.get(id).await;
        assert!(!is_down(&release), "{:?}", release.state);
    }
    report(&node, 1, 4, revision(&node)).await;
    // In this stage it is down as well, which ends when it is not.
    until(&mut node, &mut sources, id, is_down).await;
    fake.change(|world| world.mood = Mood::Well);
    let (well, _) = until(&mut node, &mut sources, id, |release| !is_down(release)).await;
    assert!(matches!(well.state, State::Running(_)), "{:?}", well.state);
}

/// Both reports are written at once, the stranger's first.
pub(super) async fn a_key_of_another_environment_keeps_no_evidence_out(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(60);
    let second = node.clock.now().timestamp() - 10;
    let at = chrono::DateTime::from_timestamp(second - second.rem_euclid(10), 0).unwrap();
    let report = |instance: u128| {
        let windows = json!([{"release": release.id, "stage": 0, "at": at,
            "baseline": {"exposed": 9}, "candidate": {"exposed": 1}}]);
        Report {
            instance: Uuid::from_u128(instance),
            sequence: 1,
            sent_at: None,
            windows: serde_json::from_value(windows).unwrap(),
        }
    };
    let environment = |key| {
        let snapshot = node.app.publisher.find(PROJECT, key).unwrap();
        snapshot.environment_id
    };
    let (foreign, own) = tokio::join!(
        node.app
            .usage
            .evidence(environment("development"), report(1)),
        node.app.usage.evidence(environment(PRODUCTION), report(2)),
    );
    assert_eq!(foreign.unwrap().refused, 1);
    assert_eq!(own.unwrap().taken, 1);
}

/// Increases are drawn out series by series: a little more may seem to fail than there was.
pub(super) async fn a_candidate_that_always_fails_is_taken_back(mut node: Node) {
    let fake = Fake::start(&node, 210.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, INCREASES, stages).await;
    let (release, _) = until(&mut node, &mut sources, release.id, is_over).await;
    assert_eq!(release.state, State::RolledBack);
}

pub(super) async fn a_node_that_was_ahead_leaves_its_questions_to_another_soon(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (_, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    node.clock.set(TimeDelta::minutes(5));
    for _ in 0..4 {
        node.watch(10).await;
        sources.tick().await.unwrap();
    }
    // It is killed, and the other's clock is right. That of Prometheus goes on as it did.
    let mut heir = Sources::new(node.app.clone());
    node.clock.set(TimeDelta::minutes(-5));
    fake.change(|world| world.ahead = 300);
    let asked = fake.queries().len();
    assert!(asked > 0);
    for _ in 0..5 {
        node.watch(10).await;
        heir.tick().await.unwrap();
    }
    assert!(fake.queries().len() > asked, "nobody asks");
}

/// To the one that asks, every window of the present is judged already.
pub(super) async fn what_prometheus_counts_is_judged_where_the_runner_is_ahead(mut node: Node) {
    let fake = Fake::start(&node, 6.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    let ahead = node.clock.now() + TimeDelta::minutes(5);
    let mut other = node.another(ahead, 9).await;
    for _ in 0..30 {
        other.watch(10).await;
        node.sleep(10);
        sources.tick().await.unwrap();
    }
    assert_eq!(other.get(release.id).await.state, State::RolledBack);
    other.app.shutdown().await;
}

pub(super) async fn a_prometheus_whose_clock_is_set_back_counts_nothing_twice(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    let id = release.id;
    for _ in 0..7 {
        node.watch(10).await;
        sources.tick().await.unwrap();
    }
    fake.change(|world| world.ahead = -120);
    let (held, _) = until(&mut node, &mut sources, id, is_down).await;
    let evidence = held.history.last().unwrap().evidence.clone().unwrap();
    let told = evidence["sources"]["down"][0]["problem"].as_str().unwrap();
    assert!(told.contains("set back"), "{told}");
    let (_, _) = until(&mut node, &mut sources, id, |release| !is_down(release)).await;
    for _ in 0..4 {
        node.watch(10).await;
        sources.tick().await.unwrap();
    }
    let mut tx = node.app.db.read().await.unwrap();
    let readings = store::source::of(&mut tx, id).await.unwrap();
    drop(tx);
    let begun = fake.first_asked() - TimeDelta::seconds(2);
    let seconds = (readings[0].1.read_until - begun).as_seconds_f64();
    let [_, candidate] = counted(&node, id).await;
    assert!(
        (candidate.0 - 100.0 * seconds).abs() < 1.0,
        "{candidate:?} in {seconds} s"
    );
}

pub(super) async fn a_stage_after_a_retry_goes_on_with_its_evidence(mut node: Node) {
    let stages = json!([
        {"weight": 10, "min_bake": "1m"}, {"weight": 50, "min_bake": "30m"}, {"weight": 100, "watch": "1m"},
    ]);
    let release = judged::guarded(&node, stages).await;
    let id = release.id;
    for _ in 0..3 {
        node.watch(10).await;
        judged::report(&node, &release, HEALTHY).await;
    }
    let seen = node.get(id).await;
    node.send(&seen, Signal::Retry).await.unwrap();
    let second = |release: &Release| stage(release).is_some_and(|(stage, _)| stage == 1);
    judged::until(&mut node, id, Some(HEALTHY), second).await;
    for _ in 0..6 {
        node.watch(10).await;
        judged::report(&node, &node.get(id).await, HEALTHY).await;
    }
    let mut tx = node.app.db.read().await.unwrap();
    let judged = store::judge::find(&mut tx, id).await.unwrap().unwrap();
    let judge = serde_json::to_value(&judged.judge).unwrap();
    let runs = judge["seen"].as_array().unwrap();
    let stages: Vec<_> = runs.iter().map(|run| run[0].as_u64().unwrap()).collect();
    assert!(stages.contains(&0) && stages.contains(&1), "{stages:?}");
}

/// Who had an error before has it again: an SDK that remembered them would find the candidate healthy.
pub(super) async fn a_retry_is_another_stage_to_those_who_count(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(2).await;
    let (flag, people) = (node.flag(), node.on());
    let again = node.send(&release, Signal::Retry).await.unwrap();
    let told = &node.ruleset()["releases"][0];
    assert_eq!(
        (&told["stage"], &told["epoch"]),
        (&json!(0), &json!(again.epoch))
    );
    assert_eq!((node.flag(), node.on()), (flag, people), "nobody is moved");
    assert_eq!(again.history.last().unwrap().serve, None);
}

pub(super) async fn what_cannot_be_read_keeps_nobody_else_waiting(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let odd = judged::guarded(&node, stages).await;
    for _ in 0..5 {
        node.watch(10).await;
        judged::report(&node, &odd, HEALTHY).await;
    }
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    let changes = vec![create_flag("b"), patch_config(PRODUCTION, "b", on)];
    node.apply(changes).await.unwrap();
    let plan = json!({"flag": "b", "baseline": "off", "candidate": "on", "stages": by_time()});
    let draft = node.create(plan).await.unwrap();
    let other = node.send(&draft, Signal::Start).await.unwrap();
    let at = |release: &Release| stage(release).map(|(stage, _)| stage);
    behind(&node.app, "UPDATE release_judges SET judge = '{}'").await;
    node.watch(12).await;
    assert_eq!(at(&node.get(other.id).await), Some(1));
    let odd_one = format!("UPDATE releases SET state = '{{}}' WHERE flag = '{FLAG}'");
    behind(&node.app, &odd_one).await;
    node.watch(11).await;
    assert_eq!(at(&node.get(other.id).await), Some(2));
}

/// A clock that is put ahead closes windows of which nobody has heard yet.
pub(super) async fn evidence_is_not_late_for_as_long_as_a_clock_was_ahead(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "4h"}, {"weight": 100, "watch": "1m"}]);
    let release = judged::guarded(&node, stages).await;
    for _ in 0..3 {
        node.watch(10).await;
        judged::report(&node, &release, HEALTHY).await;
    }
    node.clock.set(TimeDelta::days(1));
    node.watch(2).await;
    node.clock.set(TimeDelta::days(-1));
    let (release, seconds) = judged::until(&mut node, release.id, Some(HARMFUL), is_over).await;
    assert_eq!(release.state, State::RolledBack);
    assert!(seconds <= 180, "found after {seconds} s");
}

pub(super) async fn a_takeover_does_not_wait_in_line(node: Node) {
    let lives = node.started(by_time()).await;
    let mut closed = document(by_time());
    let freeze = json!({"from": "2000-01-01", "to": "2999-01-01"});
    closed["windows"] = json!({"time_zone": "UTC", "freezes": [freeze]});
    let draft = node.create(closed).await.unwrap();
    let start = |supersede| SendSignal {
        signal: Signal::Start,
        epoch: draft.epoch,
        reason: None,
        start_at: None,
        supersede,
    };
    let send = |sent| release::signal(&node.app, &node.actor, PROJECT, PRODUCTION, draft.id, sent);
    let refused = send(start(true)).await.unwrap_err();
    assert!(
        matches!(&refused, Error::IllegalTransition(why) if why.contains("window")),
        "{refused:?}"
    );
    assert!(node.get(lives.id).await.state.is_live());
    let waits = send(start(false)).await.unwrap();
    assert_eq!(waits.state.name(), "awaiting_start");
}
