//! What is refused, and that nothing happens then.

use serde_json::{Value, json};
use serin_api::{
    change::Action,
    entity::EntityKind,
    page::Page,
    release::{EditRelease, Event, Release, SendSignal},
};
use serin_engine::release::Signal;
use serin_server::{
    clock::Clock as _,
    service::{Actor, Error, Paging, release},
};
use uuid::Uuid;

use super::node::{FLAG, Node, PRODUCTION, PROJECT, by_time, document, epochs};

/// The releases that an error names.
pub(super) fn uses(error: Error) -> Vec<String> {
    match error {
        Error::InUse { uses, .. } => uses.into_iter().map(|used| used.by).collect(),
        other => panic!("{other:?}"),
    }
}

fn places(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(details) => details.into_iter().map(|detail| detail.path).collect(),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn a_live_release_owns_its_site(node: Node) {
    let release = node.started(by_time()).await;
    let before = node.ruleset();
    let own = vec![format!("release:{}", release.id)];
    let weights = json!({"on": 20_000, "off": 80_000});
    for patch in [
        json!({"default": {"split": null, "variation": "on"}}),
        json!({"default": {"split": {"weights": weights}}}),
        json!({"default": {"split": {"salt": "another"}}}),
    ] {
        assert_eq!(uses(node.configure(patch).await.unwrap_err()), own);
    }
    let flag = EntityKind::Flag;
    for patch in [json!({"archived": true}), json!({"salt": "another"})] {
        let refused = node.change(flag, Action::Patch, patch).await.unwrap_err();
        assert_eq!(uses(refused), own);
    }
    let refused = node
        .change(flag, Action::Delete, Value::Null)
        .await
        .unwrap_err();
    assert_eq!(uses(refused), own);
    assert_eq!(node.ruleset(), before, "nothing was written");
}

pub(super) async fn the_rest_of_the_flag_is_free(node: Node) {
    let release = node.started(by_time()).await;
    let target = json!({"variation": "on", "values": ["user-1"]});
    node.configure(json!({"targets": [target], "off": "off"}))
        .await
        .unwrap();
    let name = json!({"name": "The new checkout"});
    node.change(EntityKind::Flag, Action::Patch, name)
        .await
        .unwrap();
    // What it serves, sent back as it is shown, is no change of it.
    let shown = node.config().await;
    node.configure(json!({"default": shown["default"]}))
        .await
        .unwrap();
    assert_eq!(epochs(&node.get(release.id).await), [1]);
}

pub(super) async fn one_live_release_a_site(node: Node) {
    let first = node.started(by_time()).await;
    let second = node.create(document(by_time())).await.unwrap();
    let second = node.get(second.id).await;
    let start = |release: &Release| {
        let mut actions = release.actions.iter();
        let start = actions.find(|action| action.signal == Signal::Start);
        start.unwrap().refused.clone()
    };
    let other = second.in_the_way.as_ref().map(|other| other.id);
    assert_eq!(other, Some(first.id));
    let reason = start(&second).unwrap();
    assert!(reason.contains("take it over"), "{reason}");
    let refused = node.send(&second, Signal::Start).await.unwrap_err();
    assert_eq!(uses(refused), [format!("release:{}", first.id)]);
    assert_eq!(node.get(second.id).await.state.name(), "draft");
    node.send(&first, Signal::Cancel).await.unwrap();
    let second = node.get(second.id).await;
    assert_eq!((start(&second), second.in_the_way.is_some()), (None, false));
    node.send(&second, Signal::Start).await.unwrap();
}

pub(super) async fn a_stale_epoch_changes_nothing(node: Node) {
    let release = node.started(by_time()).await;
    let paused = node.send(&release, Signal::Pause).await.unwrap();
    match node.send(&release, Signal::Rollback).await.unwrap_err() {
        Error::EpochConflict { current } => assert_eq!(current, paused.epoch),
        other => panic!("{other:?}"),
    }
    assert_eq!(node.get(release.id).await.state.name(), "paused");
}

pub(super) async fn a_site_that_changed_since_the_draft_does_not_start(node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    node.configure(json!({"default": {"variation": "on"}}))
        .await
        .unwrap();
    let refused = node.send(&draft, Signal::Start).await.unwrap_err();
    assert_eq!(places(refused), ["/site"]);
    node.configure(json!({"enabled": false, "default": {"variation": "off"}}))
        .await
        .unwrap();
    let refused = node.send(&draft, Signal::Start).await.unwrap_err();
    assert_eq!(places(refused), ["/flag"]);
    let release = node.get(draft.id).await;
    assert_eq!((release.state.name(), release.epoch), ("draft", 0));
}

pub(super) async fn a_draft_outlives_its_flag_but_does_not_start(node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    node.change(EntityKind::Flag, Action::Delete, Value::Null)
        .await
        .unwrap();
    let refused = node.send(&draft, Signal::Start).await.unwrap_err();
    assert_eq!(places(refused), ["/flag"]);
    let over = node.send(&draft, Signal::Cancel).await.unwrap();
    assert_eq!(over.state.name(), "cancelled");
}

pub(super) async fn documents_with_mistakes_are_refused_with_all_of_them(node: Node) {
    let odd = json!({
        "flag": "new-checkout", "site": {"rule": "gone"}, "baseline": "off", "candidate": "off",
        "stages": [{"weight": 50, "min_bake": "10m"}, {"weight": 10}],
    });
    assert_eq!(
        places(node.create(odd).await.unwrap_err()),
        ["/stages/1/weight", "/candidate", "/site/rule"]
    );
    let shapeless = json!({
        "flag": 7, "baseline": "off", "candidate": "on", "guards": [{}], "windows": {"time_zone": "UTC", "allow": ["Mo"]},
        "stages": [{"weight": "ten"}, {"weight": 100, "min_bake": "soon", "max_bake": 7}],
    });
    let mut places_found = places(node.create(shapeless).await.unwrap_err());
    places_found.sort();
    assert_eq!(
        places_found,
        [
            "/flag",
            "/guards/0",
            "/stages/0/weight",
            "/stages/1/max_bake",
            "/stages/1/min_bake",
            "/windows/allow/0",
        ]
    );
    let mut blind = document(by_time());
    blind["guards"] = json!([{"metric": "gone"}, {"slo": "availability"}]);
    assert_eq!(
        places(node.create(blind).await.unwrap_err()),
        ["/guards/0/metric", "/guards/1/slo"]
    );
    let unknown =
        json!({"flag": "nope", "baseline": "off", "candidate": "on", "stages": by_time()});
    assert_eq!(places(node.create(unknown).await.unwrap_err()), ["/flag"]);
    let filter = release::Filter::default();
    let all = release::list(&node.app, &node.actor, PROJECT, PRODUCTION, filter)
        .await
        .unwrap();
    assert_eq!(all.items, []);
}

pub(super) async fn what_has_no_shape_does_not_wait_for_the_writer(node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    node.app.writer.stop().await;
    let mut odd = document(by_time());
    odd["flag"] = json!("nope");
    odd["guards"] = json!([{"metric": "gone"}, {}]);
    let refused = node.create(odd.clone()).await.unwrap_err();
    assert_eq!(places(refused), ["/guards/1", "/flag", "/guards/0/metric"]);
    let edit = |epoch, document| {
        let sent = EditRelease {
            epoch,
            document,
            reason: None,
        };
        release::edit(&node.app, &node.actor, PROJECT, PRODUCTION, draft.id, sent)
    };
    let refused = edit(0, odd.clone()).await.unwrap_err();
    assert!(places(refused).contains(&"/document/guards/1".to_owned()));
    let late = edit(7, odd).await.unwrap_err();
    assert!(
        matches!(late, Error::EpochConflict { current: 0 }),
        "{late:?}"
    );
    let sound = node.create(document(by_time())).await.unwrap_err();
    assert!(matches!(sound, Error::Unavailable), "{sound:?}");
}

pub(super) async fn what_has_a_shape_is_looked_at_where_something_has_none(node: Node) {
    let (last, odd) = (
        json!({"weight": "all"}),
        json!({"weight": 5, "min_bake": "soon"}),
    );
    for (document, expected) in [
        (
            json!({"flag": FLAG, "baseline": "off", "candidate": "gone", "stages": [odd, {"weight": 50, "segment": "none"}, last]}),
            vec![
                "/candidate",
                "/stages/0/min_bake",
                "/stages/1/segment",
                "/stages/2/weight",
            ],
        ),
        (
            json!({"flag": FLAG, "baseline": 1, "candidate": "on", "site": {"rule": "gone"}, "stages": by_time()}),
            vec!["/baseline", "/site/rule"],
        ),
        // What a mistaken arm would make of the site is not told.
        (
            json!({"flag": FLAG, "baseline": "off", "candidate": [], "stages": []}),
            vec!["/candidate", "/stages"],
        ),
        (
            json!({"flag": "gone", "baseline": "off", "candidate": "on", "stages": [{"weight": 50}], "policy": {"alpha": 2, "alhpa": 1}}),
            vec![
                "/flag",
                "/policy/alhpa",
                "/policy/alpha",
                "/stages/0/weight",
            ],
        ),
        (
            json!({"flag": FLAG, "baseline": "off", "candidate": "on", "stages": by_time(), "then": {"environment": "mars"},
                "windows": {"time_zone": "Mars/Base", "allow": ["Mo"]}}),
            vec![
                "/then/environment",
                "/windows/allow/0",
                "/windows/time_zone",
            ],
        ),
        // The guard that limits the shadow stage's metric may be the one that cannot be read.
        (
            json!({"flag": FLAG, "baseline": "off", "candidate": "on", "guards": [{"metric": "differs", "limit": "0.1"}],
                "stages": [{"weight": 5, "min_bake": "1m", "shadow": {"mismatch": "differs"}}, {"weight": 100}]}),
            vec!["/guards/0/limit", "/stages/0/shadow/mismatch"],
        ),
    ] {
        let refused = node.create(document.clone()).await.unwrap_err();
        let Error::Invalid(details) = refused else {
            panic!("{refused:?}");
        };
        let mut found: Vec<&str> = details.iter().map(|detail| detail.path.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{details:?}");
        assert!(
            details.iter().all(|detail| detail.code != "not_guarded"),
            "{details:?}"
        );
    }
}

pub(super) async fn people_do_not_tick(node: Node) {
    let release = node.started(by_time()).await;
    assert_eq!(
        places(node.send(&release, Signal::Tick).await.unwrap_err()),
        ["/signal"]
    );
    let sent = SendSignal {
        signal: Signal::Pause,
        epoch: release.epoch,
        reason: Some("x".repeat(1001)),
        start_at: None,
        supersede: false,
    };
    let refused = release::signal(
        &node.app,
        &node.actor,
        PROJECT,
        PRODUCTION,
        release.id,
        sent,
    );
    assert_eq!(places(refused.await.unwrap_err()), ["/reason"]);
}

pub(super) async fn strangers_see_no_releases(node: Node) {
    let release = node.started(by_time()).await;
    let stranger = Actor {
        username: "mallory".to_owned(),
        admin: false,
        user_id: Uuid::from_u128(7),
    };
    let get = release::get(&node.app, &stranger, PROJECT, PRODUCTION, release.id).await;
    assert!(matches!(get.unwrap_err(), Error::NotFound));
    let sent = SendSignal {
        signal: Signal::Cancel,
        epoch: release.epoch,
        reason: None,
        start_at: None,
        supersede: false,
    };
    let signal = release::signal(&node.app, &stranger, PROJECT, PRODUCTION, release.id, sent).await;
    assert!(matches!(signal.unwrap_err(), Error::NotFound));
    // Not by way of another environment either.
    let elsewhere = release::get(&node.app, &node.actor, PROJECT, "development", release.id).await;
    assert!(matches!(elsewhere.unwrap_err(), Error::NotFound));
}

pub(super) async fn lists_narrow_and_page(node: Node) {
    let mut made = Vec::new();
    for _ in 0..3 {
        node.sleep(1);
        made.push(node.create(document(by_time())).await.unwrap());
    }
    let live = node.send(&made[1], Signal::Start).await.unwrap();
    let list = async |filter: release::Filter| {
        let page = release::list(&node.app, &node.actor, PROJECT, PRODUCTION, filter).await;
        let page = page.unwrap();
        let ids: Vec<Uuid> = page.items.iter().map(|item: &Release| item.id).collect();
        (ids, page.next_cursor)
    };
    let (ids, cursor) = list(release::Filter::default()).await;
    assert_eq!(
        (ids, cursor),
        (vec![made[2].id, made[1].id, made[0].id], None)
    );
    let filter = release::Filter {
        live: true,
        ..release::Filter::default()
    };
    assert_eq!(list(filter).await.0, [live.id]);
    let filter = release::Filter {
        flag: Some("another".to_owned()),
        ..release::Filter::default()
    };
    assert!(list(filter).await.0.is_empty());
    let mut filter = release::Filter::default();
    filter.paging.limit = Some(2);
    let (ids, cursor) = list(filter.clone()).await;
    assert_eq!(ids, [made[2].id, made[1].id]);
    filter.paging.cursor = cursor;
    assert_eq!(list(filter).await, (vec![made[0].id], None));
}

/// A release that people held up again and again.
async fn flapping(node: &Node, times: usize) -> Release {
    let mut release = node.started(json!([{"weight": 10}, {"weight": 100}])).await;
    for turn in 0..times {
        let signal = [Signal::Pause, Signal::Resume][turn % 2];
        release = node.send(&release, signal).await.unwrap();
    }
    release
}

pub(super) async fn a_long_history_comes_in_parts(node: Node) {
    let release = flapping(&node, 150).await;
    let newest: Vec<u64> = (52..=151).collect();
    assert_eq!(epochs(&release), newest, "the newest hundred, in order");
    assert_eq!(epochs(&node.get(release.id).await), newest);
    // What is told of the whole does not depend on that.
    let (began, last) = (release.started.unwrap(), release.moved.unwrap());
    assert_eq!((began.actor.as_str(), last.at), ("admin", node.clock.now()));
    assert_eq!(release.stages_entered, [began.at]);
    let listed = release::list(
        &node.app,
        &node.actor,
        PROJECT,
        PRODUCTION,
        release::Filter::default(),
    )
    .await;
    let [listed] = &listed.unwrap().items[..] else {
        panic!("there is one");
    };
    assert!(listed.history.is_empty(), "lists are without");
    assert_eq!(listed.stages_entered, release.stages_entered);
    let page = async |cursor: Option<String>| {
        let paging = Paging {
            cursor,
            limit: Some(100),
        };
        release::events(
            &node.app,
            &node.actor,
            PROJECT,
            PRODUCTION,
            release.id,
            &paging,
        )
        .await
    };
    let first = page(None).await.unwrap();
    let of = |page: &Page<Event>| {
        page.items
            .iter()
            .map(|event| event.epoch)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&first), newest.iter().rev().copied().collect::<Vec<_>>());
    let rest = page(first.next_cursor).await.unwrap();
    assert_eq!(
        (of(&rest), rest.next_cursor),
        ((1..52).rev().collect(), None)
    );
    assert_eq!(rest.items.last().unwrap().signal, Signal::Start);
    let refused = page(Some("yesterday".to_owned())).await;
    assert!(matches!(refused, Err(Error::BadRequest(_))), "{refused:?}");
}
