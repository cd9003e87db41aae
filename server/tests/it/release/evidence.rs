//! Evidence: from reports to rows that a judge can read.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
    evidence::Accepted,
    paths,
};
use serin_engine::release::{Signal, evidence::Window};
use serin_server::{
    app::App,
    clock::Clock as _,
    service::{
        Error, Paging,
        evidence::{self, Report},
        usage::Sink as _,
    },
    store,
};
use uuid::Uuid;

use super::node::{Node, PRODUCTION, PROJECT, by_time, document};
use crate::{
    harness::{ADMIN_TOKEN, behind, create_flag, patch_config},
    web::{NO_LIMITS, Web},
};

/// When the window that just ended began.
pub(super) fn last(node: &Node) -> DateTime<Utc> {
    let second = node.clock.now().timestamp() - 10;
    DateTime::from_timestamp(second - second.rem_euclid(10), 0).unwrap()
}

pub(super) fn window(release: Uuid, stage: usize, at: DateTime<Utc>, seen: (u32, u32)) -> Value {
    json!({
        "release": release, "stage": stage, "at": at,
        "baseline": {"exposed": seen.0, "first": 1}, "candidate": {"exposed": seen.1, "first": 0},
    })
}

pub(super) fn report(instance: u128, sequence: u64, windows: Value) -> Report {
    Report {
        instance: Uuid::from_u128(instance),
        sequence,
        sent_at: None,
        windows: serde_json::from_value(windows).unwrap(),
    }
}

pub(super) async fn send(node: &Node, report: Report) -> Accepted {
    let id = environment(&node.app);
    node.app.usage.evidence(id, report).await.unwrap()
}

pub(super) fn environment(app: &App) -> Uuid {
    app.publisher
        .find(PROJECT, PRODUCTION)
        .unwrap()
        .environment_id
}

/// What the judge gets of windows that are complete by now.
pub(super) async fn judged(app: &App, release: Uuid, now: DateTime<Utc>) -> Vec<Window> {
    let mut tx = app.db.read().await.unwrap();
    let row = store::release::find(&mut tx, environment(app), release)
        .await
        .unwrap()
        .unwrap();
    let until = store::evidence::complete_until(now, app.evidence_grace);
    store::evidence::windows(&mut tx, &row, None, until)
        .await
        .unwrap()
        .0
}

pub(super) fn seen(windows: &[Window]) -> Vec<(usize, f64, f64)> {
    windows
        .iter()
        .map(|window| {
            (
                window.stage,
                window.baseline.exposed,
                window.candidate.exposed,
            )
        })
        .collect()
}

pub(super) async fn reports_of_many_instances_are_summed_and_count_once(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(60);
    let at = last(&node);
    let earlier = at - TimeDelta::seconds(10);
    for instance in 1..=3 {
        let windows = json!([
            window(release.id, 0, at, (90, 10)),
            window(release.id, 0, earlier, (9, 1))
        ]);
        let accepted = send(&node, report(instance, 4, windows.clone())).await;
        assert_eq!((accepted.taken, accepted.duplicate), (2, false));
        for sequence in [4, 3] {
            let again = send(&node, report(instance, sequence, windows.clone())).await;
            assert_eq!((again.taken, again.duplicate), (0, true));
        }
    }
    let now = node.clock.now();
    assert_eq!(
        judged(&node.app, release.id, now).await,
        [],
        "others may still report"
    );
    let windows = judged(&node.app, release.id, now + TimeDelta::seconds(30)).await;
    assert_eq!(seen(&windows), [(0, 27.0, 3.0), (0, 270.0, 30.0)]);
    assert_eq!(windows[1].at.as_millis(), at.timestamp_millis());
    assert_eq!(
        (windows[1].weight, windows[1].baseline.first),
        (0.1, Some(3.0))
    );
    assert_eq!(windows[1].release, Some(release.id.to_string()));

    // What was answered is on the disk: a node that is started beside sees it.
    let another = node.another(now, 9).await;
    let there = judged(&another.app, release.id, now + TimeDelta::seconds(30)).await;
    assert_eq!(there, windows);
    another.app.shutdown().await;
}

