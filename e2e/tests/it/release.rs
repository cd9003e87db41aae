//! A staged release, led from the browser and watched from the SDK: the same people at
//! every stage, and only ever more of them, until it is rolled back.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use serin_api::paths;
use serin_sdk::{Client, Context};

use crate::world::{
    Browser, Database, PATIENCE, PRODUCTION, PROJECT, World, eventually, hook,
    keyboard::{ENTER, Keyboard},
    play, sees,
};

const UNITS: u32 = 20_000;
const FLAG: &str = "new-checkout";

#[tokio::test]
async fn a_release_led_from_the_browser_moves_the_sdk_stage_by_stage() {
    play("release", Database::Sqlite, lead).await;
}

async fn lead(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let off = json!({ "enabled": true, "default": { "variation": "off" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, off).await?;
    let sdk = world.sdk(PRODUCTION).await?;
    let browser = world.signed_in().await?;
    draft(world, &browser).await?;
    state_is(&browser, "draft").await?;
    ensure!(on(&sdk).is_empty(), "a draft changes nothing");

    press(&browser, "start").await?;
    share_is(&sdk, 10.0).await?;
    stage_is(&browser, 0).await?;
    let first = on(&sdk);

    pause_while_asked(world, &browser).await?;
    state_is(&browser, "paused").await?;
    ensure!(on(&sdk) == first, "a pause leaves everybody where they are");
    press(&browser, "resume").await?;
    state_is(&browser, "running").await?;

    advance_by_keyboard(&browser).await?;
    share_is(&sdk, 50.0).await?;
    stage_is(&browser, 1).await?;
    ensure!(
        first.is_subset(&on(&sdk)),
        "the people of the first stage stay in"
    );

    press(&browser, "rollback").await?;
    state_is(&browser, "rolled_back").await?;
    sees(&sdk, "everybody is back", |sdk| on(sdk).is_empty()).await?;
    let config = world
        .api
        .get(&paths::flag_config(PROJECT, PRODUCTION, FLAG))
        .await?;
    ensure!(
        config["default"] == json!({ "variation": "off" }),
        "the site is as it was: {config}"
    );
    Ok(())
}

/// Writes a guarded release in the form: a template, and a guard beside it.
async fn draft(world: &World, browser: &Browser) -> Result<()> {
    let metric = json!({ "key": "checkout-errors", "kind": "count" });
    world.api.post(&paths::metrics(PROJECT), metric).await?;
    let template = json!({
        "key": "by-hand", "name": "By hand",
        "stages": [{ "weight": 10 }, { "weight": 50 }, { "weight": 100 }],
    });
    world
        .api
        .post(&paths::release_templates(PROJECT), template)
        .await?;
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/releases/new?flag={FLAG}"))
        .await?;
    Keyboard(browser)
        .choose(&hook("new-release-template"), "By hand")
        .await?;
    browser.click(&hook("add-guard")).await?;
    let metric = hook("guard-metric");
    browser.fill(&metric, "checkout-err").await?;
    browser.press(&metric, ENTER).await?;
    browser.click(&hook("release-save")).await?;
    let guard = format!("{}[data-metric='checkout-errors']", hook("forecast-guard"));
    browser.find(&guard).await?;
    let releases = world.api.get(&paths::releases(PROJECT, PRODUCTION)).await?;
    let document = &releases["items"][0]["document"];
    ensure!(
        document["guards"]
            == json!([{ "metric": "checkout-errors", "bad": "up", "margin": { "relative": 0.05, "absolute": 0.0005 }, "require_safe": 0.5 }]),
        "what was typed is what is written: {document}"
    );
    Ok(())
}

/// Somebody else pauses while a dialog asks whether to go on: it says so, and does nothing.
async fn pause_while_asked(world: &World, browser: &Browser) -> Result<()> {
    browser.click(&hook("release-advance")).await?;
    browser.find(&hook("dialog-confirm")).await?;
    let releases = world.api.get(&paths::releases(PROJECT, PRODUCTION)).await?;
    let release = &releases["items"][0];
    let id = release["id"].as_str().context("no id")?;
    let pause = json!({ "signal": "pause", "epoch": release["epoch"] });
    world
        .api
        .post(&paths::release_signals(PROJECT, PRODUCTION, id), pause)
        .await?;
    browser.find(&hook("dialog-overtaken")).await?;
    ensure!(
        browser
            .shows(&format!("{}:disabled", hook("dialog-confirm")))
            .await?,
        "what was asked is offered no more"
    );
    browser.click(&hook("dialog-cancel")).await?;
    browser.gone(&hook("dialog")).await
}

/// Enter twice in production advances nothing; with a reason it does.
async fn advance_by_keyboard(browser: &Browser) -> Result<()> {
    let keyboard = Keyboard(browser);
    keyboard.activate(&hook("release-advance"), ENTER).await?;
    let reason = hook("release-reason");
    eventually("the dialog begins at the reason", PATIENCE, async || {
        Ok(keyboard.is_on(&reason).await?.then_some(()))
    })
    .await?;
    keyboard.press(ENTER).await?;
    ensure!(
        browser.shows(&hook("dialog")).await?,
        "the same key twice is no decision"
    );
    stage_is(browser, 0).await?;
    keyboard.press("well").await?;
    keyboard.press(ENTER).await?;
    browser.gone(&hook("dialog")).await
}

/// Presses a button of the release page, and answers what production asks.
async fn press(browser: &Browser, signal: &str) -> Result<()> {
    browser.click(&hook(&format!("release-{signal}"))).await?;
    browser.click(&hook("dialog-confirm")).await?;
    browser.gone(&hook("dialog")).await
}

async fn state_is(browser: &Browser, state: &str) -> Result<()> {
    browser
        .attribute_is(&hook("release-state"), "data-state", state)
        .await
}

async fn stage_is(browser: &Browser, stage: usize) -> Result<()> {
    let stage = format!("{}[data-stage='{stage}']", hook("release-stage"));
    browser.attribute_is(&stage, "data-state", "current").await
}

async fn share_is(sdk: &Client, percent: f64) -> Result<()> {
    sees(sdk, &format!("{percent} % are on"), |sdk| {
        let share = 100.0 * on(sdk).len() as f64 / f64::from(UNITS);
        // More than five standard deviations of so many units.
        (share - percent).abs() < 2.0
    })
    .await
}

fn on(sdk: &Client) -> BTreeSet<u32> {
    let snapshot = sdk.snapshot();
    let on = |unit: &u32| {
        let user = Context::new(format!("user-{unit}"));
        snapshot.evaluate(FLAG, &user).variation == Some("on")
    };
    (0..UNITS).filter(on).collect()
}
