//! Windows of evidence, and metrics, that this version cannot read.

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_api::release::SendSignal;
use serin_engine::release::{Blocked, Hold, Signal, State};
use serin_server::{
    clock::Clock as _,
    service::{Error, Paging, evidence, release},
};
use uuid::Uuid;

use super::{
    evidence::{judged, last, report, seen, send, window},
    judged::{self, HARMFUL, HEALTHY},
    node::{Node, PRODUCTION, PROJECT, by_time, document},
    sources::holds,
};
use crate::{
    harness::{behind, create_flag, patch_config},
    web::{NO_LIMITS, Web},
};

const SPOIL: &str = "UPDATE release_windows SET baseline = 'odd' || baseline";
const MEND: &str = "UPDATE release_windows SET baseline = replace(baseline, 'odd', '')";

async fn left_out(node: &Node) -> String {
    let mut web = Web::start(&node.app, NO_LIMITS);
    let metrics = web.anyone.get("/metrics").await.expect(200).body;
    web.stop().await;
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    let name = "serin_evidence_windows_total{outcome=\"left_out\"} ";
    let mut lines = metrics.lines();
    lines
        .find_map(|line| line.strip_prefix(name))
        .unwrap()
        .to_owned()
}

/// Another flag, which is on.
async fn another_flag(node: &Node, key: &str) {
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    let changes = vec![create_flag(key), patch_config(PRODUCTION, key, on)];
    node.apply(changes).await.unwrap();
}

/// Another flag's release.
async fn other(node: &Node) -> Uuid {
    another_flag(node, "b").await;
    let plan = json!({"flag": "b", "baseline": "off", "candidate": "on", "stages": by_time()});
    let draft = node.create(plan).await.unwrap();
    node.send(&draft, Signal::Start).await.unwrap().id
}

pub(super) async fn a_row_that_cannot_be_read_keeps_out_nobody_else_s_evidence(node: Node) {
    let odd = node.started(by_time()).await.id;
    let other = other(&node).await;
    node.sleep(60);
    let at = last(&node);
    let before = at - TimeDelta::seconds(10);
    send(
        &node,
        report(9, 1, json!([window(odd, 0, before, (90, 10))])),
    )
    .await;
    behind(&node.app, SPOIL).await;
    let spoilt = || window(odd, 0, before, (9, 1));
    let good = |id| window(id, 0, at, (90, 10));
    // At once, so that they are written together.
    let fates = tokio::join!(
        send(&node, report(1, 1, json!([spoilt(), spoilt()]))),
        send(&node, report(2, 1, json!([good(other)]))),
        send(
            &node,
            report(3, 1, json!([spoilt(), good(odd), good(other)]))
        ),
    );
    let fates = [fates.0, fates.1, fates.2].map(|accepted| (accepted.taken, accepted.refused));
    assert_eq!(fates, [(0, 2), (1, 0), (2, 1)]);
    let now = node.clock.now() + TimeDelta::seconds(30);
    for (id, windows) in [
        (odd, vec![(0, 90.0, 10.0)]),
        (other, vec![(0, 180.0, 20.0)]),
    ] {
        assert_eq!(seen(&judged(&node.app, id, now).await), windows);
    }
    assert_eq!(left_out(&node).await, "1");
    send(&node, report(1, 2, json!([spoilt()]))).await;
    let paging = Paging {
        cursor: None,
        limit: Some(1),
    };
    let page = evidence::windows(&node.app, &node.actor, PROJECT, PRODUCTION, odd, &paging);
    let page = page.await.unwrap();
    assert_eq!((page.items.len(), page.next_cursor.is_some()), (0, true));
    assert_eq!(left_out(&node).await, "1", "it is the same");
    // It is as it was, for who can read it.
    behind(&node.app, MEND).await;
    let windows = judged(&node.app, odd, now).await;
    assert_eq!(seen(&windows), [(0, 90.0, 10.0), (0, 90.0, 10.0)]);
}

pub(super) async fn harm_is_taken_back_whatever_else_cannot_be_read(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let release = judged::guarded(&node, stages).await;
    for _ in 0..3 {
        node.watch(10).await;
        judged::report(&node, &release, HEALTHY).await;
    }
    behind(&node.app, SPOIL).await;
    node.watch(10).await;
    let over = |release: &serin_api::release::Release| release.state.is_over();
    let (release, seconds) = judged::until(&mut node, release.id, Some(HARMFUL), over).await;
    assert_eq!(release.state, State::RolledBack);
    assert!(seconds <= 120, "found after {seconds} s");
    assert_eq!(left_out(&node).await, "2", "the first was judged before");
}

