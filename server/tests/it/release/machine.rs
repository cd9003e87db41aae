//! Segments, windows, approvals, schedules, takeovers and edits.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
    release::{EditRelease, Release, SendSignal},
    sdk::Telemetry,
    session::{NewUser, Role},
};
use serin_engine::{
    context::Context,
    release::{Phase, Signal, State},
};
use serin_server::{
    clock::Clock as _,
    service::{Actor, Error, change_set, member, release, user},
    store,
};
use uuid::Uuid;

use super::node::{FLAG, Node, PRODUCTION, PROJECT, by_time, document, epochs, stage};

async fn segment(node: &Node, action: Action) -> Result<(), Error> {
    let document = (action != Action::Delete).then(|| json!({"name": "Staff"}));
    write(node, EntityKind::Segment, None, action, document).await?;
    if action == Action::Delete {
        return Ok(());
    }
    let members = json!({"included": [{"attribute": "role", "values": ["staff"]}]});
    let environment = Some(PRODUCTION.to_owned());
    let kind = EntityKind::SegmentConfig;
    write(node, kind, environment, Action::Patch, Some(members)).await
}

async fn write(
    node: &Node,
    kind: EntityKind,
    environment: Option<String>,
    action: Action,
    document: Option<Value>,
) -> Result<(), Error> {
    let set = NewChangeSet {
        project: PROJECT.to_owned(),
        reason: None,
        changes: vec![Change {
            kind,
            environment,
            key: "staff".to_owned(),
            action,
            document,
            version: None,
        }],
        dry_run: false,
    };
    change_set::apply(&node.app, &node.actor, set)
        .await
        .map(drop)
}

/// How many of the first hundred of the staff get the candidate.
fn staff_on(node: &Node) -> usize {
    let snapshot = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    let is_on = |unit: &u32| {
        let staff = json!({"targetingKey": format!("user-{unit}"), "role": "staff"});
        let context = Context::from_json(staff).unwrap();
        snapshot.ruleset.evaluate(FLAG, &context).variation == Some("on")
    };
    (0..100).filter(is_on).count()
}

fn staff_first() -> Value {
    json!([
        {"segment": "staff", "weight": 100, "min_bake": "10s"},
        {"weight": 10, "min_bake": "10s"},
        {"weight": 100, "watch": "10s", "holdback": 1},
    ])
}

