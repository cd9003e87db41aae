//! A percentage rollout set in the browser is what the SDK serves, and raising it takes
//! nobody out.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::json;
use serin_sdk::{Client, Context};

use crate::world::{ARROW_RIGHT, Browser, Database, PRODUCTION, PROJECT, World, hook, play, sees};

const UNITS: u32 = 100_000;
const FLAG: &str = "new-checkout";

#[tokio::test]
async fn a_quarter_set_in_the_browser_is_a_quarter_in_the_sdk() {
    play("share", Database::Sqlite, raise).await;
}

async fn raise(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let sdk = world.sdk(PRODUCTION).await?;
    let split = json!({
        "enabled": true,
        "default": { "split": { "weights": { "on": 10_000, "off": 90_000 } } },
    });
    world
        .api
        .configure(PROJECT, PRODUCTION, FLAG, split)
        .await?;
    sees(&sdk, "a tenth is on", |sdk| near(on(sdk).len(), 10.0)).await?;
    let tenth = on(&sdk);

    let browser = world.signed_in().await?;
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags/{FLAG}"))
        .await?;
    slide(&browser, 15).await?;
    save(&browser, "25 %").await?;
    sees(&sdk, "a quarter is on", |sdk| near(on(sdk).len(), 25.0)).await?;
    let quarter = on(&sdk);
    ensure!(
        tenth.is_subset(&quarter),
        "raising a share takes nobody out"
    );

    let number = format!("{}[data-variation='on']", hook("weight-number"));
    browser.fill(&number, "50").await?;
    save(&browser, "50 %").await?;
    sees(&sdk, "a half is on", |sdk| near(on(sdk).len(), 50.0)).await?;
    ensure!(
        quarter.is_subset(&on(&sdk)),
        "raising a share takes nobody out"
    );
    Ok(())
}

/// Pushes the slider of `on` so many percent to the right.
async fn slide(browser: &Browser, percent: usize) -> Result<()> {
    let slider = format!("{}[data-variation='on']", hook("weight-slider"));
    browser.press(&slider, &ARROW_RIGHT.repeat(percent)).await
}

/// Saves as production asks one to.
async fn save(browser: &Browser, comment: &str) -> Result<()> {
    browser.click(&hook("save-review")).await?;
    browser.fill(&hook("save-comment"), comment).await?;
    browser.click(&hook("save-confirm")).await?;
    // Production asks once more.
    browser.click(&hook("dialog-confirm")).await?;
    browser.gone(&hook("dialog")).await
}

fn on(sdk: &Client) -> BTreeSet<u32> {
    // One revision for all of them.
    let snapshot = sdk.snapshot();
    let on = |unit: &u32| {
        let user = Context::new(format!("user-{unit}"));
        snapshot.evaluate(FLAG, &user).variation == Some("on")
    };
    (0..UNITS).filter(on).collect()
}

fn near(count: usize, percent: f64) -> bool {
    let share = 100.0 * count as f64 / f64::from(UNITS);
    (share - percent).abs() <= 0.5
}