pub(super) async fn many_reports_at_once_lose_nothing(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(60);
    let at = last(&node);
    let another = node.another(node.clock.now(), 9).await;
    let reports = (0..40).map(|instance| {
        let app = if instance % 2 == 0 {
            &node.app
        } else {
            &another.app
        };
        let report = report(instance, 1, json!([window(release.id, 0, at, (9, 1))]));
        app.usage.evidence(environment(app), report)
    });
    let accepted = futures_util::future::join_all(reports).await;
    assert!(
        accepted
            .into_iter()
            .all(|accepted| accepted.unwrap().taken == 1)
    );
    let later = node.clock.now() + TimeDelta::seconds(60);
    let windows = judged(&node.app, release.id, later).await;
    assert_eq!(seen(&windows), [(0, 360.0, 40.0)]);
    another.app.shutdown().await;
}

/// As after a step back to an older version.
pub(super) async fn a_release_that_cannot_be_read_keeps_out_its_own_evidence_alone(node: Node) {
    let release = node.started(by_time()).await;
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    let changes = vec![create_flag("b"), patch_config(PRODUCTION, "b", on)];
    node.apply(changes).await.unwrap();
    let plan = json!({"flag": "b", "baseline": "off", "candidate": "on", "stages": by_time()});
    let draft = node.create(plan).await.unwrap();
    let odd = node.send(&draft, Signal::Start).await.unwrap();
    let sql = "UPDATE releases SET document = '{}' WHERE flag = 'b'";
    behind(&node.app, sql).await;
    node.sleep(60);
    let at = last(&node);
    let good = || window(release.id, 0, at, (90, 10));
    let bad = || window(odd.id, 0, at, (90, 10));
    // At once, so that they are written together.
    let (one, other, both) = tokio::join!(
        send(&node, report(1, 1, json!([bad(), bad()]))),
        send(&node, report(2, 1, json!([good()]))),
        send(&node, report(3, 1, json!([bad(), good()]))),
    );
    let fates = [one, other, both].map(|accepted| (accepted.taken, accepted.refused));
    assert_eq!(fates, [(0, 2), (1, 0), (1, 1)]);
    let now = node.clock.now() + TimeDelta::seconds(30);
    let windows = judged(&node.app, release.id, now).await;
    assert_eq!(seen(&windows), [(0, 180.0, 20.0)]);
}

pub(super) async fn what_comes_after_the_judgement_is_late(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(60);
    let at = last(&node);
    send(
        &node,
        report(1, 1, json!([window(release.id, 0, at, (9, 1))])),
    )
    .await;
    for until in [at, at - TimeDelta::seconds(20)] {
        let id = release.id;
        let close = node.app.writer.run(move |work| {
            Box::pin(async move { Ok(store::evidence::close(&mut work.tx, id, until).await?) })
        });
        close.await.unwrap();
    }
    let next = at + TimeDelta::seconds(10);
    let windows = json!([
        window(release.id, 0, at, (900, 100)),
        window(release.id, 0, next, (9, 1))
    ]);
    let accepted = send(&node, report(2, 1, windows)).await;
    assert_eq!((accepted.taken, accepted.late), (1, 1));
    let later = node.clock.now() + TimeDelta::seconds(60);
    let windows = judged(&node.app, release.id, later).await;
    assert_eq!(
        seen(&windows),
        [(0, 9.0, 1.0), (0, 9.0, 1.0)],
        "what was judged stays"
    );
    let mut tx = node.app.db.read().await.unwrap();
    let rows = store::evidence::page(&mut tx, release.id, None, 10)
        .await
        .unwrap();
    let (rows, _) = store::evidence::sorted(rows);
    assert_eq!(
        rows.iter().map(|row| row.counted.late).collect::<Vec<_>>(),
        [1, 0]
    );
}

