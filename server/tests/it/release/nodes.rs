//! Several runners, runners that die, and time that nobody watched.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use serin_engine::release::{Signal, State};
use serin_server::{clock::Clock as _, release::Runner, service::Error};

use super::node::{Node, PRODUCTION, PROJECT, by_time, epochs, stage, stages_entered};

pub(super) async fn an_outage_does_not_bake(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(6).await;
    node.sleep(3600);
    node.runner.tick().await.unwrap();
    let after = node.get(release.id).await;
    assert_eq!(stage(&after), Some((0, 5)), "the hour does not count");
    assert!(after.next_at.is_some());
    node.watch(5).await;
    assert_eq!(stage(&node.get(release.id).await), Some((1, 0)));
    node.sleep(86_400);
    node.runner.tick().await.unwrap();
    assert_eq!(stage(&node.get(release.id).await), Some((1, 0)));
}

/// A runner that is dropped is one that was killed: it says nothing to anybody.
pub(super) async fn a_killed_runner_loses_little_and_gains_nothing(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(7).await;
    let kept = stage(&node.get(release.id).await);
    assert_eq!(kept, Some((0, 6)));
    node.runner = Runner::new(node.app.clone());
    node.sleep(600);
    node.runner.tick().await.unwrap();
    assert_eq!(stage(&node.get(release.id).await), kept);
    node.watch(4).await;
    assert_eq!(stage(&node.get(release.id).await), Some((1, 0)));
}

pub(super) async fn the_lease_keeps_a_second_runner_out_until_the_first_is_gone(mut node: Node) {
    let release = node.started(by_time()).await;
    let mut second = Runner::new(node.app.clone());
    for _ in 0..4 {
        node.watch(1).await;
        second.tick().await.unwrap();
    }
    assert_eq!(stage(&node.get(release.id).await), Some((0, 3)));
    let first = std::mem::replace(&mut node.runner, second);
    first.retire().await.unwrap();
    node.watch(3).await;
    assert_eq!(
        stage(&node.get(release.id).await),
        Some((0, 5)),
        "its own first look counts nothing"
    );
}

/// Two nodes of one database look at the same moments.
pub(super) async fn two_nodes_enter_each_stage_once(mut node: Node) {
    let release = node.started(by_time()).await;
    let mut other = node.another(node.clock.now(), 2).await;
    for _ in 0..40 {
        node.sleep(1);
        other.sleep(1);
        let (one, two) = tokio::join!(node.runner.tick(), other.runner.tick());
        one.and(two).unwrap();
    }
    let over = other.get(release.id).await;
    assert_eq!(over.state, State::Completed);
    assert_eq!(epochs(&over), [1, 2, 3, 4]);
    assert_eq!(stages_entered(&over), [0, 1, 2]);
    other.app.shutdown().await;
}

/// Three nodes with clocks up to five minutes apart, of which any is killed or rests at
/// any moment.
pub(super) async fn nodes_with_odd_clocks_keep_the_rules(node: Node) {
    let mut dice = StdRng::seed_from_u64(7);
    let mut nodes = Vec::new();
    for seed in 2..5 {
        let off = TimeDelta::seconds(dice.random_range(-300..=300));
        nodes.push(node.another(node.clock.now() + off, seed).await);
    }
    for _ in 0..4 {
        let release = node.started(by_time()).await;
        let mut baked = Vec::new();
        let mut epoch = 1;
        let mut entered = 0;
        for second in 1..2000_u32 {
            nodes.iter().for_each(|node| node.sleep(1));
            let (one, two) = (dice.random_range(0..3), dice.random_range(0..3));
            if dice.random_ratio(1, 50) {
                nodes[one].runner = Runner::new(nodes[one].app.clone());
            }
            if dice.random_ratio(9, 10) {
                nodes[one].runner.tick().await.unwrap();
            }
            if dice.random_ratio(1, 10) {
                nodes[two].runner.tick().await.unwrap();
            }
            let now = node.get(release.id).await;
            assert!(now.epoch <= epoch + 1, "one stage at a time");
            if now.epoch > epoch {
                baked.push(second - entered);
                (epoch, entered) = (now.epoch, second);
            }
            if now.state.is_over() {
                break;
            }
        }
        let over = node.get(release.id).await;
        assert_eq!(over.state, State::Completed, "it gets there");
        assert_eq!(epochs(&over), [1, 2, 3, 4]);
        assert_eq!(stages_entered(&over), [0, 1, 2]);
        assert!(baked.iter().all(|seconds| *seconds >= 10), "{baked:?}");
        node.configure(json!({"default": {"variation": "off"}}))
            .await
            .unwrap();
    }
    for node in nodes {
        node.app.shutdown().await;
    }
}

