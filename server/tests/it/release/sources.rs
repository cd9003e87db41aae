//! Metrics that Prometheus is asked for, by a program that stands for it: with faults, a clock of
//! its own, and counters that begin anew.

pub(super) mod fake;

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
    paths,
    release::Release,
};
use serin_engine::release::{Hold, Signal, State};
use serin_server::{
    clock::Clock as _,
    prometheus::{Prometheus, Settings},
    release::Sources,
    service::{evidence::Report, usage::Sink as _},
    store,
};
use uuid::Uuid;

use super::{
    evidence,
    node::{FLAG, Node, PRODUCTION, PROJECT, document},
};
use crate::{
    harness::{ADMIN_TOKEN, behind, create_flag, mistakes, patch_config},
    web::{NO_LIMITS, Web},
};
use fake::{Fake, Mood};

pub(super) const COUNTERS: [&str; 2] = [
    r#"requests{variation="{{variation}}"}"#,
    r#"errors{variation="{{variation}}"}"#,
];
pub(super) const INCREASES: [&str; 2] = [
    r#"sum(increase(requests{variation="{{variation}}"}[{{window}}]))"#,
    r#"sum(increase(errors{variation="{{variation}}"}[{{window}}]))"#,
];

fn metric(key: &str, document: Value) -> Change {
    Change {
        kind: EntityKind::Metric,
        environment: None,
        key: key.to_owned(),
        action: Action::Put,
        document: Some(document),
        version: None,
    }
}

fn asked([exposures, events]: [&str; 2]) -> Value {
    let queries = json!({"exposures": exposures, "events": events, "window": "20s"});
    json!({"kind": "count", "source": {"prometheus": queries}})
}

/// A release that is guarded by what Prometheus counts, started, and who asks.
pub(super) async fn guarded(
    node: &mut Node,
    fake: &Fake,
    queries: [&str; 2],
    stages: Value,
) -> (Release, Sources) {
    node.app.prometheus = Prometheus::open(&fake.settings()).unwrap().map(Arc::new);
    node.apply(vec![metric("errors", asked(queries))])
        .await
        .unwrap();
    let mut guarded = document(stages);
    guarded["guards"] =
        json!([{"metric": "errors", "margin": {"relative": 0.1}, "require_safe": 0.5}]);
    let draft = node.create(guarded).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    (release, Sources::new(node.app.clone()))
}

pub(super) async fn the_server_says_whether_it_knows_a_prometheus(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let path = paths::metric_sources(PROJECT);
    for known in [false, true] {
        let settings = if known {
            fake.settings()
        } else {
            Settings::default()
        };
        node.app.prometheus = Prometheus::open(&settings).unwrap().map(Arc::new);
        let mut web = Web::start(&node.app, NO_LIMITS);
        let admin = web.anyone.bearer(ADMIN_TOKEN);
        let answer = admin.get(&path).await.expect(200).json();
        assert_eq!(answer, json!({"prometheus": known}));
        web.anyone.get(&path).await.fails("unauthenticated");
        web.stop().await;
    }
}

/// Lets ten seconds pass at a time until the release is as it is waited for; how many it took.
pub(super) async fn until(
    node: &mut Node,
    sources: &mut Sources,
    id: Uuid,
    arrived: impl Fn(&Release) -> bool,
) -> (Release, u32) {
    for tens in 0..90 {
        let release = node.get(id).await;
        if arrived(&release) {
            return (release, 10 * tens);
        }
        node.watch(10).await;
        sources.tick().await.unwrap();
    }
    panic!("it stands at {:?}", node.get(id).await.state);
}

