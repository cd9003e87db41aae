//! What comes when: templates, limits, what is overtaken, and pipelines.

use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
    release::{PipelineStep, Release, SendSignal},
};
use serin_engine::release::{Blocked, Signal, State};
use serin_server::{
    service::{Error, Paging, environment, release},
    store,
};
use uuid::Uuid;

use super::node::{FLAG, Node, PRODUCTION, PROJECT, by_time, document};
use crate::harness::{behind, create_flag};

const DEVELOPMENT: &str = "development";

fn mistakes(error: Error) -> Vec<(String, String)> {
    match error {
        Error::Invalid(details) => details.into_iter().map(|it| (it.path, it.code)).collect(),
        other => panic!("{other:?}"),
    }
}

fn of(flag: &str) -> Value {
    json!({"flag": flag, "baseline": "off", "candidate": "on", "stages": by_time()})
}

/// Turns a flag on, and lets it serve `off`.
async fn turn_on(node: &Node, environment: &str, flag: &str) {
    let change = Change {
        kind: EntityKind::FlagConfig,
        environment: Some(environment.to_owned()),
        key: flag.to_owned(),
        action: Action::Patch,
        document: Some(json!({"enabled": true, "default": {"variation": "off"}})),
        version: None,
    };
    node.apply(vec![change]).await.unwrap();
}

async fn create(node: &Node, environment: &str, document: Value) -> Result<Release, Error> {
    release::create(&node.app, &node.actor, PROJECT, environment, document).await
}

async fn send(node: &Node, seen: &Release, signal: Signal) -> Release {
    let sent = SendSignal {
        signal,
        epoch: seen.epoch,
        reason: None,
        start_at: None,
        supersede: false,
    };
    let environment = &seen.environment;
    let sent = release::signal(&node.app, &node.actor, PROJECT, environment, seen.id, sent);
    sent.await.unwrap()
}

async fn read(node: &Node, environment: &str, id: Uuid) -> Release {
    release::get(&node.app, &node.actor, PROJECT, environment, id)
        .await
        .unwrap()
}

async fn limit(node: &Node, limit: Value) -> Result<(), Error> {
    let patch = json!({ "release_limit": limit });
    environment::patch(&node.app, &node.actor, PROJECT, PRODUCTION, patch, None)
        .await
        .map(drop)
}

pub(super) async fn a_limit_lets_so_many_live_and_the_others_in_order(mut node: Node) {
    let refused = limit(&node, json!(0)).await.unwrap_err();
    assert_eq!(mistakes(refused)[0].0, "/release_limit");
    limit(&node, json!(1)).await.unwrap();
    let first = node.started(by_time()).await;
    let mut others = Vec::new();
    for flag in ["b", "c"] {
        node.apply(vec![create_flag(flag)]).await.unwrap();
        turn_on(&node, PRODUCTION, flag).await;
        others.push(node.create(of(flag)).await.unwrap());
    }
    // Who asks first goes first, whoever was written first.
    let waits = State::AwaitingStart {
        blocked: vec![Blocked::Limit],
    };
    let (b, c) = (others.remove(0), others.remove(0));
    assert_eq!(send(&node, &c, Signal::Start).await.state, waits);
    node.sleep(1);
    assert_eq!(send(&node, &b, Signal::Start).await.state, waits);
    node.watch(3).await;
    assert_eq!(node.get(c.id).await.state, waits);
    // While c cannot start anyway, b is next; once it can again, it stands where it stood.
    for (enabled, blocked) in [
        (false, vec![Blocked::Limit, Blocked::Unsuitable]),
        (true, vec![Blocked::Limit]),
    ] {
        let change = Change {
            kind: EntityKind::FlagConfig,
            environment: Some(PRODUCTION.to_owned()),
            key: "c".to_owned(),
            action: Action::Patch,
            document: Some(json!({ "enabled": enabled })),
            version: None,
        };
        node.apply(vec![change]).await.unwrap();
        node.watch(1).await;
        assert_eq!(node.get(c.id).await.state, State::AwaitingStart { blocked });
    }
    let seen = node.get(first.id).await;
    send(&node, &seen, Signal::Rollback).await;
    node.watch(2).await;
    assert!(node.get(c.id).await.state.is_live());
    assert_eq!(node.get(b.id).await.state, waits);
    let seen = node.get(c.id).await;
    send(&node, &seen, Signal::Cancel).await;
    node.watch(2).await;
    assert!(node.get(b.id).await.state.is_live());
    // A takeover adds to nothing, and without a limit nobody waits.
    let over = node.create(document(by_time())).await.unwrap();
    assert_eq!(send(&node, &over, Signal::Start).await.state, waits);
    limit(&node, Value::Null).await.unwrap();
    node.watch(1).await;
    assert!(node.get(over.id).await.state.is_live());
}

