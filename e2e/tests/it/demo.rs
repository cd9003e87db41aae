//! The demo that `cargo xtask run` starts: there is something on every page.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;
use serin_sdk::Context;

use crate::world::{DEMO_KEY, Database, PATIENCE, PRODUCTION, World, eventually, play_with};

const PROJECT: &str = "demo";
const CHECKOUT: &str = "new-checkout";

#[tokio::test]
async fn the_demo_has_flags_a_release_and_traffic_to_show() {
    play_with("demo", Database::Sqlite, &["--demo"], look_around).await;
}

async fn look_around(world: &World) -> Result<()> {
    let sdk = world.sdk_with(DEMO_KEY).await?;
    ensure!(
        sdk.flags().len() >= 17,
        "16 imported flags and one of its own: {}",
        sdk.flags().len()
    );
    let user = Context::new("user-1");
    for _ in 0..100 {
        ensure!(
            sdk.number("cartFailure", &user, -1.0) == 0.0,
            "as the flag file has it"
        );
    }
    // Delivers what was counted.
    sdk.shutdown().await;
    let usage = paths::usage(PROJECT, PRODUCTION);
    eventually("the evaluations are counted", PATIENCE, async || {
        let usage = world.api.get(&usage).await?;
        Ok((usage["flags"]["cartFailure"]["variations"]["off"] == json!(100)).then_some(()))
    })
    .await?;

    let releases = world.api.get(&paths::releases(PROJECT, PRODUCTION)).await?;
    let running =
        |release: &Value| release["state"] == "running" && release["document"]["flag"] == CHECKOUT;
    ensure!(
        releases["items"]
            .as_array()
            .is_some_and(|all| all.iter().any(running)),
        "a running release: {releases}"
    );

    // A start on the same data finds the demo there already.
    world.server.kill().await?;
    world.server.restart().await?;
    let again = world.api.get(&paths::releases(PROJECT, PRODUCTION)).await?;
    ensure!(
        again["items"].as_array().map(Vec::len) == Some(1),
        "still one release: {again}"
    );
    Ok(())
}
