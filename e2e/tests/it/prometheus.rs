//! A release that is judged by what a real Prometheus counted: nobody reports anything to Serin.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;

use crate::world::{
    Database, PATIENCE, PRODUCTION, PROJECT, Prometheus, World, eventually, play_with,
};

/// A tenth gets the candidate, of which a fifth fail; of the others half a percent.
const RATES: &[(&str, f64)] = &[
    (r#"requests_total{variation="off",code="200"}"#, 895.5),
    (r#"requests_total{variation="off",code="500"}"#, 4.5),
    (r#"requests_total{variation="on",code="200"}"#, 80.0),
    (r#"requests_total{variation="on",code="500"}"#, 20.0),
];

#[tokio::test]
async fn prometheus_is_a_source() {
    let prometheus = Prometheus::start(RATES)
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let options = ["--prometheus-url", prometheus.url()];
    play_with("prometheus", Database::Sqlite, &options, async |world| {
        judged(world, prometheus.url())
            .await
            .with_context(|| format!("scraping {}", prometheus.target()))
    })
    .await;
}

async fn judged(world: &World, prometheus: &str) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, "checkout").await?;
    let on = json!({"enabled": true, "default": {"variation": "off"}});
    world
        .api
        .configure(PROJECT, PRODUCTION, "checkout", on)
        .await?;
    let metric = |key: &str, document: Value| json!({"kind": "metric", "key": key, "action": "create", "document": document});
    let errors = json!({
        // Counters, whose increase Serin works out.
        "exposures": r#"requests_total{variation="{{variation}}"}"#,
        "events": r#"requests_total{variation="{{variation}}",code=~"5.."}"#,
        "window": "5s",
    });
    let availability = json!({
        // Increases, which Prometheus works out.
        "exposures": "sum(increase(requests_total[{{window}}]))",
        "events": "sum(increase(requests_total{code=~\"5..\"}[{{window}}]))",
    });
    let metrics = json!([
        metric(
            "errors",
            json!({"kind": "count", "source": {"prometheus": errors}})
        ),
        metric(
            "availability",
            json!({"kind": "count", "objective": 0.9999, "source": {"prometheus": availability}})
        ),
    ]);
    world.api.change(PROJECT, metrics).await?;
    let document = json!({
        "flag": "checkout", "baseline": "off", "candidate": "on",
        "guards": [{"metric": "errors", "margin": {"relative": 0.1}}, {"slo": "availability"}],
        "stages": [{"weight": 10, "min_bake": "1h"}, {"weight": 100, "watch": "1h"}],
    });
    let draft = world
        .api
        .post(&paths::releases(PROJECT, PRODUCTION), document)
        .await?;
    let id = draft["id"].as_str().context("an id")?;
    // Before its second look Prometheus knows of no increase, an objective is asked for once in half
    // a minute, and for what was there two seconds ago.
    let query = "sum(increase(requests_total%5B1m%5D%20offset%203s))";
    let increase = format!("{prometheus}/api/v1/query?query={query}");
    eventually("Prometheus looked twice", PATIENCE, async || {
        let answer: Value = reqwest::get(&increase).await?.json().await?;
        let value = answer["data"]["result"][0]["value"][1].as_str();
        let value = value.and_then(|value| value.parse::<f64>().ok());
        Ok(value.filter(|value| *value > 0.0).map(drop))
    })
    .await?;
    let start = json!({"signal": "start", "epoch": 0});
    world
        .api
        .post(&paths::release_signals(PROJECT, PRODUCTION, id), start)
        .await?;

    // The budget burns a hundred times too fast, in both arms together.
    let path = paths::release(PROJECT, PRODUCTION, id);
    eventually("the objective holds it", PATIENCE, async || {
        let release = world.api.get(&path).await?;
        let holds = release["holds"].as_array().cloned().unwrap_or_default();
        Ok(holds.contains(&json!("slo_burn")).then_some(()))
    })
    .await?;
    // What both arms had, in the proportions of the target.
    let windows = paths::release_windows(PROJECT, PRODUCTION, id);
    let counter = eventually("both arms are counted", PATIENCE, async || {
        let page = world.api.get(&windows).await?;
        let of = |window: &Value, arm: &str| {
            Some(window[arm]["metrics"]["errors"].get("counter")?.clone())
        };
        let items = page["items"].as_array().cloned().unwrap_or_default();
        Ok(items
            .iter()
            .find_map(|window| Some([of(window, "baseline")?, of(window, "candidate")?])))
    })
    .await?;
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let [baseline, candidate] = &counter;
    let share = |counter: &Value| number(&counter["events"]) / number(&counter["exposed"]);
    ensure!((share(candidate) - 0.2).abs() < 0.03, "{counter:?}");
    ensure!((share(baseline) - 0.005).abs() < 0.002, "{counter:?}");
    let ratio = number(&baseline["exposed"]) / number(&candidate["exposed"]);
    ensure!((ratio - 9.0).abs() < 0.3, "{counter:?}");
    Ok(())
}