pub(super) async fn who_cannot_be_read_is_passed_over(mut node: Node) {
    limit(&node, json!(1)).await.unwrap();
    let first = node.started(by_time()).await;
    let mut waits = Vec::new();
    for flag in ["b", "c"] {
        node.apply(vec![create_flag(flag)]).await.unwrap();
        turn_on(&node, PRODUCTION, flag).await;
        let draft = node.create(of(flag)).await.unwrap();
        waits.push(send(&node, &draft, Signal::Start).await);
        node.sleep(1);
    }
    let [odd, next] = &waits[..] else {
        panic!("two wait");
    };
    behind(
        &node.app,
        "UPDATE releases SET document = '{}' WHERE flag = 'b'",
    )
    .await;
    node.watch(2).await;
    assert_eq!(
        node.get(next.id).await.state.name(),
        "awaiting_start",
        "the first lives yet"
    );
    node.send(&node.get(first.id).await, Signal::Cancel)
        .await
        .unwrap();
    node.watch(2).await;
    let started = node.get(next.id).await;
    assert!(started.state.is_live(), "{:?}", started.state);
    let why = started.history.last().unwrap().reason.clone().unwrap();
    assert!(why.contains(&odd.id.to_string()), "{why}");
    let filter = release::Filter {
        paging: Paging {
            limit: Some(2),
            cursor: None,
        },
        ..release::Filter::default()
    };
    let listed = release::list(&node.app, &node.actor, PROJECT, PRODUCTION, filter).await;
    let listed = listed.unwrap();
    let ids: Vec<Uuid> = listed.items.iter().map(|it| it.id).collect();
    assert_eq!((ids, listed.next_cursor), (vec![next.id, first.id], None));
    // Nor does it keep a newer one of its flag from starting.
    node.send(&node.get(next.id).await, Signal::Cancel)
        .await
        .unwrap();
    let newer = node.create(of("b")).await.unwrap();
    assert!(send(&node, &newer, Signal::Start).await.state.is_live());
}

pub(super) async fn who_waits_behind_keeps_nobody_from_starting(mut node: Node) {
    limit(&node, json!(1)).await.unwrap();
    let first = node.started(by_time()).await;
    let mut line = Vec::new();
    for flag in ["b", "c", "d"] {
        node.apply(vec![create_flag(flag)]).await.unwrap();
        turn_on(&node, PRODUCTION, flag).await;
        let draft = node.create(of(flag)).await.unwrap();
        line.push(send(&node, &draft, Signal::Start).await);
        node.sleep(1);
    }
    // What those who wait are to do is nobody else's affair.
    let odd = "UPDATE releases SET document = '{}' WHERE flag = 'd'";
    behind(&node.app, odd).await;
    let seen = node.get(first.id).await;
    send(&node, &seen, Signal::Rollback).await;
    node.watch(2).await;
    assert!(node.get(line[0].id).await.state.is_live());
    assert!(!node.get(line[1].id).await.state.is_live());
}