/// What a kill leaves behind is what is in the database: another node goes on from there.
pub(super) async fn a_node_goes_on_where_another_died(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(7).await;
    let (people, kept) = (node.on(), stage(&node.get(release.id).await));
    let mut heir = node
        .another(node.clock.now() + TimeDelta::seconds(60), 2)
        .await;
    drop(node);
    assert_eq!(heir.on(), people);
    heir.watch(1).await;
    assert_eq!(stage(&heir.get(release.id).await), kept);
    heir.watch(40).await;
    assert_eq!(heir.get(release.id).await.state, State::Completed);
    heir.app.shutdown().await;
}

/// How long a stage bakes is measured, and not read off the clock.
pub(super) async fn a_clock_that_is_set_neither_bakes_nor_stops_anything(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(3).await;
    for (set, baked) in [(86_400, 3), (-172_800, 4), (2, 5)] {
        node.clock.set(TimeDelta::seconds(set));
        node.watch(1).await;
        assert_eq!(stage(&node.get(release.id).await), Some((0, baked)));
    }
    node.watch(5).await;
    assert_eq!(stage(&node.get(release.id).await), Some((1, 0)));
}

/// The node had the lease for a day to come when it was killed. Nobody waits that long.
pub(super) async fn a_lease_from_a_clock_that_was_ahead_is_nobody_s_soon(mut node: Node) {
    let release = node.started(by_time()).await;
    node.clock.set(TimeDelta::days(1));
    node.watch(3).await;
    node.runner = Runner::new(node.app.clone());
    node.clock.set(TimeDelta::days(-1));
    node.watch(5).await;
    assert_eq!(stage(&node.get(release.id).await), Some((0, 2)), "too soon");
    node.watch(9).await;
    assert_eq!(stage(&node.get(release.id).await), Some((1, 0)));
}

pub(super) async fn of_signals_at_once_one_wins(node: Node) {
    let release = node.started(by_time()).await;
    let other = node.another(node.clock.now(), 2).await;
    let (pause, advance, rollback) = tokio::join!(
        node.send(&release, Signal::Pause),
        other.send(&release, Signal::Advance),
        node.send(&release, Signal::Rollback),
    );
    let outcomes = [pause, advance, rollback];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes {
        match outcome {
            Ok(moved) => assert_eq!(moved.epoch, 2),
            Err(Error::EpochConflict { current }) => assert_eq!(current, 2),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(epochs(&node.get(release.id).await), [1, 2]);
    other.app.shutdown().await;
}

pub(super) async fn a_person_and_time_at_once_enter_each_stage_once(mut node: Node) {
    let release = node
        .started(json!([
            {"weight": 10, "min_bake": "2s"}, {"weight": 50, "min_bake": "1h"}, {"weight": 100},
        ]))
        .await;
    node.watch(2).await;
    let seen = node.get(release.id).await;
    node.sleep(1);
    let other = node.another(node.clock.now(), 2).await;
    let (advanced, ticked) = tokio::join!(other.send(&seen, Signal::Advance), node.runner.tick());
    ticked.unwrap();
    if let Err(error) = advanced {
        assert!(
            matches!(error, Error::EpochConflict { current: 2 }),
            "{error:?}"
        );
    }
    let after = node.get(release.id).await;
    assert_eq!(stage(&after), Some((1, 0)));
    assert_eq!(epochs(&after), [1, 2]);
    other.app.shutdown().await;
}

pub(super) async fn no_live_release_costs_no_write(mut node: Node) {
    let draft = node.create(super::node::document(by_time())).await.unwrap();
    node.watch(3).await;
    assert_eq!(node.get(draft.id).await.state, State::Draft);
}

/// So that a node ends soon whose database is away.
pub(super) async fn a_runner_without_the_lease_ends_without_a_write(mut node: Node) {
    node.started(by_time()).await;
    node.watch(1).await;
    let mut second = Runner::new(node.app.clone());
    second.tick().await.unwrap();
    let commits = || node.app.writer.counts().commits.load(Ordering::Relaxed);
    let before = commits();
    second.retire().await.unwrap();
    Runner::new(node.app.clone()).retire().await.unwrap();
    assert_eq!(commits(), before);
}

pub(super) async fn other_nodes_hear_of_every_transition(node: Node) {
    let other = node.another(node.clock.now(), 2).await;
    let id = other
        .app
        .publisher
        .find(PROJECT, PRODUCTION)
        .unwrap()
        .environment_id;
    let mut events = other.app.publisher.events(id).unwrap();
    let release = node.started(by_time()).await;
    node.send(&release, Signal::Pause).await.unwrap();
    other.app.commits.refresh().await.unwrap();
    let mut reasons = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert_eq!(event.releases, [release.id]);
        reasons.push(event.reason.clone());
    }
    let own = "stage 1 of 3: 10 % (I want to start)".to_owned();
    let (start, pause) = ("I want to start".to_owned(), "I want to pause".to_owned());
    assert_eq!(reasons, [None, Some(own), Some(start), Some(pause)]);
    assert_eq!(other.on(), node.on());
    other.app.shutdown().await;
}
