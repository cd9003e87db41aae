//! A relay that is killed while SDKs hang on it: they go on, by another address or by what
//! they have, and the relay starts from its copy where even its upstream is away.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use serin_sdk::{Client, Context};
use std::time::Duration;

use crate::world::{
    Database, Line, PATIENCE, PRODUCTION, PROJECT, Relay, World, eventually, play, sees,
};

const FLAG: &str = "search";

#[tokio::test]
async fn a_relay_that_is_killed() {
    play("relay-killed", Database::Sqlite, kill).await;
}

async fn kill(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    set(world, true).await?;
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let line = Line::to(([127, 0, 0, 1], world.server.port()).into()).await?;
    let upstream = format!("http://127.0.0.1:{}", line.port());
    let relay = Relay::of(&upstream, &key).await?;
    let alone = world.sdk_at(&relay.url(), key.as_str()).await?;
    let with_another = Client::builder(relay.url(), key.as_str())
        .failover(world.server.url())
        .backoff(Duration::from_millis(50), Duration::from_millis(500))
        .build()?;
    with_another.ready_within(PATIENCE).await?;
    for sdk in [&alone, &with_another] {
        sees(sdk, "the flag is on", is_on).await?;
    }

    eventually("the relay has a copy", PATIENCE, async || {
        Ok(relay.has_copy().then_some(()))
    })
    .await?;
    relay.kill().await?;
    until(&alone, false).await?;
    set(world, false).await?;
    sees(&with_another, "the flag is off", |sdk| !is_on(sdk)).await?;
    ensure!(is_on(&alone), "it answers as before");

    // The relay comes back and nobody is there whom it could ask.
    line.cut();
    relay.restart().await?;
    until(&alone, true).await?;
    ensure!(is_on(&alone), "the copy is as old as what the SDK has");
    let late = world.sdk_at(&relay.url(), key.as_str()).await?;
    ensure!(is_on(&late), "one that comes now is served from the copy");

    line.open();
    for sdk in [&alone, &late] {
        sees(sdk, "the flag is off", |sdk| !is_on(sdk)).await?;
    }
    for sdk in [alone, late, with_another] {
        sdk.shutdown().await;
    }
    relay.kill().await
}

async fn until(sdk: &Client, connected: bool) -> Result<()> {
    let seen = sdk.when(|status| status.connected == connected);
    tokio::time::timeout(PATIENCE, seen)
        .await
        .with_context(|| format!("connected is not {connected}"))?;
    Ok(())
}

async fn set(world: &World, enabled: bool) -> Result<()> {
    let patch = json!({ "enabled": enabled, "off": "off", "default": { "variation": "on" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, patch).await
}

fn is_on(sdk: &Client) -> bool {
    sdk.bool(FLAG, &Context::new("user-1"), false)
}