/// What was counted of both arms: exposures and events.
pub(super) async fn counted(node: &Node, id: Uuid) -> [(f64, f64); 2] {
    let mut tx = node.app.db.read().await.unwrap();
    let rows = store::evidence::page(&mut tx, id, None, 500).await.unwrap();
    let mut sums = [(0.0, 0.0); 2];
    for row in store::evidence::sorted(rows).0 {
        for (sum, arm) in sums
            .iter_mut()
            .zip([row.counted.baseline, row.counted.candidate])
        {
            let tally = serde_json::to_value(&arm.metrics["errors"]).unwrap();
            sum.0 += tally["counter"]["exposed"].as_f64().unwrap();
            sum.1 += tally["counter"]["events"].as_f64().unwrap();
        }
    }
    sums
}

pub(super) fn holds(release: &Release, hold: Hold) -> bool {
    matches!(&release.state, State::Held(position) if position.holds.contains(&hold))
}

pub(super) async fn harm_that_prometheus_counted_is_taken_back(mut node: Node) {
    let fake = Fake::start(&node, 6.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, INCREASES, stages).await;
    let over = |release: &Release| release.state.is_over();
    let (release, seconds) = until(&mut node, &mut sources, release.id, over).await;
    assert_eq!(release.state, State::RolledBack);
    assert!(seconds <= 180, "found after {seconds} s");
    let evidence = release.history.last().unwrap().evidence.clone().unwrap();
    assert_eq!(evidence["judgement"]["culprit"], "errors");
    // Programs are not asked to count it.
    assert_eq!(node.ruleset()["releases"], json!([]));
    assert!(
        fake.queries()
            .iter()
            .any(|query| query.contains(r#"variation="on"}[20s]"#)),
        "{:?}",
        fake.queries()
    );
}

pub(super) async fn what_prometheus_says_is_well_goes_on(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    // Its clock is wrong, and its counters begin anew with each restart of a program.
    fake.change(|world| {
        world.ahead = 300;
        world.restarts_each = Some(95);
    });
    let stages =
        json!([{"weight": 10, "min_bake": "1m"}, {"weight": 100, "watch": "1m", "holdback": 1}]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    assert!(node.ruleset()["releases"][0].get("metrics").is_none());
    let over = |release: &Release| release.state.is_over();
    let (release, seconds) = until(&mut node, &mut sources, release.id, over).await;
    assert_eq!(release.state, State::Completed);
    assert!(seconds >= 120, "two minutes bake, and {seconds} s went by");
}

pub(super) async fn a_prometheus_that_is_down_holds_and_loses_nothing(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    let id = release.id;
    for _ in 0..7 {
        node.watch(10).await;
        sources.tick().await.unwrap();
    }
    let share = node.on();
    let down = |release: &Release| holds(release, Hold::ProviderDown);
    for (mood, word) in [
        (Mood::Down, "connect"),
        (Mood::Dumb, "within"),
        (Mood::Senseless, "no sense"),
        (Mood::Refusing, "parse error"),
    ] {
        fake.change(|world| world.mood = mood);
        let (release, seconds) = until(&mut node, &mut sources, id, down).await;
        assert!(seconds >= 15, "held after {seconds} s: {mood:?}");
        let evidence = release.history.last().unwrap().evidence.clone().unwrap();
        let told = evidence["sources"]["down"][0]["problem"].as_str().unwrap();
        assert!(told.contains(word), "{mood:?}: {told}");
        assert_eq!((release.state.is_live(), node.on()), (true, share.clone()));
        fake.change(|world| world.mood = Mood::Well);
        let (release, _) = until(&mut node, &mut sources, id, |release| !down(release)).await;
        assert!(
            matches!(release.state, State::Running(_)),
            "{:?}",
            release.state
        );
    }
    // What was counted meanwhile is there, once: a hundred a second of the candidate.
    let mut tx = node.app.db.read().await.unwrap();
    let readings = store::source::of(&mut tx, id).await.unwrap();
    drop(tx);
    let until = readings[0].1.read_until;
    let [baseline, candidate] = counted(&node, id).await;
    let begun = fake.first_asked() - TimeDelta::seconds(2);
    let seconds = (until - begun).as_seconds_f64();
    assert!(
        (candidate.0 - 100.0 * seconds).abs() < 1.0,
        "{candidate:?} in {seconds} s"
    );
    assert!(
        (baseline.0 - 900.0 * seconds).abs() < 1.0,
        "{baseline:?} in {seconds} s"
    );
    assert!(
        (candidate.1 - 0.5 * seconds).abs() < 1.0,
        "{candidate:?} in {seconds} s"
    );
}

pub(super) async fn two_nodes_that_ask_count_once(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    // To one whose clock is ahead, the other's lease has run out: both ask, in turn and at once.
    let ahead = node.clock.now() + TimeDelta::minutes(1);
    let mut other = node.another(ahead, 9).await;
    other.app.prometheus.clone_from(&node.app.prometheus);
    let mut others = Sources::new(other.app.clone());
    for _ in 0..9 {
        node.watch(10).await;
        other.sleep(10);
        let (one, two) = tokio::join!(sources.tick(), others.tick());
        one.unwrap();
        two.unwrap();
    }
    let mut tx = node.app.db.read().await.unwrap();
    let until = store::source::of(&mut tx, release.id).await.unwrap()[0]
        .1
        .read_until;
    drop(tx);
    let seconds = (until - (fake.first_asked() - TimeDelta::seconds(2))).as_seconds_f64();
    let [_, candidate] = counted(&node, release.id).await;
    assert!(
        seconds >= 30.0 && (candidate.0 - 100.0 * seconds).abs() < 1.0,
        "{candidate:?} in {seconds} s"
    );
    other.app.shutdown().await;
}

pub(super) async fn a_metric_that_cannot_be_read_keeps_no_other_from_being_asked_for(
    mut node: Node,
) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (_, mut sources) = guarded(&mut node, &fake, COUNTERS, stages.clone()).await;
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    let changes = vec![
        create_flag("b"),
        patch_config(PRODUCTION, "b", on),
        metric("failures", asked(COUNTERS)),
    ];
    node.apply(changes).await.unwrap();
    let mut plan = document(stages);
    plan["flag"] = json!("b");
    plan["guards"] = json!([{"metric": "failures", "margin": {"relative": 0.1}}]);
    let draft = node.create(plan).await.unwrap();
    let other = node.send(&draft, Signal::Start).await.unwrap();
    node.watch(10).await;
    let sql = "UPDATE entities SET document = '{}' WHERE kind = 'metric' AND key = 'errors'";
    behind(&node.app, sql).await;
    sources.tick().await.unwrap();
    let mut tx = node.app.db.read().await.unwrap();
    let readings = store::source::of(&mut tx, other.id).await.unwrap();
    assert_eq!(readings.len(), 1);
}

/// A node of a newer version writes one while this one asks.
pub(super) async fn who_cannot_be_read_loses_its_answers_alone(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (odd, mut sources) = guarded(&mut node, &fake, COUNTERS, stages.clone()).await;
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    let changes = vec![create_flag("b"), patch_config(PRODUCTION, "b", on)];
    node.apply(changes).await.unwrap();
    let mut plan = document(stages);
    plan["flag"] = json!("b");
    plan["guards"] = json!([{"metric": "errors", "margin": {"relative": 0.1}}]);
    let draft = node.create(plan).await.unwrap();
    let other = node.send(&draft, Signal::Start).await.unwrap();
    node.watch(10).await;
    fake.change(|world| world.mood = Mood::Dumb);
    let meanwhile = async {
        while fake.queries().is_empty() {
            tokio::task::yield_now().await;
        }
        let sql = format!("UPDATE releases SET document = '{{}}' WHERE flag = '{FLAG}'");
        behind(&node.app, &sql).await;
    };
    let (asked, ()) = tokio::join!(sources.tick(), meanwhile);
    asked.unwrap();
    let mut tx = node.app.db.read().await.unwrap();
    for (id, kept) in [(odd.id, 0), (other.id, 1)] {
        let readings = store::source::of(&mut tx, id).await.unwrap();
        assert_eq!(readings.len(), kept);
    }
}

/// What Prometheus counted goes into the next window then: nothing of it is lost.
pub(super) async fn a_window_that_cannot_be_read_loses_no_answer(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (release, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    node.watch(10).await;
    sources.tick().await.unwrap();
    node.watch(40).await;
    let now = evidence::last(&node) + TimeDelta::seconds(10);
    let windows = json!([evidence::window(release.id, 0, now, (90, 10))]);
    evidence::send(&node, evidence::report(1, 1, windows)).await;
    behind(&node.app, "UPDATE release_windows SET candidate = '7'").await;
    sources.tick().await.unwrap();
    let mut tx = node.app.db.read().await.unwrap();
    let rows = store::evidence::page(&mut tx, release.id, None, 10);
    let (read, unread) = store::evidence::sorted(rows.await.unwrap());
    let unread: Vec<_> = unread.iter().map(|row| row.name.at).collect();
    assert_eq!(unread, [now]);
    let read: Vec<_> = read.iter().map(|row| row.name.at).collect();
    assert_eq!(read, [now + TimeDelta::seconds(10)]);
    drop(tx);
    assert!(counted(&node, release.id).await[0].0 > 0.0);
}

pub(super) async fn one_node_asks_at_a_time(mut node: Node) {
    let fake = Fake::start(&node, 1.0).await;
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let (_, mut sources) = guarded(&mut node, &fake, COUNTERS, stages).await;
    let mut other = Sources::new(node.app.clone());
    let mut rounds = 0;
    for _ in 0..16 {
        node.watch(10).await;
        let asked = fake.queries().len();
        if asked > 0 {
            other.tick().await.unwrap();
            assert_eq!(fake.queries().len(), asked, "the first has the lease");
        }
        sources.tick().await.unwrap();
        rounds += usize::from(fake.queries().len() > asked);
    }
    assert!(rounds >= 2, "it asks {rounds} times");
    sources.retire().await.unwrap();
    node.watch(20).await;
    let asked = fake.queries().len();
    other.tick().await.unwrap();
    assert!(fake.queries().len() > asked, "the other goes on");
}

pub(super) async fn metrics_with_a_source_make_sense_or_are_refused(node: Node) {
    let apply = |key, document| node.apply(vec![metric(key, document)]);
    let refused = mistakes(apply("a", asked(["requests", "errors"])).await);
    assert_eq!(
        refused,
        [(
            "/changes/0/document/source/prometheus/exposures".to_owned(),
            "no_variation".to_owned()
        )]
    );
    let mut objective = asked(["requests", "errors"]);
    objective["objective"] = json!(0.999);
    apply("availability", objective).await.unwrap();
    apply("errors", asked(COUNTERS)).await.unwrap();
    let mut wanted = document(json!([{"weight": 10, "min_bake": "1m"}, {"weight": 100}]));
    wanted["guards"] = json!([{"metric": "availability"}]);
    let refused = mistakes(node.create(wanted.clone()).await);
    assert_eq!(
        refused,
        [("/guards/0/metric".to_owned(), "no_variation".to_owned())]
    );
    wanted["guards"] = json!([{"metric": "errors"}]);
    let draft = node.create(wanted).await.unwrap();
    node.send(&draft, Signal::Start).await.unwrap();
    // While it lives the queries may be put right, and who counts may not change.
    apply("errors", asked(INCREASES)).await.unwrap();
    let refused = apply("errors", json!({"kind": "count"})).await.unwrap_err();
    assert!(refused.to_string().contains("errors"), "{refused}");
}

pub(super) async fn a_budget_that_burns_holds_until_it_does_not(mut node: Node) {
    // Three percent fail, in both arms: thirty times what 99.9 % leave.
    let fake = Fake::start(&node, 1.0).await;
    fake.change(|world| world.failing = 0.03);
    node.app.prometheus = Prometheus::open(&fake.settings()).unwrap().map(Arc::new);
    let mut objective = asked(INCREASES);
    objective["objective"] = json!(0.999);
    node.apply(vec![metric("availability", objective)])
        .await
        .unwrap();
    let mut guarded =
        document(json!([{"weight": 10, "min_bake": "1m"}, {"weight": 100, "watch": "1m"}]));
    guarded["guards"] = json!([{"slo": "availability"}]);
    let draft = node.create(guarded).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    let mut sources = Sources::new(node.app.clone());
    let burns = |release: &Release| holds(release, Hold::SloBurn);
    let (held, _) = until(&mut node, &mut sources, release.id, burns).await;
    let told = held.history.last().unwrap().evidence.clone().unwrap();
    assert_eq!(
        told["sources"]["burning"]["availability"]["how"], "fast",
        "{told}"
    );
    assert!(
        fake.queries()
            .iter()
            .any(|query| query.contains("[21600s]")),
        "{:?}",
        fake.queries()
    );
    fake.change(|world| world.failing = 0.0005);
    let (completed, _) = until(&mut node, &mut sources, release.id, |release| {
        release.state.is_over()
    })
    .await;
    assert_eq!(completed.state, State::Completed);
}

pub(super) async fn an_objective_of_what_programs_report_holds_too(mut node: Node) {
    node.apply(vec![metric(
        "availability",
        json!({"kind": "count", "objective": 0.99}),
    )])
    .await
    .unwrap();
    let mut guarded =
        document(json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]));
    guarded["guards"] = json!([{"slo": "errors"}]);
    let refused = mistakes(node.create(guarded.clone()).await);
    assert_eq!(
        refused,
        [("/guards/0/slo".to_owned(), "unknown_objective".to_owned())]
    );
    guarded["guards"] = json!([{"slo": "availability"}]);
    let draft = node.create(guarded).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    // Programs count it.
    let wanted = json!([{"key": "availability", "kind": "count"}]);
    assert_eq!(node.ruleset()["releases"][0]["metrics"], wanted);
    let mut sources = Sources::new(node.app.clone());
    let mut held_after = None;
    for tens in 1..=40 {
        node.watch(10).await;
        report(&node, &release, 0.2).await;
        sources.tick().await.unwrap();
        if holds(&node.get(release.id).await, Hold::SloBurn) {
            held_after.get_or_insert(10 * tens);
        }
    }
    // Not before there are five minutes of it.
    let held_after = held_after.unwrap();
    assert!(
        (300..=380).contains(&held_after),
        "held after {held_after} s"
    );
    // What it asks for is known to nobody: as if nobody answered.
    behind(
        &node.app,
        "UPDATE entities SET document = '{}' WHERE kind = 'metric'",
    )
    .await;
    node.watch(10).await;
    let held = node.get(release.id).await;
    assert!(holds(&held, Hold::ProviderDown), "{:?}", held.state);
    assert!(!holds(&held, Hold::SloBurn), "{:?}", held.state);
    let told = held.history.last().unwrap().evidence.clone().unwrap();
    let down = &told["sources"]["down"];
    assert_eq!(down[0]["metric"], "availability", "{told}");
    node.send(&held, Signal::Rollback).await.unwrap();
}

/// Reports ten seconds in which this part of the units failed, in both arms.
async fn report(node: &Node, release: &Release, failed: f64) {
    let second = node.clock.now().timestamp() - 10;
    let at = chrono::DateTime::from_timestamp(second - second.rem_euclid(10), 0).unwrap();
    let arm = |exposed: f64| json!({"exposed": exposed, "metrics": {"availability": {"events": exposed * failed}}});
    let windows = json!([{"release": release.id, "stage": 0, "at": at, "baseline": arm(900.0), "candidate": arm(100.0)}]);
    let report = Report {
        instance: Uuid::from_u128(7),
        sequence: u64::try_from(second).unwrap(),
        sent_at: None,
        windows: serde_json::from_value(windows).unwrap(),
    };
    let environment = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    let taken = node
        .app
        .usage
        .evidence(environment.environment_id, report)
        .await
        .unwrap();
    assert_eq!(taken.taken, 1, "{taken:?}");
}
