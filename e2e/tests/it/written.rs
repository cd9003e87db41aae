//! What releases are made of, written in the browser without a mouse: a metric that Prometheus
//! counts, a template with a shadow stage, and a release from it that leads on elsewhere.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;

use crate::world::{
    ARROW_RIGHT, Browser, DEVELOPMENT, Database, PRODUCTION, PROJECT, World, hook,
    keyboard::{ENTER, Keyboard, SPACE},
    play,
};

const FLAG: &str = "new-pricing";

#[tokio::test]
async fn a_metric_a_template_and_a_release_are_written_by_keyboard() {
    play("written", Database::Sqlite, write).await;
}

async fn write(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let off = json!({ "enabled": true, "default": { "variation": "off" } });
    world.api.configure(PROJECT, DEVELOPMENT, FLAG, off).await?;
    let differs = json!({ "key": "pricing-differs", "kind": "count" });
    world.api.post(&paths::metrics(PROJECT), differs).await?;
    let browser = world.signed_in().await?;
    metric(world, &browser).await?;
    template(world, &browser).await?;
    release(world, &browser).await?;
    like_it(world, &browser).await
}

fn page(rest: &str) -> String {
    format!("/{PROJECT}/{DEVELOPMENT}/{rest}")
}

/// Errors that Prometheus counts; the server says that it knows none.
async fn metric(world: &World, browser: &Browser) -> Result<()> {
    browser.open(&page("metrics?new=1")).await?;
    let keyboard = Keyboard(browser);
    keyboard
        .fill(&hook("metric-name"), "Pricing errors")
        .await?;
    keyboard.tab_to(&hook("metric-source")).await?;
    keyboard.press(ARROW_RIGHT).await?;
    browser.find(&hook("no-prometheus")).await?;
    let all = r#"asked{v="{{variation}}"}"#;
    let failed = r#"failed{v="{{variation}}"}"#;
    keyboard.fill(&hook("metric-exposures"), all).await?;
    keyboard.fill(&hook("metric-events"), failed).await?;
    keyboard.fill(&hook("metric-objective"), "99.9").await?;
    keyboard.activate(&hook("dialog-confirm"), ENTER).await?;
    browser
        .find(&format!(
            "{}[data-key='pricing-errors']",
            hook("metric-row")
        ))
        .await?;
    let path = paths::metric(PROJECT, "pricing-errors");
    let written = world.api.get(&path).await?;
    ensure!(
        written["source"] == json!({ "prometheus": { "exposures": all, "events": failed } })
            && written["objective"] == 0.999,
        "what was typed is what is written: {written}"
    );
    Ok(())
}

/// The guard that limits what differs comes with the shadow stage; another one compares errors.
async fn template(world: &World, browser: &Browser) -> Result<()> {
    browser.open(&page("releases/new-template")).await?;
    let keyboard = Keyboard(browser);
    browser.find(&hook("stage-edit")).await?;
    keyboard.fill(&hook("template-name"), "Shadowed").await?;
    keyboard.activate(&hook("add-shadow"), SPACE).await?;
    let mismatch = hook("stage-mismatch");
    keyboard.tab_back_to(&mismatch).await?;
    keyboard.press(&format!("differs{ENTER}")).await?;
    let limit = format!("{} {}", hook("guard-edit"), hook("guard-limit"));
    keyboard.fill(&limit, "20").await?;
    keyboard.activate(&hook("add-guard"), SPACE).await?;
    let second = format!(
        "{}:nth-child(2) {}",
        hook("guard-edit"),
        hook("guard-metric")
    );
    keyboard.tab_back_to(&second).await?;
    keyboard.press(&format!("errors{ENTER}")).await?;
    keyboard.activate(&hook("release-save"), ENTER).await?;
    browser
        .find(&format!("{}[data-key='shadowed']", hook("template-row")))
        .await?;
    let path = paths::release_template(PROJECT, "shadowed");
    let written = world.api.get(&path).await?;
    ensure!(
        written["guards"] == guards() && written["stages"][0] == shadow(),
        "what was typed is what is written: {written}"
    );
    Ok(())
}

async fn release(world: &World, browser: &Browser) -> Result<()> {
    browser
        .open(&page(&format!("releases/new?flag={FLAG}")))
        .await?;
    let keyboard = Keyboard(browser);
    keyboard
        .choose(&hook("new-release-template"), "Shadowed")
        .await?;
    keyboard.activate(&hook("then-words"), ENTER).await?;
    keyboard.activate(&hook("add-then"), SPACE).await?;
    keyboard
        .choose(&hook("then-start"), "A person starts it")
        .await?;
    keyboard.activate(&hook("release-save"), ENTER).await?;
    browser
        .attribute_is(&hook("release-state"), "data-state", "draft")
        .await?;
    let all = world
        .api
        .get(&paths::releases(PROJECT, DEVELOPMENT))
        .await?;
    let document = &all["items"][0]["document"];
    ensure!(
        document["guards"] == guards()
            && document["stages"][0] == shadow()
            && document["then"] == json!({ "environment": PRODUCTION, "start": "manual" }),
        "what was typed is what is written: {document}"
    );
    Ok(())
}

/// The release is changed, which has a reason, and its plan becomes another template.
async fn like_it(world: &World, browser: &Browser) -> Result<()> {
    let keyboard = Keyboard(browser);
    keyboard.activate(&hook("release-edit"), ENTER).await?;
    keyboard.fill(&hook("edit-reason"), "as agreed").await?;
    keyboard.activate(&hook("release-save"), ENTER).await?;
    let edited = format!("{}[data-epoch='1']", hook("history-entry"));
    browser.find(&edited).await?;
    let said = "return document.querySelector('.history-reason')?.textContent";
    let said = browser.script(said).await?;
    ensure!(said == "as agreed", "the history says why: {said}");
    keyboard.activate(&hook("save-as-template"), ENTER).await?;
    keyboard.fill(&hook("template-name"), "Like it").await?;
    keyboard.activate(&hook("release-save"), ENTER).await?;
    let row = format!("{}[data-key='like-it']", hook("template-row"));
    browser.find(&row).await?;
    let path = paths::release_template(PROJECT, "like-it");
    let written = world.api.get(&path).await?;
    ensure!(
        written["guards"] == guards() && written["stages"][0] == shadow(),
        "what the release says is what is written: {written}"
    );
    Ok(())
}

fn guards() -> Value {
    json!([
        { "metric": "pricing-differs", "bad": "up", "require_safe": 1.0, "limit": 0.002 },
        { "metric": "pricing-errors", "bad": "up", "margin": { "relative": 0.05, "absolute": 0.0005 }, "require_safe": 0.5 },
    ])
}

fn shadow() -> Value {
    json!({ "weight": 10.0, "shadow": { "mismatch": "pricing-differs" }, "min_bake": "30m" })
}
