//! While the server is away, SDKs answer from what they have; when it is back they
//! follow again.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use serin_sdk::Context;

use crate::world::{Database, PATIENCE, PRODUCTION, PROJECT, World, play, sees};

#[tokio::test]
async fn an_sdk_outlives_its_server() {
    play("away", Database::Sqlite, outlive).await;
}

async fn outlive(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, "search").await?;
    world
        .api
        .configure(PROJECT, PRODUCTION, "search", json!({ "enabled": true }))
        .await?;
    let sdk = world.sdk(PRODUCTION).await?;
    let user = Context::new("user-1");
    ensure!(sdk.bool("search", &user, false), "the flag is on");
    let known = sdk.status().revision;

    world.server.kill().await?;
    tokio::time::timeout(PATIENCE, sdk.when(|status| !status.connected))
        .await
        .context("the SDK does not notice")?;
    ensure!(sdk.bool("search", &user, false), "on, as it was");
    ensure!(sdk.status().revision == known, "the revision, as it was");
    ensure!(
        sdk.status().last_error.is_some(),
        "the SDK says that something is wrong"
    );

    world.server.restart().await?;
    tokio::time::timeout(PATIENCE, sdk.when(|status| status.connected))
        .await
        .context("the SDK does not come back")?;
    ensure!(sdk.bool("search", &user, false), "still on");
    world
        .api
        .configure(PROJECT, PRODUCTION, "search", json!({ "enabled": false }))
        .await?;
    sees(&sdk, "the flag is off", |sdk| {
        !sdk.bool("search", &user, true)
    })
    .await?;
    sdk.shutdown().await;
    Ok(())
}
