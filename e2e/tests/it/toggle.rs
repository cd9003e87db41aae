//! What everybody comes for: somebody switches a flag in the browser, and a program
//! somewhere else behaves differently.

use std::time::Instant;

use anyhow::{Result, ensure};
use serin_sdk::Context;

use crate::world::{Browser, DEVELOPMENT, Database, PRODUCTION, PROJECT, World, hook, play, sees};

#[tokio::test]
async fn a_flag_made_and_switched_in_the_browser_reaches_the_sdk() {
    play("toggle", Database::Sqlite, switch).await;
}

#[tokio::test]
async fn a_switch_reaches_the_sdk_on_postgres_too() {
    let Some(database) = Database::postgres().unwrap() else {
        return;
    };
    play("toggle-postgres", database, switch).await;
}

async fn switch(world: &World) -> Result<()> {
    world.project().await?;
    let sdk = world.sdk(PRODUCTION).await?;
    let elsewhere = world.sdk(DEVELOPMENT).await?;
    let user = Context::new("user-1");
    let browser = world.signed_in().await?;

    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags"))
        .await?;
    create_flag(&browser, "new-checkout").await?;
    sees(&sdk, "there is a flag", |sdk| {
        sdk.bool_detail("new-checkout", &user, true)
            .variation
            .is_some()
    })
    .await?;
    ensure!(!sdk.bool("new-checkout", &user, true), "a new flag is off");

    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags"))
        .await?;
    let toggle = format!(
        "{}[data-key='new-checkout'] {}",
        hook("flag-row"),
        hook("flag-toggle")
    );
    browser
        .attribute_is(&toggle, "aria-checked", "false")
        .await?;
    browser.click(&toggle).await?;
    // Production asks before it does.
    browser.click(&hook("dialog-confirm")).await?;
    let clicked = Instant::now();
    sees(&sdk, "the flag is on", |sdk| {
        sdk.bool("new-checkout", &user, false)
    })
    .await?;
    eprintln!("from the click to the SDK: {:?}", clicked.elapsed());
    browser
        .attribute_is(&toggle, "aria-checked", "true")
        .await?;
    ensure!(
        !elsewhere.bool("new-checkout", &user, true),
        "another environment is another matter"
    );

    // What somebody else does appears without a reload.
    world
        .api
        .configure(
            PROJECT,
            PRODUCTION,
            "new-checkout",
            serde_json::json!({ "enabled": false }),
        )
        .await?;
    browser
        .attribute_is(&toggle, "aria-checked", "false")
        .await?;
    sees(&sdk, "the flag is off again", |sdk| {
        !sdk.bool("new-checkout", &user, true)
    })
    .await?;
    Ok(())
}

/// Makes a boolean flag in the dialog of the flag list.
async fn create_flag(browser: &Browser, key: &str) -> Result<()> {
    browser.click(&hook("new-flag")).await?;
    browser.fill(&hook("new-flag-key"), key).await?;
    browser.click(&hook("dialog-confirm")).await?;
    browser.gone(&hook("dialog")).await
}