/// Neither in memory of it nor in what is exported: a replay begins where the release did.
pub(super) async fn what_was_measured_before_the_start_is_none_of_the_release(node: Node) {
    node.sleep(7);
    let release = node.started(by_time()).await;
    let second = node.clock.now().timestamp();
    let first = DateTime::from_timestamp(second - second.rem_euclid(10), 0).unwrap();
    let before = first - TimeDelta::seconds(10);
    let windows = json!([
        window(release.id, 0, before, (900, 100)),
        window(release.id, 0, first, (9, 1)),
    ]);
    let accepted = send(&node, report(1, 1, windows.clone())).await;
    assert_eq!((accepted.taken, accepted.late, accepted.refused), (1, 1, 0));
    // And once it was judged until then, when all of it is late.
    node.sleep(60);
    let id = release.id;
    let close = node.app.writer.run(move |work| {
        Box::pin(async move { Ok(store::evidence::close(&mut work.tx, id, first).await?) })
    });
    close.await.unwrap();
    assert_eq!(send(&node, report(2, 1, windows)).await.late, 2);
    let mut tx = node.app.db.read().await.unwrap();
    let rows = store::evidence::page(&mut tx, release.id, None, 10)
        .await
        .unwrap();
    let (rows, _) = store::evidence::sorted(rows);
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.name.at, row.counted.late))
        .collect();
    assert_eq!(
        rows,
        [(first, 3)],
        "each is counted as late, and none is a window of before"
    );
}

/// What came too late alone is counted as late, and is no window that anybody judged.
pub(super) async fn a_window_that_was_only_late_is_not_listed(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(60);
    let at = last(&node);
    let id = release.id;
    let close = node.app.writer.run(move |work| {
        Box::pin(async move { Ok(store::evidence::close(&mut work.tx, id, at).await?) })
    });
    close.await.unwrap();
    let next = at + TimeDelta::seconds(10);
    let windows = json!([window(id, 0, at, (9, 1)), window(id, 0, next, (9, 1))]);
    let accepted = send(&node, report(1, 1, windows)).await;
    assert_eq!((accepted.taken, accepted.late), (1, 1));
    let paging = Paging {
        cursor: None,
        limit: None,
    };
    let page = evidence::windows(&node.app, &node.actor, PROJECT, PRODUCTION, id, &paging);
    let listed = page.await.unwrap().items;
    assert_eq!(seen(&listed), [(0, 9.0, 1.0)]);
    assert_eq!(listed[0].at.as_millis(), next.timestamp_millis());
}

pub(super) async fn windows_of_nothing_are_refused(node: Node) {
    let release = node.started(by_time()).await;
    let draft = node.create(document(by_time())).await.unwrap();
    node.sleep(60);
    let at = last(&node);
    let windows = json!([
        window(Uuid::from_u128(99), 0, at, (9, 1)),
        window(draft.id, 0, at, (9, 1)),
        window(release.id, 1, at, (9, 1)),
        window(release.id, 0, at + TimeDelta::minutes(5), (9, 1)),
        window(release.id, 0, at - TimeDelta::hours(2), (9, 1)),
        {"release": release.id, "stage": 0, "at": at, "baseline": {"exposed": -9}, "candidate": {"exposed": 1}},
        window(release.id, 0, at, (9, 1)),
    ]);
    let accepted = send(&node, report(1, 1, windows)).await;
    assert_eq!((accepted.taken, accepted.refused), (1, 6));
    // Another environment's key says nothing of this one's releases.
    let development = node.app.publisher.find(PROJECT, "development").unwrap();
    let foreign = report(2, 1, json!([window(release.id, 0, at, (900, 100))]));
    let id = development.environment_id;
    assert_eq!(
        node.app.usage.evidence(id, foreign).await.unwrap().refused,
        1
    );
    let many = vec![window(release.id, 0, at, (1, 1)); 2001];
    let many = report(3, 1, json!(many));
    let refused = node.app.usage.evidence(environment(&node.app), many).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));

    node.sleep(1);
    node.send(&release, Signal::Rollback).await.unwrap();
    node.sleep(60);
    let after = last(&node);
    let windows = json!([
        window(release.id, 0, at, (9, 1)),
        window(release.id, 0, after, (9, 1))
    ]);
    let accepted = send(&node, report(1, 2, windows)).await;
    assert_eq!(
        (accepted.taken, accepted.refused),
        (1, 1),
        "what was seen until the end"
    );
    let later = node.clock.now() + TimeDelta::seconds(60);
    assert_eq!(
        seen(&judged(&node.app, release.id, later).await),
        [(0, 18.0, 2.0)]
    );
}