pub(super) async fn what_has_not_started_is_overtaken(mut node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    let scheduled = node.create(document(by_time())).await.unwrap();
    let sent = SendSignal {
        signal: Signal::Schedule,
        epoch: 0,
        reason: None,
        start_at: Some(node.get(draft.id).await.created_at + chrono::TimeDelta::hours(1)),
        supersede: false,
    };
    let (app, actor) = (&node.app, &node.actor);
    release::signal(app, actor, PROJECT, PRODUCTION, scheduled.id, sent)
        .await
        .unwrap();
    let elsewhere = create(&node, DEVELOPMENT, {
        turn_on(&node, DEVELOPMENT, FLAG).await;
        document(by_time())
    })
    .await
    .unwrap();
    let started = node.create(document(by_time())).await.unwrap();
    let newer = node.create(document(by_time())).await.unwrap();
    let started = node.send(&started, Signal::Start).await.unwrap();
    for id in [draft.id, scheduled.id] {
        let over = node.get(id).await;
        let last = over.history.last().unwrap();
        assert_eq!(
            (&over.state, last.signal),
            (&State::Superseded, Signal::Supersede)
        );
        assert_eq!(last.reason, Some(format!("release {} started", started.id)));
    }
    assert_eq!(node.get(newer.id).await.state, State::Draft);
    assert_eq!(
        read(&node, DEVELOPMENT, elsewhere.id).await.state,
        State::Draft
    );
    node.sleep(7200);
    node.watch(2).await;
    assert_eq!(
        node.get(scheduled.id).await.state,
        State::Superseded,
        "its time has come, and gone"
    );
    assert!(node.get(started.id).await.state.is_live());
}

pub(super) async fn who_cannot_be_read_is_overtaken_too(mut node: Node) {
    // It came to an end of which this version does not know.
    let ended = node.create(document(by_time())).await.unwrap();
    let ended = node.send(&ended, Signal::Cancel).await.unwrap();
    let rename = |from, to| format!("UPDATE releases SET state = replace(state, '{from}', '{to}')");
    behind(&node.app, &rename("cancelled", "another_end")).await;
    let cancelled = node.create(document(by_time())).await.unwrap();
    node.send(&cancelled, Signal::Cancel).await.unwrap();
    let draft = node.create(document(by_time())).await.unwrap();
    let waits = node.create(document(by_time())).await.unwrap();
    let sent = SendSignal {
        signal: Signal::Schedule,
        epoch: 0,
        reason: None,
        start_at: Some(draft.created_at + chrono::TimeDelta::hours(1)),
        supersede: false,
    };
    let (app, actor) = (&node.app, &node.actor);
    release::signal(app, actor, PROJECT, PRODUCTION, waits.id, sent)
        .await
        .unwrap();
    // As a newer version writes them, and an older one finds them.
    behind(
        &node.app,
        "UPDATE releases SET document = replace(document, 'candidate', 'odd')",
    )
    .await;
    behind(
        &node.app,
        r#"UPDATE releases SET state = '{"state":"odd"}' WHERE epoch = 0"#,
    )
    .await;
    let newer = node.started(by_time()).await;
    behind(
        &node.app,
        "UPDATE releases SET document = replace(document, 'odd', 'candidate')",
    )
    .await;
    node.send(&newer, Signal::Rollback).await.unwrap();
    node.sleep(7200);
    node.watch(2).await;
    for id in [draft.id, waits.id] {
        let over = node.get(id).await;
        let last = over.history.last().unwrap();
        assert_eq!(
            (&over.state, last.signal, last.epoch),
            (&State::Superseded, Signal::Supersede, over.epoch)
        );
        assert_eq!(last.reason, Some(format!("release {} started", newer.id)));
        assert_eq!(over.next_at, None);
    }
    behind(&node.app, &rename("another_end", "cancelled")).await;
    for id in [cancelled.id, ended.id] {
        let over = node.get(id).await;
        assert_eq!((over.state, over.epoch), (State::Cancelled, 1));
    }
    assert_eq!(node.config().await["default"], json!({"variation": "off"}));
}

