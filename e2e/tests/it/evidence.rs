//! Evidence through real processes: what two programs count, of which one comes by way of a
//! relay, is summed by arm and stage, each unit once, although the server is killed under them.
//!
//! It takes some seconds more than others, since relays report every ten.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;
use serin_sdk::{Client, Context};

use crate::world::{
    Database, PATIENCE, PRODUCTION, PROJECT, Relay, World, eventually, play_with, sees,
};

const FLAG: &str = "checkout";
const STAGES: [u32; 4] = [20, 40, 60, 80];
/// How many people come to each program in each stage.
const UNITS: u32 = 300;
/// One of so many has an error.
const ONE_OF: u32 = 7;

/// By stage and variation: exposures, events and values.
type Sums = BTreeMap<(usize, &'static str), (u32, u32, u32)>;

#[tokio::test]
async fn evidence_outlives_its_server_and_counts_once() {
    // However slow this machine is, nothing comes too late.
    play_with(
        "evidence",
        Database::Sqlite,
        &["--evidence-grace", "120"],
        count,
    )
    .await;
}

async fn count(world: &World) -> Result<()> {
    let id = begin(world).await?;
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let relay = Relay::of(&world.server.url(), &key).await?;
    let programs = [
        ("direct", program(&world.server.url(), &key).await?),
        ("relayed", program(&relay.url(), &key).await?),
    ];
    let direct = &programs[0].1;
    let mut revision = direct.status().revision;
    signal(world, &id, "start").await?;
    let mut counted = Sums::new();
    for stage in 0..STAGES.len() {
        sees(direct, "the next stage", |sdk| {
            sdk.status().revision > revision
        })
        .await?;
        revision = direct.status().revision;
        for (name, sdk) in &programs {
            sees(sdk, "the same stage", |sdk| {
                sdk.status().revision == revision
            })
            .await?;
            (0..UNITS).for_each(|number| visit(sdk, (name, stage, number), &mut counted));
        }
        if stage + 1 == STAGES.len() {
            break;
        }
        signal(world, &id, "advance").await?;
        // Programs close what they counted when they hear of the next stage. In some rounds
        // the server dies before it hears of it, in others while it does.
        if stage % 2 == 1 {
            sees(direct, "the next stage", |sdk| {
                sdk.status().revision > revision
            })
            .await?;
        }
        world.server.kill().await?;
        world.server.restart().await?;
    }
    for (_, sdk) in &programs {
        sdk.shutdown().await;
    }
    let mut last = Sums::new();
    eventually("all is there, and once", PATIENCE, async || {
        last = sums(world, &id).await?;
        Ok((last == counted).then_some(()))
    })
    .await
    .with_context(|| format!("{last:?} where {counted:?} were counted"))?;
    relay.kill().await
}

/// A flag with a release that people lead, and which the evidence does not end.
async fn begin(world: &World) -> Result<String> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let off = json!({ "enabled": true, "default": { "variation": "off" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, off).await?;
    let create = |key: &str, kind: &str| json!({ "kind": "metric", "key": key, "action": "create", "document": { "kind": kind } });
    let metrics = json!([create("errors", "count"), create("latency", "value")]);
    world.api.change(PROJECT, metrics).await?;
    let stages: Vec<Value> = STAGES
        .iter()
        .chain([&100])
        .map(|weight| json!({ "weight": weight }))
        .collect();
    let document = json!({
        "flag": FLAG, "baseline": "off", "candidate": "on", "stages": stages,
        "policy": { "alpha": 1e-9 },
        "guards": [
            { "metric": "errors", "margin": { "relative": 1.0 } },
            { "metric": "latency", "margin": { "relative": 1.0 } },
        ],
    });
    let draft = world
        .api
        .post(&paths::releases(PROJECT, PRODUCTION), document)
        .await?;
    Ok(draft["id"].as_str().context("no id")?.to_owned())
}

async fn signal(world: &World, id: &str, signal: &str) -> Result<()> {
    let path = paths::release(PROJECT, PRODUCTION, id);
    // The runner may move it from one phase to the next in between.
    eventually(signal, PATIENCE, async || {
        let epoch = &world.api.get(&path).await?["epoch"];
        let body = json!({ "signal": signal, "epoch": epoch });
        let signals = paths::release_signals(PROJECT, PRODUCTION, id);
        world.api.post(&signals, body).await.map(Some)
    })
    .await
    .map(drop)
}

async fn program(url: &str, key: &str) -> Result<Client> {
    let client = Client::builder(url, key)
        .telemetry_interval(Duration::from_millis(200))
        .backoff(Duration::from_millis(50), Duration::from_millis(500))
        .build()?;
    client.ready_within(PATIENCE).await?;
    Ok(client)
}

/// Somebody comes to a program, and perhaps has an error.
fn visit(sdk: &Client, who: (&str, usize, u32), counted: &mut Sums) {
    let (name, stage, number) = who;
    let user = Context::new(format!("{name}-{stage}-{number}"));
    let served = if sdk.bool(FLAG, &user, false) {
        "on"
    } else {
        "off"
    };
    let sum = counted.entry((stage, served)).or_default();
    sum.0 += 1;
    if number.is_multiple_of(ONE_OF) {
        sdk.track("errors", &user);
        sum.1 += 1;
    }
    sdk.record("latency", &user, 100.0 + f64::from(number));
    sum.2 += 1;
}

/// What the server has.
async fn sums(world: &World, id: &str) -> Result<Sums> {
    let path = format!(
        "{}/windows?limit=200",
        paths::release(PROJECT, PRODUCTION, id)
    );
    let page = world.api.get(&path).await?;
    let mut sums = Sums::new();
    for window in page["items"].as_array().context("no windows")? {
        let stage = usize::try_from(window["stage"].as_u64().context("no stage")?)?;
        for (arm, variation) in [("baseline", "off"), ("candidate", "on")] {
            let arm = &window[arm];
            let number = |value: &Value| value.as_u64().unwrap_or(0) as u32;
            let values = arm["metrics"]["latency"]["histogram"].as_object();
            let values = values.into_iter().flat_map(|buckets| buckets.values());
            let sum = sums.entry((stage, variation)).or_default();
            sum.0 += number(&arm["exposed"]);
            sum.1 += number(&arm["metrics"]["errors"]["events"]);
            sum.2 += values.map(number).sum::<u32>();
        }
    }
    ensure!(!sums.is_empty(), "no windows yet");
    Ok(sums)
}