pub(super) async fn old_evidence_is_put_together(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(600);
    let end = last(&node);
    let windows: Vec<Value> = (0..30)
        .map(|back| window(release.id, 0, end - TimeDelta::seconds(10 * back), (9, 1)))
        .collect();
    send(&node, report(1, 1, json!(windows))).await;
    let paging = Paging {
        cursor: None,
        limit: Some(500),
    };
    let page = || {
        evidence::windows(
            &node.app,
            &node.actor,
            PROJECT,
            PRODUCTION,
            release.id,
            &paging,
        )
    };
    node.app.usage.compact().await.unwrap();
    assert_eq!(page().await.unwrap().items.len(), 30, "of this week");
    node.clock.advance(TimeDelta::days(9));
    node.app.usage.compact().await.unwrap();
    let hours = page().await.unwrap().items;
    assert!(hours.len() <= 2 && !hours.is_empty());
    let sum: f64 = hours.iter().map(|window| window.baseline.exposed).sum();
    assert_eq!(sum, 270.0);
    node.clock.advance(TimeDelta::days(100));
    node.app.usage.compact().await.unwrap();
    let days = page().await.unwrap().items;
    assert_eq!(
        days.iter()
            .map(|window| window.candidate.exposed)
            .sum::<f64>(),
        30.0
    );
    assert!(days.iter().all(|day| day.at.as_millis() % 86_400_000 == 0));
    node.clock.advance(TimeDelta::days(800));
    node.app.usage.compact().await.unwrap();
    assert!(page().await.unwrap().items.is_empty());
}