pub(super) async fn lists_name_who_cannot_be_read(node: Node) {
    let oldest = node.create(document(by_time())).await.unwrap();
    node.send(&oldest, Signal::Cancel).await.unwrap();
    let mut odd = Vec::new();
    for _ in 0..60 {
        odd.insert(0, node.create(document(by_time())).await.unwrap().id);
    }
    behind(
        &node.app,
        "UPDATE releases SET document = '{}' WHERE epoch = 0",
    )
    .await;
    let newest = node.create(document(by_time())).await.unwrap();
    let mut tx = node.app.db.read().await.unwrap();
    let environments = store::environment::all(&mut tx).await.unwrap();
    let mut environments = environments.into_iter().map(|it| it.environment);
    let id = environments
        .find(|it| it.key == PRODUCTION)
        .unwrap()
        .environment_id;
    for (limit, found, unread) in [
        (1, vec![newest.id], 0),
        (2, vec![newest.id, oldest.id], 60),
        (9, vec![newest.id, oldest.id], 60),
    ] {
        let listed = store::release::list(&mut tx, id, store::release::Narrow::default(), limit);
        let (releases, unreadable) = listed.await.unwrap();
        let ids: Vec<Uuid> = releases.iter().map(|it| it.release_id).collect();
        let unreadable: Vec<Uuid> = unreadable.iter().map(|it| it.release_id).collect();
        assert_eq!((ids, &unreadable[..]), (found, &odd[..unread]), "{limit}");
    }
}

fn staging(then: &Value) -> Value {
    json!({"flag": FLAG, "baseline": "off", "candidate": "on", "stages": [{"weight": 100}], "then": then})
}

/// A release in development, which leads on to what is given, and is completed.
async fn completed(node: &Node, then: &Value) -> Release {
    let draft = create(node, DEVELOPMENT, staging(then)).await.unwrap();
    let live = send(node, &draft, Signal::Start).await;
    send(node, &live, Signal::Promote).await
}

fn following(release: &Release) -> Option<Uuid> {
    release.pipeline.last()?.release
}

pub(super) async fn a_pipeline_goes_from_environment_to_environment(mut node: Node) {
    turn_on(&node, DEVELOPMENT, FLAG).await;
    let then = json!({"environment": "production", "template": "blue-green"});
    let first = completed(&node, &then).await;
    assert_eq!(first.state, State::Completed);
    let id = following(&first).unwrap();
    let next = node.get(id).await;
    assert!(next.state.is_live(), "{:?}", next.state);
    assert_eq!(
        json!(next.document.stages),
        json!([{"weight": 100.0, "min_bake": "1h"}])
    );
    assert_eq!(next.document.then, None);
    let reason = format!("follows release {} in \"development\"", first.id);
    assert_eq!(next.history[0].reason, Some(reason));
    let step = |environment: &str, release, state: &str, automatic| PipelineStep {
        environment: environment.to_owned(),
        release: Some(release),
        state: Some(state.to_owned()),
        automatic,
    };
    let chain = vec![
        step(DEVELOPMENT, first.id, "completed", false),
        step(PRODUCTION, id, "running", true),
    ];
    assert_eq!(next.pipeline, chain);
    assert_eq!(read(&node, DEVELOPMENT, first.id).await.pipeline, chain);
    send(&node, &next, Signal::Rollback).await;
    // By hand: a draft, with the stages of the one before.
    turn_on(&node, DEVELOPMENT, FLAG).await;
    let by_hand = completed(
        &node,
        &json!({"environment": "production", "start": "manual"}),
    )
    .await;
    let draft = node.get(following(&by_hand).unwrap()).await;
    assert_eq!(
        (draft.state.name(), json!(draft.document.stages)),
        ("draft", json!([{"weight": 100.0}]))
    );
    // It waits where it may not start, and then starts by itself.
    node.configure(json!({"enabled": false})).await.unwrap();
    turn_on(&node, DEVELOPMENT, FLAG).await;
    let waiting = completed(&node, &then).await;
    let waiting = following(&waiting).unwrap();
    let blocked = State::AwaitingStart {
        blocked: vec![Blocked::Unsuitable],
    };
    assert_eq!(node.get(waiting).await.state, blocked);
    node.configure(json!({"enabled": true})).await.unwrap();
    node.watch(1).await;
    assert!(node.get(waiting).await.state.is_live());
    assert_eq!(node.get(draft.id).await.state, State::Superseded);
}

