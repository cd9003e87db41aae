//! Whole lives: by time, by hand, back and given up.

use std::time::Duration;

use serde_json::json;
use serin_api::{change::Action, entity::EntityKind};
use serin_engine::release::{Signal, State};
use serin_server::service::flag;

use super::node::{
    FLAG, Node, PRODUCTION, PROJECT, by_time, document, epochs, stage, stages_entered,
};

pub(super) async fn a_release_goes_on_by_time(mut node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    assert_eq!(
        (draft.state.name(), draft.epoch, draft.weight),
        ("draft", 0, None)
    );
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
    let running = node.send(&draft, Signal::Start).await.unwrap();
    assert_eq!(
        (stage(&running), running.weight),
        (Some((0, 0)), Some(10.0))
    );
    let first = node.on();
    assert!((70..130).contains(&first.len()), "{}", first.len());

    // The first look only begins to watch.
    node.watch(10).await;
    assert_eq!(stage(&node.get(draft.id).await), Some((0, 9)));
    node.watch(1).await;
    assert_eq!(stage(&node.get(draft.id).await), Some((1, 0)));
    let half = node.on();
    assert!(
        first.iter().all(|unit| half.contains(unit)),
        "nobody is taken out"
    );
    assert!((430..570).contains(&half.len()), "{}", half.len());

    node.watch(9).await;
    assert_eq!(stage(&node.get(draft.id).await), Some((1, 9)));
    node.watch(1).await;
    assert_eq!(node.on().len(), 1000);
    node.watch(10).await;
    let done = node.get(draft.id).await;
    assert_eq!(done.state, State::Completed);
    assert_eq!(node.flag()["default"], json!({"variation": "on"}));
    assert_eq!(node.ruleset()["releases"], json!([]));
    assert_eq!(epochs(&done), [1, 2, 3, 4]);
    assert_eq!(stages_entered(&done), [0, 1, 2]);
    let actors: Vec<_> = done
        .history
        .iter()
        .map(|event| event.actor.as_str())
        .collect();
    assert_eq!(actors, ["admin", "serin", "serin", "serin"]);
    assert!(done.actions.iter().all(|action| action.refused.is_some()));
    let serves = done.history.iter().filter_map(|event| event.serve.clone());
    let serves: Vec<_> = serves
        .map(|serve| serde_json::to_value(serve).unwrap())
        .collect();
    assert_eq!(
        serves[..2],
        [
            json!({"split": {"weights": {"on": 10_000, "off": 90_000}}}),
            json!({"split": {"weights": {"on": 50_000, "off": 50_000}}}),
        ]
    );
    assert_eq!(serves[3], json!({"variation": "on"}));
}

pub(super) async fn a_release_goes_on_by_hand(mut node: Node) {
    let stages = json!([{"weight": 1}, {"weight": 20}, {"weight": 100}]);
    let release = node.started(stages).await;
    assert_eq!(release.next_at, None);
    node.watch(100).await;
    let release = node.get(release.id).await;
    assert_eq!(stage(&release), Some((0, 0)), "it waits for a person");
    let release = node.send(&release, Signal::Advance).await.unwrap();
    assert_eq!(release.weight, Some(20.0));
    let release = node.send(&release, Signal::Advance).await.unwrap();
    assert_eq!(release.weight, Some(100.0));
    // Nobody is left to wait for.
    node.watch(1).await;
    assert_eq!(node.get(release.id).await.state, State::Completed);
}

pub(super) async fn the_runner_says_when_to_look_again(mut node: Node) {
    assert_eq!(node.runner.tick().await.unwrap(), None);
    node.started(by_time()).await;
    for left in [10, 9, 8] {
        let next = node.runner.tick().await.unwrap();
        assert_eq!(next, Some(Duration::from_secs(left)));
        node.sleep(1);
    }
}

pub(super) async fn a_pause_keeps_the_share_and_stops_the_clock(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(6).await;
    let (people, revision) = (node.on(), node.ruleset()["revision"].clone());
    let paused = node
        .send(&node.get(release.id).await, Signal::Pause)
        .await
        .unwrap();
    assert_eq!((stage(&paused), paused.next_at), (Some((0, 5)), None));
    node.watch(50).await;
    let paused = node.get(paused.id).await;
    assert_eq!(stage(&paused), Some((0, 5)));
    let refused = node.send(&paused, Signal::Advance).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        r#"the release does not take "advance": it is paused: resume it first"#
    );
    let resumed = node.send(&paused, Signal::Resume).await.unwrap();
    assert_eq!(stage(&resumed), Some((0, 5)));
    assert_eq!(node.on(), people);
    assert_eq!(
        node.ruleset()["revision"],
        revision,
        "evaluators see nothing of a pause"
    );
    node.watch(6).await;
    assert_eq!(stage(&node.get(resumed.id).await), Some((1, 0)));
}

