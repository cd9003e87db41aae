//! What a release is going to take, and where metrics are used: over HTTP.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use serin_api::{paths, release::Release};
use serin_engine::release::Signal;
use serin_server::{
    clock::Clock as _,
    service::{evidence::Report, usage::Sink as _},
    store,
};
use uuid::Uuid;

use super::node::{FLAG, Node, PRODUCTION, PROJECT, document};
use crate::{
    harness::ADMIN_TOKEN,
    web::{Client, NO_LIMITS, Web},
};

/// One percent, half and everybody, judged by errors and by latency.
fn planned() -> Value {
    let mut planned = document(json!([
        {"weight": 1, "min_bake": "10m"},
        {"weight": 50, "min_bake": "10m"},
        {"weight": 100, "watch": "1h"},
    ]));
    planned["guards"] = json!([{"metric": "errors", "require_safe": 0.5}, {"metric": "latency"}]);
    planned
}

async fn forecast(client: &Client) -> Value {
    forecast_of(client, &planned()).await
}

async fn forecast_of(client: &Client, planned: &Value) -> Value {
    let path = paths::release_plan(PROJECT, PRODUCTION);
    client.post(&path, planned).await.expect(200).json()
}

/// Six windows of a minute that just ended: 100 units and a half percent of errors in each.
async fn counted(node: &Node, release: &Release) {
    let second = node.clock.now().timestamp();
    let window = |index: i64| {
        let begin = second - second.rem_euclid(10) - 10 * index;
        let at: DateTime<Utc> = DateTime::from_timestamp(begin, 0).unwrap();
        json!({"release": release.id, "stage": 0, "at": at,
            "baseline": {"exposed": 800, "metrics": {"errors": {"events": 4}}}, "candidate": {"exposed": 200}})
    };
    let windows: Vec<Value> = (2..8).map(window).collect();
    let report = Report {
        instance: Uuid::from_u128(7),
        sequence: 1,
        sent_at: None,
        windows: serde_json::from_value(json!(windows)).unwrap(),
    };
    let environment = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    let taken = node.app.usage.evidence(environment.environment_id, report);
    assert_eq!(taken.await.unwrap().taken, 6);
}

pub(super) async fn a_forecast_comes_from_what_was_counted_last(node: Node) {
    node.metric("errors", "count").await;
    node.metric("latency", "value").await;
    let mut web = Web::start(&node.app, NO_LIMITS);
    let admin = web.anyone.bearer(ADMIN_TOKEN);
    let nothing = forecast(&admin).await;
    assert_eq!(nothing.get("traffic"), None);
    let unknown = |forecast: &Value, guard: usize| -> Vec<Value> {
        let stages = forecast["guards"][guard]["stages"].as_array().unwrap();
        stages
            .iter()
            .map(|stage| stage["unknown"].clone())
            .collect()
    };
    assert_eq!(unknown(&nothing, 0), ["traffic", "traffic", "one_arm"]);

    let mut guarded = document(json!([{"weight": 20, "min_bake": "10m"}, {"weight": 100}]));
    guarded["guards"] = json!([{"metric": "errors"}]);
    let draft = node.create(guarded).await.unwrap();
    let release = node.send(&draft, Signal::Start).await.unwrap();
    node.sleep(120);
    counted(&node, &release).await;
    let known = forecast(&admin).await;
    assert_eq!(
        known["traffic"],
        json!({"units_per_minute": 6000.0, "source": "windows"})
    );
    let errors = &known["guards"][0];
    assert_eq!(
        (&errors["rate"], &errors["counted_for"]),
        (&json!(0.005), &json!(release.id))
    );
    let minutes = |stage: usize, member: &str| errors["stages"][stage][member].as_f64().unwrap();
    // A doubling from half a percent, at one percent of 6000 a minute, takes ten minutes or so
    // with half of the evidence going to the other guard.
    assert!(minutes(0, "found_in") > 10.0 * minutes(1, "found_in"));
    assert!(
        minutes(1, "found_in") > 0.5 && minutes(1, "safe_in") > 0.5,
        "{errors}"
    );
    assert_eq!(
        unknown(&known, 0),
        [Value::Null, Value::Null, json!("one_arm")]
    );
    assert_eq!(unknown(&known, 1), ["values", "values", "one_arm"]);
    // What is held against a limit is compared with nothing.
    let mut limited = planned();
    limited["guards"][0]["limit"] = json!(0.01);
    let limited = forecast_of(&admin, &limited).await;
    assert_eq!(unknown(&limited, 0), ["rate", "rate", "one_arm"]);

    let path = paths::release_plan(PROJECT, PRODUCTION);
    let odd = admin
        .post(&path, &json!({"flag": FLAG}))
        .await
        .fails("invalid");
    assert_eq!(odd["details"][0]["path"], "/baseline");
    let mut named = planned();
    named.as_object_mut().unwrap().remove("stages");
    named["template"] = json!("blue-green");
    let of_template = forecast_of(&admin, &named).await;
    assert_eq!(unknown(&of_template, 0), ["one_arm"]);
    named["template"] = json!("none");
    let odd = admin.post(&path, &named).await.fails("invalid");
    assert_eq!(odd["details"][0]["path"], "/template");
    assert_eq!(odd["details"].as_array().map(Vec::len), Some(1));
    web.anyone
        .post(&path, &planned())
        .await
        .fails("unauthenticated");
    web.stop().await;
}

