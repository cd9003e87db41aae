//! Releases that begin with a shadow stage.

use serde_json::{Value, json};
use serin_api::release::Release;
use serin_engine::release::{Signal, State};
use serin_server::{
    clock::Clock as _,
    service::{evidence::Report, usage::Sink as _},
};
use uuid::Uuid;

use super::node::{Node, PRODUCTION, PROJECT, document};
use crate::harness::mistakes;

fn wanted() -> Value {
    let mut wanted = document(json!([
        {"weight": 20, "min_bake": "1m", "shadow": {"mismatch": "mismatch", "latency": "took"}},
        {"weight": 10, "min_bake": "30m"},
        {"weight": 100, "watch": "1m"},
    ]));
    wanted["guards"] = json!([{"metric": "mismatch", "limit": 0.01, "require_safe": 1.0}]);
    wanted
}

async fn started(node: &Node) -> Release {
    node.metric("mismatch", "count").await;
    node.metric("took", "value").await;
    let draft = node.create(wanted()).await.unwrap();
    node.send(&draft, Signal::Start).await.unwrap()
}

/// Reports ten seconds of comparisons, of which this part differs.
async fn report(node: &Node, release: &Release, differs: f64) {
    let second = node.clock.now().timestamp() - 10;
    let at = chrono::DateTime::from_timestamp(second - second.rem_euclid(10), 0).unwrap();
    let arm = |events: f64| {
        json!({
            "exposed": 2000, "first": 2000,
            "metrics": {"mismatch": {"events": events}, "took": {"histogram": {"104": 2000}}},
        })
    };
    let windows = json!([{"release": release.id, "stage": 0, "at": at, "baseline": arm(0.0), "candidate": arm(2000.0 * differs)}]);
    let report = Report {
        instance: Uuid::from_u128(7),
        sequence: u64::try_from(second).unwrap(),
        sent_at: None,
        windows: serde_json::from_value(windows).unwrap(),
    };
    let environment = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    node.app
        .usage
        .evidence(environment.environment_id, report)
        .await
        .unwrap();
}

pub(super) async fn a_shadow_stage_serves_nobody_and_goes_on_when_results_agree(mut node: Node) {
    let before = node.ruleset()["revision"].clone();
    let mut release = started(&node).await;
    assert_eq!(node.on(), Vec::<u32>::new());
    assert_ne!(node.ruleset()["revision"], before, "SDKs hear of it");
    let entry = node.ruleset()["releases"][0].clone();
    assert_eq!(
        entry["shadow"],
        json!({"slots": 20_000, "mismatch": "mismatch", "latency": "took"})
    );
    let counted = json!([{"key": "mismatch", "kind": "count"}, {"key": "took", "kind": "value"}]);
    assert_eq!(entry["metrics"], counted);
    for _ in 0..30 {
        node.watch(10).await;
        report(&node, &release, 0.001).await;
        release = node.get(release.id).await;
        if release.state.position().is_some_and(|at| at.stage == 1) {
            assert!((50..150).contains(&node.on().len()), "a tenth has it now");
            assert!(node.ruleset()["releases"][0].get("shadow").is_none());
            return;
        }
        assert_eq!(node.on(), Vec::<u32>::new());
    }
    panic!("it stands at {:?}", release.state);
}

pub(super) async fn results_that_differ_end_a_release_before_anybody_has_it(mut node: Node) {
    let before = node.config().await["default"].clone();
    let mut release = started(&node).await;
    for _ in 0..30 {
        node.watch(10).await;
        report(&node, &release, 0.05).await;
        release = node.get(release.id).await;
        assert_eq!(node.on(), Vec::<u32>::new());
        if release.state.is_over() {
            break;
        }
    }
    assert_eq!(release.state, State::RolledBack);
    assert_eq!(node.config().await["default"], before);
    let mut wrong = wanted();
    wrong["stages"][0]["shadow"] = json!({"mismatch": "took"});
    wrong["guards"] = json!([{"metric": "took", "limit": 0.01}]);
    let refused = mistakes(node.create(wrong).await);
    assert_eq!(
        refused,
        [(
            "/stages/0/shadow/mismatch".to_owned(),
            "wrong_kind".to_owned()
        )]
    );
}
