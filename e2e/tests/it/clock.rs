//! The machine's clock is set, forward and back, under a server that runs. People and
//! programs that know a date may see another one; nothing stops, nobody is locked out.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::json;
use serin_api::paths;
use serin_sdk::{Client, Context};

use crate::world::{
    Api, Database, Faults, PATIENCE, PRODUCTION, PROJECT, World, eventually, play, sees,
};

const FLAG: &str = "search";
const RELEASED: &str = "checkout";
const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_clock_that_is_set() {
    play("clock", Database::Sqlite, set_the_clock).await;
}

async fn set_the_clock(world: &World) -> Result<()> {
    let faults = Faults::new()?;
    world.server.restart_under(&faults).await?;
    prepare(world).await?;
    let sdk = world.sdk(PRODUCTION).await?;
    let page = page(&world.api).await?;
    evaluates(&page).await?;

    let mut last = written_at(&world.api, "at first").await?;
    for (day, ahead) in [("tomorrow", true), ("yesterday", false)] {
        if ahead {
            faults.clock_ahead(DAY)?;
        } else {
            faults.clock_behind(DAY)?;
        }
        let at = written_at(&world.api, day).await?;
        ensure!((at > last) == ahead, "it is {at}, and was {last} before");
        last = at;
        evaluates(&page).await?;
        for enabled in [false, true] {
            set(world, enabled).await?;
            sees(&sdk, day, |sdk| is_on(sdk) == enabled).await?;
        }
    }
    ensure!(sdk.status().reconnects == 0, "its stream was never lost");

    // Killed on the day ahead in the middle of a stage, and started again on its own day:
    // the release does not wait for that day.
    faults.clock_ahead(DAY)?;
    let release = start_release(&world.api).await?;
    let path = paths::release(PROJECT, PRODUCTION, &release);
    eventually("the stage bakes", PATIENCE, async || {
        let release = world.api.get(&path).await?;
        Ok((release["baked_ms"].as_u64() > Some(0)).then_some(()))
    })
    .await?;
    world.server.kill().await?;
    faults.clock_ahead(Duration::ZERO)?;
    world.server.restart().await?;
    eventually("the release ends", PATIENCE, async || {
        let release = world.api.get(&path).await?;
        Ok((release["state"] == "completed").then_some(()))
    })
    .await?;
    sees(&sdk, "everybody has it", |sdk| {
        (0..100).all(|unit| sdk.bool(RELEASED, &Context::new(format!("user-{unit}")), false))
    })
    .await?;
    let verified = world.server.run(&["audit", "verify"]).await?;
    ensure!(verified.status.success(), "the audit log verifies");
    sdk.shutdown().await;
    Ok(())
}

async fn prepare(world: &World) -> Result<()> {
    world.project().await?;
    for flag in [FLAG, RELEASED] {
        world.api.create_flag(PROJECT, flag).await?;
    }
    let off = json!({ "enabled": true, "default": { "variation": "off" } });
    world
        .api
        .configure(PROJECT, PRODUCTION, RELEASED, off)
        .await?;
    set(world, true).await
}

async fn set(world: &World, enabled: bool) -> Result<()> {
    let patch = json!({ "enabled": enabled, "off": "off", "default": { "variation": "on" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, patch).await
}

/// A client with a key that has a rate.
async fn page(api: &Api) -> Result<Api> {
    let body = json!({ "name": "end to end", "kind": "client" });
    let key = api.post(&paths::keys(PROJECT, PRODUCTION), body).await?;
    let secret = key["secret"].as_str().context("a key without its secret")?;
    Ok(api.with_token(secret))
}

async fn evaluates(page: &Api) -> Result<()> {
    let context = json!({ "context": { "targetingKey": "user-1" } });
    let (status, answer) = page
        .send(Method::POST, paths::OFREP_BULK, Some(context))
        .await?;
    ensure!(status == StatusCode::OK, "{status} {answer}");
    Ok(())
}

/// Writes, and says what time it was by the server.
async fn written_at(api: &Api, text: &str) -> Result<String> {
    let document = json!({ "description": text });
    let change = json!([{ "kind": "flag", "key": FLAG, "action": "patch", "document": document }]);
    let set = api.change(PROJECT, change).await?;
    let at = set["applied_at"].as_str().context("no time")?;
    Ok(at.to_owned())
}

async fn start_release(api: &Api) -> Result<String> {
    let document = json!({
        "flag": RELEASED, "baseline": "off", "candidate": "on",
        "stages": [{ "weight": 50, "min_bake": "3s" }, { "weight": 100 }],
    });
    let draft = api
        .post(&paths::releases(PROJECT, PRODUCTION), document)
        .await?;
    let id = draft["id"].as_str().context("a release without an id")?;
    let start = json!({ "signal": "start", "epoch": draft["epoch"] });
    api.post(&paths::release_signals(PROJECT, PRODUCTION, id), start)
        .await?;
    Ok(id.to_owned())
}

fn is_on(sdk: &Client) -> bool {
    sdk.bool(FLAG, &Context::new("user-1"), false)
}