pub(super) async fn evidence_over_http(node: Node) {
    let release = node.started(by_time()).await;
    node.sleep(60);
    let at = last(&node);
    let mut web = Web::start(&node.app, NO_LIMITS);
    let admin = web.anyone.bearer(ADMIN_TOKEN);
    let key = async |kind: &str| {
        let body = json!({"name": kind, "kind": kind});
        let key = admin
            .post(&paths::keys(PROJECT, PRODUCTION), &body)
            .await
            .expect(201)
            .json();
        web.anyone.bearer(key["secret"].as_str().unwrap())
    };
    let server = key("server").await;
    let events = |sequence: u64, windows: Value| json!({"instance": Uuid::from_u128(5), "sequence": sequence, "windows": windows});
    let body = events(
        1,
        json!([
            window(release.id, 0, at, (9, 1)),
            window(release.id, 0, at - TimeDelta::seconds(10), (9, 1))
        ]),
    );
    key("client")
        .await
        .post(paths::SDK_EVENTS, &body)
        .await
        .fails("forbidden");
    let answer = server
        .post(paths::SDK_EVENTS, &body)
        .await
        .expect(202)
        .json();
    assert_eq!(
        answer,
        json!({"taken": 2, "late": 0, "refused": 0, "duplicate": false})
    );
    let again = server
        .post(paths::SDK_EVENTS, &body)
        .await
        .expect(202)
        .json();
    assert_eq!(again["duplicate"], true);
    let mut bad = window(release.id, 0, at, (9, 1));
    bad["candidate"]["metrics"] = json!({"errors": {"events": 2}});
    let bad = events(
        2,
        json!([
            window(release.id, 0, at, (9, 1)),
            bad,
            window(release.id, 0, at + TimeDelta::days(1), (9, 1))
        ]),
    );
    let error = server.post(paths::SDK_EVENTS, &bad).await.fails("invalid");
    let places: Vec<&Value> = error["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|detail| &detail["path"])
        .collect();
    assert_eq!(
        places,
        ["/windows/1/candidate/metrics/errors", "/windows/2/at"]
    );

    let path = paths::release_windows(PROJECT, PRODUCTION, &release.id.to_string());
    web.anyone.get(&path).await.fails("unauthenticated");
    let first = admin
        .get(&format!("{path}?limit=1"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            first["items"].as_array().unwrap().len(),
            &first["items"][0]["weight"]
        ),
        (1, &json!(0.1))
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin
        .get(&format!("{path}?limit=1&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&second["items"][0]["at"], second.get("next_cursor")),
        (&json!(at.format("%Y-%m-%dT%H:%M:%SZ").to_string()), None)
    );
    admin
        .get(&format!("{path}?cursor=x"))
        .await
        .fails("bad_request");
    let lines = admin
        .with("accept", "application/x-ndjson")
        .get(&format!("{path}?limit=1"))
        .await
        .expect(200);
    assert_eq!(
        (
            lines.header("content-type"),
            lines.header("serin-next-cursor")
        ),
        ("application/x-ndjson", cursor)
    );
    let line: Value = serde_json::from_slice(&lines.body).unwrap();
    assert_eq!(line, first["items"][0]);
    let metrics =
        String::from_utf8(web.anyone.get("/metrics").await.expect(200).body.to_vec()).unwrap();
    assert!(
        metrics.contains("serin_evidence_windows_total{outcome=\"taken\"} 2"),
        "{metrics}"
    );
    web.stop().await;
}

fn edit(key: &str, action: Action, document: Option<Value>) -> Vec<Change> {
    vec![Change {
        kind: EntityKind::Metric,
        environment: None,
        key: key.to_owned(),
        action,
        document,
        version: None,
    }]
}

pub(super) async fn guards_say_what_is_counted_and_keep_their_metrics(node: Node) {
    for (key, kind) in [
        ("errors", "count"),
        ("latency", "value"),
        ("orders", "count"),
    ] {
        node.metric(key, kind).await;
    }
    let mut guarded = document(by_time());
    guarded["guards"] = json!([
        {"metric": "errors", "bad": "up", "margin": {"relative": 0.05}},
        {"metric": "latency", "bad": "up", "margin": {"relative": 0.05}},
    ]);
    let draft = node.create(guarded).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    let wanted = json!([{"key": "errors", "kind": "count"}, {"key": "latency", "kind": "value"}]);
    assert_eq!(node.ruleset()["releases"][0]["metrics"], wanted);

    node.sleep(60);
    let at = last(&node);
    let mut told = window(release.id, 0, at, (9, 1));
    told["candidate"]["metrics"] = json!({"errors": {"events": 1}, "latency": {"histogram": {"104": 3}}, "orders": {"events": 1}});
    for instance in 1..=2 {
        send(&node, report(instance, 1, json!([told]))).await;
    }
    let later = node.clock.now() + TimeDelta::seconds(60);
    let windows = judged(&node.app, release.id, later).await;
    let kept = serde_json::to_value(&windows[0].candidate.metrics).unwrap();
    assert_eq!(
        kept,
        json!({"errors": {"events": 2}, "latency": {"histogram": {"104": 6}}})
    );

    for (action, document) in [
        (Action::Delete, None),
        (Action::Patch, Some(json!({"kind": "value"}))),
    ] {
        let refused = node.apply(edit("errors", action, document)).await;
        let Err(Error::InUse { uses, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(uses[0].by, format!("release:{}", release.id));
    }
    node.apply(edit(
        "errors",
        Action::Patch,
        Some(json!({"name": "Errors"})),
    ))
    .await
    .unwrap();
    node.apply(edit("orders", Action::Delete, None))
        .await
        .unwrap();
    node.send(&release, Signal::Rollback).await.unwrap();
    node.apply(edit("errors", Action::Delete, None))
        .await
        .unwrap();
}