pub(super) async fn a_rollback_restores_exactly(mut node: Node) {
    // What the slider left behind: an allocation of several runs.
    for weights in [
        json!({"on": 5000, "off": 95000}),
        json!({"on": 2000, "off": 98000}),
    ] {
        let split = json!({"variation": null, "split": {"by": "targetingKey", "weights": weights}});
        node.configure(json!({"default": split})).await.unwrap();
    }
    let before = node.flag()["default"].to_string();
    let people = node.on();
    for signal in [Signal::Rollback, Signal::Cancel] {
        let release = node.started(by_time()).await;
        node.watch(15).await;
        let release = node.get(release.id).await;
        assert_eq!(stage(&release).map(|(stage, _)| stage), Some(1));
        let on = node.on();
        assert!(people.iter().all(|unit| on.contains(unit)));
        let over = node.send(&release, signal).await.unwrap();
        assert!(over.state.is_over());
        assert_eq!(node.flag()["default"].to_string(), before);
        assert_eq!(node.on(), people);
        assert_eq!(node.ruleset()["releases"], json!([]));
        assert_eq!(
            over.history.last().and_then(|event| event.reason.clone()),
            Some(format!("I want to {signal}"))
        );
    }
}

pub(super) async fn a_paused_release_rolls_back_too(node: Node) {
    let release = node.started(by_time()).await;
    let paused = node.send(&release, Signal::Pause).await.unwrap();
    let over = node.send(&paused, Signal::Rollback).await.unwrap();
    assert_eq!(over.state, State::RolledBack);
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
    for signal in Signal::BY_PEOPLE {
        let refused = node.send(&over, signal).await.unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with("it is over: create another release")
        );
    }
}

pub(super) async fn a_retry_moves_the_same_people(mut node: Node) {
    let release = node.started(by_time()).await;
    let first = node.on();
    node.send(&release, Signal::Rollback).await.unwrap();
    let again = node.started(by_time()).await;
    assert_eq!(node.on(), first);
    node.watch(3).await;
    let cancelled = node
        .send(&node.get(again.id).await, Signal::Cancel)
        .await
        .unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
}

pub(super) async fn a_release_moves_a_rule_s_serve(mut node: Node) {
    let when = json!({"attribute": "country", "op": "in", "values": ["DE"]});
    let rule = json!({"id": "de", "when": when, "serve": {"variation": "off"}});
    node.configure(json!({"rules": [rule]})).await.unwrap();
    let mut document = document(by_time());
    document["site"] = json!({"rule": "de"});
    let draft = node.create(document).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    assert!(node.flag()["rules"][0]["serve"]["split"].is_object());
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
    // Another one moves the default beside it; who lists flags sees both.
    let beside = node.started(by_time()).await;
    let filter = flag::Filter::default();
    let listed = flag::list(&node.app, &node.actor, PROJECT, filter).await;
    let listed = serde_json::to_value(listed.unwrap().items).unwrap();
    let live: Vec<_> = listed[0]["releases"][PRODUCTION]
        .as_array()
        .unwrap()
        .iter()
        .map(|live| (live["id"].clone(), live["site"].clone()))
        .collect();
    assert_eq!(
        live,
        [
            (json!(release.id), json!({"rule": "de"})),
            (json!(beside.id), json!("default")),
        ]
    );
    node.send(&beside, Signal::Rollback).await.unwrap();
    node.watch(40).await;
    assert_eq!(node.get(release.id).await.state, State::Completed);
    assert_eq!(node.flag()["rules"][0]["serve"], json!({"variation": "on"}));
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
}

pub(super) async fn the_ruleset_names_live_releases(mut node: Node) {
    let release = node.started(by_time()).await;
    let entry = |stage: usize, epoch: u64| {
        json!([{
            "id": release.id, "flag": FLAG, "site": "default", "baseline": "off", "candidate": "on",
            "stage": stage, "epoch": epoch,
        }])
    };
    assert_eq!(node.ruleset()["releases"], entry(0, 1));
    node.watch(12).await;
    assert_eq!(node.ruleset()["releases"], entry(1, 2));
}

pub(super) async fn those_who_watch_hear_of_every_transition(node: Node) {
    let snapshot = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    let mut events = node.app.publisher.events(snapshot.environment_id).unwrap();
    let release = node.started(by_time()).await;
    let paused = node.send(&release, Signal::Pause).await.unwrap();
    node.send(&paused, Signal::Cancel).await.unwrap();
    let mut heard = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert_eq!(event.releases, [release.id]);
        heard.push((event.author.clone(), event.change_set.is_some()));
    }
    let own = format!("release:{}", release.id);
    let by = |author: &str, change_set| (author.to_owned(), change_set);
    assert_eq!(
        heard,
        [
            by("admin", false), // written
            by(&own, true),
            by("admin", false), // started
            by("admin", false), // paused
            by(&own, true),
            by("admin", false), // cancelled
        ]
    );
}

pub(super) async fn turning_the_flag_off_cancels(mut node: Node) {
    let before = node.flag()["default"].to_string();
    let release = node.started(by_time()).await;
    node.watch(12).await;
    node.configure(json!({"enabled": false})).await.unwrap();
    let over = node.get(release.id).await;
    assert_eq!(over.state, State::Cancelled);
    assert_eq!(node.flag()["default"].to_string(), before);
    assert_eq!(node.flag()["enabled"], false);
    assert_eq!(node.ruleset()["releases"], json!([]));
    assert_eq!(epochs(&over), [1, 2, 3]);
    let last = over.history.last().unwrap();
    assert_eq!(
        (last.actor.as_str(), last.signal),
        ("admin", Signal::Cancel)
    );
    assert_eq!(last.serve, None, "while the flag is off");
    // The site is free again.
    node.configure(json!({"default": {"variation": "on"}}))
        .await
        .unwrap();
    node.change(EntityKind::Flag, Action::Patch, json!({"archived": true}))
        .await
        .unwrap();
}