pub(super) async fn evaluations_say_how_many_come_where_nothing_was_counted(node: Node) {
    node.metric("errors", "count").await;
    let environment = node.app.publisher.find(PROJECT, PRODUCTION).unwrap();
    let mut tx = node.app.db.write().await.unwrap();
    let count = store::usage::Count {
        flag: FLAG.to_owned(),
        variation: "off".to_owned(),
        hour: node.clock.now(),
        count: 144_000,
    };
    store::usage::add(&mut tx, environment.environment_id, &count)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut web = Web::start(&node.app, NO_LIMITS);
    let known = forecast(&web.anyone.bearer(ADMIN_TOKEN)).await;
    assert_eq!(
        known["traffic"],
        json!({"units_per_minute": 100.0, "source": "evaluations"})
    );
    assert_eq!(known["guards"][0]["stages"][0]["unknown"], "rate");
    web.stop().await;
}

pub(super) async fn metrics_say_what_they_judge(node: Node) {
    node.metric("errors", "count").await;
    node.metric("latency", "value").await;
    node.metric("unused", "count").await;
    let mut web = Web::start(&node.app, NO_LIMITS);
    let admin = web.anyone.bearer(ADMIN_TOKEN);
    let uses = async || {
        let path = paths::metric_uses(PROJECT);
        admin.get(&path).await.expect(200).json()["metrics"].clone()
    };
    assert_eq!(uses().await, json!({}));
    let draft = node.create(planned()).await.unwrap();
    let template =
        json!({"name": "Guarded", "stages": [{"weight": 100}], "guards": [{"metric": "errors"}]});
    admin
        .put(&paths::release_template(PROJECT, "guarded"), &template)
        .await
        .expect(201);
    let used =
        |live: bool| json!({"id": draft.id, "environment": PRODUCTION, "flag": FLAG, "live": live});
    assert_eq!(
        uses().await,
        json!({
            "errors": {"releases": [used(false)], "templates": ["guarded"]},
            "latency": {"releases": [used(false)], "templates": []},
        })
    );
    let live = node.send(&draft, Signal::Start).await.unwrap();
    assert_eq!(uses().await["latency"]["releases"], json!([used(true)]));
    assert_eq!(
        serde_json::to_value(&live.guards).unwrap(),
        json!([{"metric": "errors", "standing": "no_data"}, {"metric": "latency", "standing": "no_data"}])
    );
    node.send(&live, Signal::Rollback).await.unwrap();
    assert_eq!(uses().await["latency"], Value::Null);
    web.anyone
        .get(&paths::metric_uses(PROJECT))
        .await
        .fails("unauthenticated");
    web.stop().await;
}
