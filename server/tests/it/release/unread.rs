//! A live release that this version cannot read, as after a step back to an older one.

use serde_json::json;
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
    release::Release,
};
use serin_engine::release::{Signal, State};
use serin_server::service::{Error, flag, metric, release};

use super::{
    machine::take_over,
    node::{Node, PRODUCTION, PROJECT, by_time, document},
    refused::uses,
};
use crate::harness::{behind, create_flag, patch_config};

async fn remember(node: &Node) {
    let sql = "UPDATE releases SET document = replace(document, 'odd', 'candidate')";
    behind(&node.app, sql).await;
}

/// The only one that lives so far.
async fn odd(node: &Node) -> Release {
    let odd = node.started(by_time()).await;
    let sql = "UPDATE releases SET document = replace(document, 'candidate', 'odd') WHERE live";
    behind(&node.app, sql).await;
    odd
}

pub(super) async fn who_lives_and_cannot_be_read_is_named(node: Node) {
    node.metric("errors", "count").await;
    let odd = odd(&node).await;
    let name = vec![format!("release:{}", odd.id)];
    let draft = node.create(document(by_time())).await.unwrap();
    let start = |release: &Release| {
        let mut actions = release.actions.iter();
        let start = actions.find(|action| action.signal == Signal::Start);
        start.unwrap().refused.clone().unwrap()
    };
    assert!(start(&draft).contains(&odd.id.to_string()), "{draft:?}");
    let (app, actor) = (&node.app, &node.actor);
    let all = release::Filter::default();
    let listed = release::list(app, actor, PROJECT, PRODUCTION, all).await;
    let listed: Vec<_> = listed.unwrap().items.iter().map(|it| it.id).collect();
    assert_eq!(listed, [draft.id]);
    let flags = flag::list(app, actor, PROJECT, flag::Filter::default()).await;
    assert!(flags.unwrap().items[0].releases.is_empty());
    metric::uses(app, actor, PROJECT).await.unwrap();
    let refused = node.send(&draft, Signal::Start).await.unwrap_err();
    assert_eq!(uses(refused), name);
    // It owns its site, and what it needs of its flag.
    for patch in [
        json!({"default": {"split": null, "variation": "on"}}),
        json!({"default": {"split": null, "variation": "off"}}),
    ] {
        assert_eq!(uses(node.configure(patch).await.unwrap_err()), name);
    }
    let patch = |document| node.change(EntityKind::Flag, Action::Patch, document);
    for document in [json!({"archived": true}), json!({"salt": "another"})] {
        assert_eq!(uses(patch(document).await.unwrap_err()), name);
    }
    let gone = node.change(EntityKind::Flag, Action::Delete, json!({}));
    assert_eq!(uses(gone.await.unwrap_err()), name);
    patch(json!({"description": "free"})).await.unwrap();
    // Whether it needs these nobody knows.
    let lost = Change {
        kind: EntityKind::Metric,
        environment: None,
        key: "errors".to_owned(),
        action: Action::Delete,
        document: None,
        version: None,
    };
    match node.apply(vec![lost]).await.unwrap_err() {
        Error::Unreadable { what, .. } => assert!(what.contains(&odd.id.to_string()), "{what}"),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn who_cannot_be_read_is_taken_over_and_gives_its_site_back(node: Node) {
    let odd = odd(&node).await;
    let newer = take_over(&node, document(by_time())).await.unwrap();
    assert!(newer.state.is_live());
    let told = node.ruleset()["releases"].clone();
    let told: Vec<_> = told.as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["id"], json!(newer.id));
    node.send(&newer, Signal::Rollback).await.unwrap();
    assert_eq!(node.config().await["default"], json!({"variation": "off"}));
    remember(&node).await;
    let over = node.get(odd.id).await;
    let last = over.history.last().unwrap();
    assert_eq!(
        (&over.state, last.signal, over.epoch),
        (&State::Superseded, Signal::Supersede, odd.epoch + 1)
    );
    let reason = format!("release {} took over", newer.id);
    assert_eq!(last.reason, Some(reason));
    assert_eq!(json!(last.serve), json!({"variation": "off"}));
    assert_eq!(over.next_at, None);
}

pub(super) async fn who_cannot_be_read_at_all_stays_until_the_flag_is_off(node: Node) {
    let odd = odd(&node).await;
    let sql = r#"UPDATE releases SET restore = '{"odd": 1}' WHERE live"#;
    behind(&node.app, sql).await;
    let serves = node.flag()["default"].clone();
    match take_over(&node, document(by_time())).await.unwrap_err() {
        Error::Unreadable { what, .. } => assert!(what.contains(&odd.id.to_string()), "{what}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(node.flag()["default"], serves);
    node.configure(json!({"enabled": false})).await.unwrap();
    assert_eq!(node.flag()["default"], serves, "nobody knows another");
    assert_eq!(node.ruleset()["releases"], json!([]));
    node.configure(json!({"default": {"split": null, "variation": "off"}}))
        .await
        .unwrap();
}

pub(super) async fn turning_the_flag_off_cancels_who_cannot_be_read(mut node: Node) {
    let before = node.flag()["default"].clone();
    let odd = odd(&node).await;
    node.configure(json!({"enabled": false})).await.unwrap();
    assert_eq!(node.flag()["default"], before);
    assert_eq!(node.ruleset()["releases"], json!([]));
    node.watch(2).await;
    remember(&node).await;
    node.watch(60).await;
    let over = node.get(odd.id).await;
    let last = over.history.last().unwrap();
    assert_eq!(
        (&over.state, last.signal, last.actor.as_str()),
        (&State::Cancelled, Signal::Cancel, "admin")
    );
    assert_eq!(node.flag()["default"], before);
}

/// Another on the same flag goes on, and so does another flag's.
pub(super) async fn who_cannot_be_read_stops_nobody_else(mut node: Node) {
    let rule = json!({"id": "beta", "when": {"attribute": "plan", "op": "in", "values": ["beta"]}, "serve": {"variation": "off"}});
    node.configure(json!({"rules": [rule]})).await.unwrap();
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    let b = vec![create_flag("b"), patch_config(PRODUCTION, "b", on)];
    node.apply(b).await.unwrap();
    let odd = odd(&node).await;
    let mut others = Vec::new();
    for members in [json!({"site": {"rule": "beta"}}), json!({"flag": "b"})] {
        let mut plan = document(by_time());
        for (name, value) in members.as_object().unwrap() {
            plan[name] = value.clone();
        }
        let draft = node.create(plan).await.unwrap();
        others.push(node.send(&draft, Signal::Start).await.unwrap().id);
    }
    let serves = node.flag()["default"].clone();
    node.watch(35).await;
    for id in others {
        assert_eq!(node.get(id).await.state, State::Completed);
    }
    assert_eq!(node.flag()["default"], serves);
    remember(&node).await;
    assert!(node.get(odd.id).await.state.is_live());
}