fn places(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(details) => details.into_iter().map(|detail| detail.path).collect(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn phase(release: &Release) -> Option<Phase> {
    release.state.position().map(|position| position.phase)
}

pub(super) async fn a_segment_goes_ahead(mut node: Node) {
    let unknown = node.create(document(staff_first())).await.unwrap_err();
    assert_eq!(places(unknown), ["/stages/0/segment"]);
    segment(&node, Action::Create).await.unwrap();
    let before = node.flag();
    let release = node.started(staff_first()).await;
    assert_eq!((staff_on(&node), node.on().len()), (100, 0));
    let rule = format!("release-{}-0", release.id);
    let site = &node.ruleset()["releases"][0]["site"];
    assert_eq!(site, &json!({"rule": rule}));
    assert_eq!(node.flag()["rules"][0]["when"], json!({"segment": "staff"}));
    node.watch(11).await;
    assert_eq!(staff_on(&node), 100, "nobody is taken out");
    assert!((70..130).contains(&node.on().len()));
    assert_eq!(node.ruleset()["releases"][0]["site"], "default");
    node.watch(10).await;
    assert!((970..1000).contains(&node.on().len()), "some are held back");
    let back = node.get(release.id).await;
    node.send(&back, Signal::Rollback).await.unwrap();
    for member in ["rules", "default"] {
        assert_eq!(node.flag()[member], before[member]);
    }
    // And once more to the end.
    let release = node.started(staff_first()).await;
    node.watch(40).await;
    assert_eq!(node.get(release.id).await.state, State::Completed);
    assert_eq!(node.flag()["default"], json!({"variation": "on"}));
    assert_eq!(node.flag()["rules"], before["rules"]);
}

pub(super) async fn the_rules_of_a_release_are_its_own(node: Node) {
    segment(&node, Action::Create).await.unwrap();
    let release = node.started(staff_first()).await;
    let own = node.config().await["rules"][0].clone();
    let refused = |error: Error| assert!(matches!(error, Error::InUse { .. }), "{error:?}");
    let mut other = own.clone();
    other["serve"] = json!({"variation": "off"});
    for rules in [json!([]), json!([other])] {
        refused(node.configure(json!({"rules": rules})).await.unwrap_err());
    }
    // Others may be written around it; it stays before the default.
    let french = json!({
        "id": "fr", "serve": {"variation": "off"},
        "when": {"attribute": "country", "op": "in", "values": ["FR"]},
    });
    node.configure(json!({"rules": [own, french]}))
        .await
        .unwrap();
    let flag = node.flag();
    let ids: Vec<_> = flag["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["id"])
        .collect();
    assert_eq!(
        ids,
        [&json!("fr"), &json!(format!("release-{}-0", release.id))]
    );
    refused(segment(&node, Action::Delete).await.unwrap_err());
    // Off is off: what the release wrote goes, and the rest stays.
    node.configure(json!({"enabled": false})).await.unwrap();
    let flag = node.flag();
    assert_eq!(flag["rules"].as_array().map(Vec::len), Some(1));
    assert_eq!(node.get(release.id).await.state, State::Cancelled);
    segment(&node, Action::Delete).await.unwrap();
}

pub(super) async fn a_segment_whose_turn_is_to_come_stays(node: Node) {
    segment(&node, Action::Create).await.unwrap();
    node.started(json!([
        {"weight": 1},
        {"segment": "staff", "weight": 100},
        {"weight": 100},
    ]))
    .await;
    let refused = segment(&node, Action::Delete).await.unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused:?}");
}

pub(super) async fn a_closed_window_keeps_everything_where_it_is(mut node: Node) {
    // Every test begins on a Monday, in the afternoon; a week from then is open.
    let mut plan = document(by_time());
    plan["windows"] = json!({"time_zone": "Mars/Olympus"});
    let unknown = node.create(plan.clone()).await.unwrap_err();
    assert_eq!(places(unknown), ["/windows/time_zone"]);
    plan["windows"] = json!({"time_zone": "Europe/Berlin", "allow": ["Tue 10:00-10:01"]});
    let draft = node.create(plan).await.unwrap();
    let waiting = node.send(&draft, Signal::Start).await.unwrap();
    assert_eq!(waiting.state.name(), "awaiting_start");
    node.watch(2).await;
    assert_eq!(
        node.get(draft.id).await.epoch,
        1,
        "it waits and writes nothing"
    );
    // Tuesday, ten in the morning in Berlin, where it is summer.
    let tuesday: DateTime<Utc> = "2026-09-22T08:00:00Z".parse().unwrap();
    node.clock.advance(tuesday - node.clock.now());
    node.runner.tick().await.unwrap();
    node.runner.tick().await.unwrap();
    assert_eq!(stage(&node.get(draft.id).await), Some((0, 0)));
    node.clock.advance(TimeDelta::seconds(55));
    node.watch(20).await;
    let waiting = node.get(draft.id).await;
    assert_eq!(
        (stage(&waiting), phase(&waiting)),
        (Some((0, 10)), Some(Phase::AwaitingWindow))
    );
    node.clock
        .advance(TimeDelta::days(7) - TimeDelta::seconds(60));
    node.runner.tick().await.unwrap();
    assert_eq!(stage(&node.get(draft.id).await), Some((1, 0)));
}

/// Somebody with a role in the project.
async fn somebody(node: &Node, username: &str, role: Role) -> Actor {
    let new = NewUser {
        username: username.to_owned(),
        name: None,
        password: "a password that is long".to_owned(),
        admin: false,
    };
    user::create(&node.app, &node.actor, new).await.unwrap();
    member::put(&node.app, &node.actor, PROJECT, username, role)
        .await
        .unwrap();
    let mut tx = node.app.db.read().await.unwrap();
    let row = store::user::find(&mut tx, username).await.unwrap().unwrap();
    Actor {
        username: row.username,
        admin: row.admin,
        user_id: row.user_id,
    }
}

pub(super) async fn an_approval_takes_its_role(mut node: Node) {
    let admin = node.actor.clone();
    let editor = somebody(&node, "ed", Role::Editor).await;
    let release = node
        .started(json!([
            {"weight": 10, "min_bake": "5s", "approval": {"role": "admin"}},
            {"weight": 50, "min_bake": "1h", "approval": {"role": "editor"}},
            {"weight": 100},
        ]))
        .await;
    let early = node.send(&release, Signal::Approve).await.unwrap_err();
    assert!(
        early.to_string().contains("does not wait for approval"),
        "{early}"
    );
    node.watch(10).await;
    let waiting = node.get(release.id).await;
    assert_eq!(phase(&waiting), Some(Phase::AwaitingApproval));
    node.actor = editor;
    for signal in [
        Signal::Approve,
        Signal::Reject,
        Signal::Advance,
        Signal::Promote,
    ] {
        let refused = node.send(&waiting, signal).await.unwrap_err();
        assert!(
            matches!(refused, Error::Forbidden { needs: Role::Admin }),
            "{refused:?}"
        );
    }
    node.actor = admin;
    let approved = node.send(&waiting, Signal::Approve).await.unwrap();
    assert_eq!(stage(&approved), Some((1, 0)));
    // A no takes it back.
    let release = node.send(&approved, Signal::Rollback).await.unwrap();
    assert!(release.state.is_over());
    let release = node.started(json!([{"weight": 10, "min_bake": "1s", "approval": {"role": "editor"}}, {"weight": 100}])).await;
    node.watch(3).await;
    let rejected = node
        .send(&node.get(release.id).await, Signal::Reject)
        .await
        .unwrap();
    assert_eq!(rejected.state, State::RolledBack);
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
}

pub(super) async fn a_schedule_starts_by_itself(mut node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    let at = node.clock.now() + TimeDelta::seconds(30);
    let schedule = |epoch, start_at| SendSignal {
        signal: Signal::Schedule,
        epoch,
        reason: None,
        start_at,
        supersede: false,
    };
    let send = async |node: &Node, sent| {
        release::signal(&node.app, &node.actor, PROJECT, PRODUCTION, draft.id, sent).await
    };
    let odd = send(&node, schedule(0, None)).await.unwrap_err();
    assert_eq!(places(odd), ["/start_at"]);
    let past = node.clock.now() - TimeDelta::seconds(61);
    let odd = send(&node, schedule(0, Some(past))).await.unwrap_err();
    assert_eq!(places(odd), ["/start_at"]);
    let scheduled = send(&node, schedule(0, Some(at))).await.unwrap();
    assert_eq!(
        (
            scheduled.state.name(),
            scheduled.start_at,
            scheduled.next_at
        ),
        ("scheduled", Some(at), Some(at))
    );
    node.configure(json!({"enabled": false})).await.unwrap();
    node.watch(29).await;
    assert_eq!(node.get(draft.id).await.epoch, 1);
    node.watch(2).await;
    let blocked = node.get(draft.id).await;
    assert_eq!(
        serde_json::to_value(&blocked.state).unwrap(),
        json!({"state": "awaiting_start", "blocked": ["unsuitable"]})
    );
    node.configure(json!({"enabled": true})).await.unwrap();
    node.watch(1).await;
    assert_eq!(stage(&node.get(draft.id).await), Some((0, 0)));
    node.watch(40).await;
    let over = node.get(draft.id).await;
    assert_eq!(over.state, State::Completed);
    assert_eq!(epochs(&over), [1, 2, 3, 4, 5, 6]);
}

pub(super) async fn take_over(node: &Node, plan: Value) -> Result<Release, Error> {
    let draft = node.create(plan).await?;
    let sent = SendSignal {
        signal: Signal::Start,
        epoch: draft.epoch,
        reason: None,
        start_at: None,
        supersede: true,
    };
    release::signal(&node.app, &node.actor, PROJECT, PRODUCTION, draft.id, sent).await
}

pub(super) async fn a_newer_release_takes_the_site_over(mut node: Node) {
    let more = json!([{"weight": 20, "min_bake": "10s"}, {"weight": 100}]);
    let new = document(more);
    let first = node.started(by_time()).await;
    let people = node.on();
    let second = take_over(&node, new).await.unwrap();
    let over = node.get(first.id).await;
    assert_eq!((over.state, over.epoch), (State::Superseded, 2));
    assert_eq!(over.history[1].signal, Signal::Supersede);
    let on = node.on();
    assert!(
        people.iter().all(|unit| on.contains(unit)),
        "whoever has it keeps it"
    );
    assert_eq!(node.ruleset()["releases"].as_array().map(Vec::len), Some(1));
    // What it restores is what the first of them found.
    node.watch(3).await;
    let second = node.get(second.id).await;
    node.send(&second, Signal::Rollback).await.unwrap();
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
    // Another candidate: the site is given back first, in the same step.
    let variations = json!({"variations": [
        {"key": "on", "value": true}, {"key": "off", "value": false}, {"key": "new", "value": true},
    ]});
    node.change(EntityKind::Flag, Action::Patch, variations)
        .await
        .unwrap();
    node.started(by_time()).await;
    let mut other = document(by_time());
    other["candidate"] = json!("new");
    let third = take_over(&node, other).await.unwrap();
    assert_eq!(node.on(), [0_u32; 0]);
    assert_eq!(third.weight, Some(10.0));
    node.send(&third, Signal::Rollback).await.unwrap();
    assert_eq!(node.flag()["default"], json!({"variation": "off"}));
    // Less than what people have by now would take it from some.
    node.started(json!([{"weight": 50, "min_bake": "1h"}, {"weight": 100}]))
        .await;
    let people = node.on();
    let less = take_over(&node, document(by_time())).await.unwrap_err();
    assert_eq!(places(less), ["/stages/0/weight"]);
    assert_eq!(node.on(), people, "and nothing happened");
}

async fn edit(node: &Node, seen: &Release, document: Value) -> Result<Release, Error> {
    let sent = EditRelease {
        epoch: seen.epoch,
        document,
        reason: Some("on second thoughts".to_owned()),
    };
    release::edit(&node.app, &node.actor, PROJECT, PRODUCTION, seen.id, sent).await
}

pub(super) async fn stages_to_come_may_change(mut node: Node) {
    let draft = node.create(document(by_time())).await.unwrap();
    let mut plan = document(by_time());
    plan["stages"][0]["weight"] = json!(5);
    let edited = edit(&node, &draft, plan.clone()).await.unwrap();
    assert_eq!((edited.state.name(), edited.epoch), ("draft", 1));
    assert_eq!(edited.document.stages[0].weight, 5.0);
    let stale = edit(&node, &draft, plan.clone()).await.unwrap_err();
    assert!(
        matches!(stale, Error::EpochConflict { current: 1 }),
        "{stale:?}"
    );
    let template =
        json!({"flag": FLAG, "baseline": "off", "candidate": "on", "template": "blue-green"});
    let edited = edit(&node, &edited, template).await.unwrap();
    assert_eq!((edited.epoch, edited.document.stages.len()), (2, 1));
    let edited = edit(&node, &edited, plan.clone()).await.unwrap();
    let running = node.send(&edited, Signal::Start).await.unwrap();
    node.watch(4).await;

    let mut sooner = plan.clone();
    sooner["stages"] = json!([plan["stages"][0], {"weight": 100, "min_bake": "1s"}]);
    let seen = node.get(running.id).await;
    let edited = edit(&node, &seen, sooner.clone()).await.unwrap();
    assert_eq!((stage(&edited), edited.epoch), (Some((0, 3)), 5));
    let last = edited.history.last().unwrap();
    assert_eq!((last.signal, last.serve.clone()), (Signal::Edit, None));
    for (member, value) in [
        ("/stages/0/weight", json!(6)),
        ("/candidate", json!("off")),
        ("/unit", json!("org.id")),
    ] {
        let mut rewritten = sooner.clone();
        match rewritten.pointer_mut(member) {
            Some(place) => *place = value,
            None => rewritten["unit"] = value,
        }
        let refused = edit(&node, &edited, rewritten).await.unwrap_err();
        assert_eq!(places(refused), [format!("/document{member}")]);
    }
    let mut several = sooner.clone();
    several["stages"] = json!([{"weight": 6, "min_bake": "20s", "name": "first"}, {"weight": 100}]);
    several["policy"] = json!({"alpha": 0.02});
    let refused = edit(&node, &edited, several).await.unwrap_err();
    let of_first = ["min_bake", "name", "weight"].map(|name| format!("/document/stages/0/{name}"));
    let mut expected = vec!["/document/policy".to_owned()];
    expected.extend(of_first);
    let Error::Invalid(mut details) = refused else {
        panic!("{refused:?}");
    };
    assert!(details[0].message.contains("stage 0"), "{details:?}");
    details.sort_by(|a, b| a.path.cmp(&b.path));
    let found: Vec<String> = details.into_iter().map(|detail| detail.path).collect();
    assert_eq!(found, expected);
    let odd = edit(&node, &edited, json!({"flag": FLAG}))
        .await
        .unwrap_err();
    assert_eq!(
        places(odd),
        [
            "/document/baseline",
            "/document/candidate",
            "/document/stages"
        ]
    );
    node.watch(20).await;
    let over = node.get(running.id).await;
    assert_eq!(over.state, State::Completed);
    let refused = edit(&node, &over, sooner).await.unwrap_err();
    assert!(
        matches!(refused, Error::IllegalTransition(_)),
        "{refused:?}"
    );
}

pub(super) async fn a_retry_and_a_promotion(mut node: Node) {
    let release = node.started(by_time()).await;
    node.watch(8).await;
    let people = node.on();
    let again = node
        .send(&node.get(release.id).await, Signal::Retry)
        .await
        .unwrap();
    let position = again.state.position().unwrap();
    assert_eq!((position.attempt, position.baked_ms), (2, 0));
    assert_eq!(node.on(), people);
    node.watch(9).await;
    let promoted = node
        .send(&node.get(release.id).await, Signal::Promote)
        .await
        .unwrap();
    assert_eq!(promoted.state, State::Completed);
    assert_eq!(node.on().len(), 1000);
}

/// What an SDK says of itself.
pub(super) async fn report(node: &Node, instance: u128, sequence: u64, revision: u64) {
    let environment_id = node
        .app
        .publisher
        .find(PROJECT, PRODUCTION)
        .unwrap()
        .environment_id;
    let now = node.clock.now();
    let telemetry = Telemetry {
        instance: Uuid::from_u128(instance),
        sequence,
        revision,
        from: now,
        to: now,
        evaluations: Vec::new(),
        unknown_flags: Vec::new(),
        contexts: Vec::new(),
        sent_at: None,
        evidence: Vec::new(),
        running: None,
    };
    node.app.usage.record(environment_id, telemetry).unwrap();
    node.app.usage.flush().await.unwrap();
}

pub(super) fn revision(node: &Node) -> u64 {
    node.ruleset()["revision"].as_u64().unwrap()
}

pub(super) async fn the_bake_begins_when_the_sdks_have_the_stage(mut node: Node) {
    let before = revision(&node);
    report(&node, 1, 1, before).await;
    report(&node, 2, 1, before).await;
    node.metric("errors", "count").await;
    let mut plan = document(by_time());
    plan["guards"] = json!([{"metric": "errors"}]);
    let draft = node.create(plan.clone()).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    assert_eq!(phase(&release), Some(Phase::Propagating));
    node.watch(20).await;
    report(&node, 1, 2, revision(&node)).await;
    node.watch(5).await;
    assert_eq!(phase(&node.get(release.id).await), Some(Phase::Propagating));
    report(&node, 2, 2, revision(&node)).await;
    node.watch(1).await;
    let baking = node.get(release.id).await;
    assert_eq!(phase(&baking), Some(Phase::Baking));
    node.send(&baking, Signal::Rollback).await.unwrap();
    // Who says nothing for long is not waited for.
    node.clock.advance(TimeDelta::minutes(4));
    let draft = node.create(plan).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    assert_eq!(phase(&release), Some(Phase::Baking));
}