pub(super) async fn what_cannot_be_read_stays_and_all_else_is_put_together(node: Node) {
    let odd = node.started(by_time()).await.id;
    let other = other(&node).await;
    node.sleep(3400);
    let end = last(&node);
    let windows = |id, backs: std::ops::Range<i64>| -> Vec<Value> {
        backs
            .map(|back| window(id, 0, end - TimeDelta::seconds(10 * back), (9, 1)))
            .collect()
    };
    let both = |backs: std::ops::Range<i64>| {
        json!([windows(odd, backs.clone()), windows(other, backs)].concat())
    };
    // More than are looked at together, and the oldest.
    send(&node, report(1, 1, both(30..330))).await;
    behind(&node.app, SPOIL).await;
    send(&node, report(1, 2, both(0..30))).await;
    node.clock.advance(TimeDelta::days(9));
    node.app.usage.compact().await.unwrap();
    let paging = Paging {
        cursor: None,
        limit: Some(500),
    };
    let sum = async |id| {
        let page = evidence::windows(&node.app, &node.actor, PROJECT, PRODUCTION, id, &paging);
        let items = page.await.unwrap().items;
        let sum: f64 = items.iter().map(|window| window.baseline.exposed).sum();
        (items.len() <= 3, sum)
    };
    for id in [odd, other] {
        assert_eq!(sum(id).await, (true, 270.0));
    }
    assert_eq!(left_out(&node).await, "600");
    // Nor is anything added to an hour that cannot be read: the parts wait for it.
    let hours = "UPDATE release_windows SET baseline = CASE WHEN seconds = 3600
                 THEN 'odd' || baseline ELSE replace(baseline, 'odd', '') END";
    for spoil in [hours, MEND] {
        behind(&node.app, spoil).await;
        node.clock.advance(TimeDelta::minutes(10));
        node.app.usage.compact().await.unwrap();
    }
    for id in [odd, other] {
        assert_eq!(sum(id).await, (true, 2970.0));
    }
    node.clock.advance(TimeDelta::days(800));
    behind(&node.app, SPOIL).await;
    node.app.usage.compact().await.unwrap();
    behind(&node.app, MEND).await;
    assert_eq!(sum(odd).await, (true, 0.0), "what is that old goes");
}

pub(super) async fn a_metric_that_cannot_be_read_stands_in_no_rollback_s_way(node: Node) {
    node.metric("errors", "count").await;
    node.metric("others", "count").await;
    let mut plan = document(by_time());
    plan["guards"] = json!([
        {"metric": "errors", "margin": {"relative": 0.1}},
        {"metric": "others", "margin": {"relative": 0.1}},
    ]);
    let draft = node.create(plan).await.unwrap();
    let live = node.send(&draft, Signal::Start).await.unwrap();
    let sql = "UPDATE entities SET document = '{}' WHERE kind = 'metric' AND key = 'errors'";
    behind(&node.app, sql).await;
    // Nobody is to rely on a guard that sees nothing.
    let refused = node.send(&live, Signal::Advance).await.unwrap_err();
    let Error::Unreadable { what, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(what, "metric \"errors\"");
    let over = node.send(&live, Signal::Rollback).await.unwrap();
    assert_eq!(over.state, State::RolledBack);
    assert_eq!(node.config().await["default"], json!({"variation": "off"}));
}

pub(super) async fn a_metric_that_cannot_be_read_holds_and_stops_nobody_else(mut node: Node) {
    node.metric("odd", "count").await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let harmful = judged::guarded(&node, stages).await;
    let mut others = Vec::new();
    for flag in ["b", "c"] {
        another_flag(&node, flag).await;
        let plan = json!({
            "flag": flag, "baseline": "off", "candidate": "on",
            "stages": [{"weight": 100, "watch": "1m"}],
            "guards": [{"metric": "odd", "margin": {"relative": 0.1}}],
        });
        others.push(node.create(plan).await.unwrap());
    }
    let blind = node.send(&others[0], Signal::Start).await.unwrap();
    let soon = SendSignal {
        signal: Signal::Schedule,
        epoch: others[1].epoch,
        reason: None,
        start_at: Some(node.clock.now() + TimeDelta::seconds(5)),
        supersede: false,
    };
    let (app, actor) = (&node.app, &node.actor);
    let waiting = release::signal(app, actor, PROJECT, PRODUCTION, others[1].id, soon).await;
    let sql = "UPDATE entities SET document = '{}' WHERE kind = 'metric' AND key = 'odd'";
    behind(app, sql).await;
    let over = |release: &serin_api::release::Release| release.state.is_over();
    let (found, seconds) = judged::until(&mut node, harmful.id, Some(HARMFUL), over).await;
    assert_eq!(found.state, State::RolledBack);
    assert!(seconds <= 120, "found after {seconds} s");
    // Long after its stage would have been over.
    node.watch(300).await;
    let blind = node.get(blind.id).await;
    assert!(holds(&blind, Hold::ProviderDown), "{:?}", blind.state);
    let waiting = node.get(waiting.unwrap().id).await;
    let unsuitable = State::AwaitingStart {
        blocked: vec![Blocked::Unsuitable],
    };
    assert_eq!(waiting.state, unsuitable);
}