pub(super) async fn a_pipeline_is_shown_as_far_as_it_can_be_read(node: Node) {
    turn_on(&node, DEVELOPMENT, FLAG).await;
    let then = json!({"environment": "production", "template": "blue-green"});
    let first = completed(&node, &then).await;
    let next = following(&first).unwrap();
    let spoil = "UPDATE releases SET document = replace(document, 'candidate', 'odd') WHERE live";
    let mend = "UPDATE releases SET document = replace(document, 'odd', 'candidate')";
    behind(&node.app, spoil).await;
    let only = read(&node, DEVELOPMENT, first.id).await.pipeline;
    assert_eq!(only.len(), 1, "what follows is there already: {only:?}");
    behind(&node.app, mend).await;
    behind(
        &node.app,
        "UPDATE releases SET document = '{}' WHERE NOT live",
    )
    .await;
    let live = node.get(next).await;
    let of: Vec<_> = live.pipeline.iter().map(|step| step.release).collect();
    assert_eq!(of, [Some(next)]);
    let all = release::Filter::default();
    let listed = release::list(&node.app, &node.actor, PROJECT, PRODUCTION, all).await;
    assert_eq!(listed.unwrap().items.len(), 1);
    let over = send(&node, &live, Signal::Rollback).await;
    assert_eq!(over.state, State::RolledBack);
}

pub(super) async fn a_pipeline_stops(node: Node) {
    turn_on(&node, DEVELOPMENT, FLAG).await;
    let then = json!({"environment": "production"});
    let draft = create(&node, DEVELOPMENT, staging(&then)).await.unwrap();
    let live = send(&node, &draft, Signal::Start).await;
    assert_eq!(live.pipeline.len(), 2);
    assert_eq!(live.pipeline[1].state, None, "it is to come");
    let back = send(&node, &live, Signal::Rollback).await;
    assert_eq!(following(&back), None);
    // What follows may be edited until then, and what is gone by then ends it.
    environment::create(
        &node.app,
        &node.actor,
        PROJECT,
        serde_json::from_value(json!({"key": "staging"})).unwrap(),
    )
    .await
    .unwrap();
    let draft = create(
        &node,
        DEVELOPMENT,
        staging(&json!({"environment": "staging"})),
    )
    .await
    .unwrap();
    let live = send(&node, &draft, Signal::Start).await;
    environment::delete(&node.app, &node.actor, PROJECT, "staging", None)
        .await
        .unwrap();
    let over = send(&node, &live, Signal::Promote).await;
    assert_eq!((&over.state, following(&over)), (&State::Completed, None));
    let reason = over.history.last().unwrap().reason.clone().unwrap();
    assert_eq!(
        reason,
        "the pipeline ends here: there is no environment \"staging\" any more"
    );
    for (then, path, code) in [
        (
            json!({"environment": "moon"}),
            "/then/environment",
            "unknown_environment",
        ),
        (
            json!({"environment": "development"}),
            "/then/environment",
            "repeated",
        ),
        (
            json!({"environment": "production", "template": "x"}),
            "/then/template",
            "unknown_template",
        ),
        (
            json!({"environment": "production", "then": {"environment": "production"}}),
            "/then/then/environment",
            "repeated",
        ),
    ] {
        let refused = create(&node, DEVELOPMENT, staging(&then))
            .await
            .unwrap_err();
        assert!(
            mistakes(refused).contains(&(path.to_owned(), code.to_owned())),
            "{then}"
        );
    }
}
