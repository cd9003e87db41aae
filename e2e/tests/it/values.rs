//! A flag whose values have a schema: made from the values, narrowed, filled in by a form,
//! and not lost by leaving the page.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::world::{
    Browser, DEVELOPMENT, Database, PATIENCE, PROJECT, World, eventually, hook, play,
};

const SCHEMA: &str = r#"{"type":"object","properties":{"limit":{"type":"integer","maximum":100},"mode":{"enum":["fast","safe"]}},"required":["limit"]}"#;
/// The limit of the first variation.
const LIMIT: &str = "[data-at='/variations/0/value/limit']";

#[tokio::test]
async fn values_are_filled_in_by_the_form_of_their_schema() {
    play("values", Database::Sqlite, values).await;
}

async fn values(world: &World) -> Result<()> {
    world.project().await?;
    let small = json!({ "limit": 5, "mode": "fast" });
    let large = json!({ "limit": 50, "mode": "safe" });
    let document = json!({
        "type": "object",
        "variations": [{ "key": "small", "value": small }, { "key": "large", "value": large }],
    });
    let create =
        json!([{ "kind": "flag", "key": "limits", "action": "create", "document": document }]);
    world.api.change(PROJECT, create).await?;
    let browser = world.signed_in().await?;
    let list = format!("/{PROJECT}/{DEVELOPMENT}/flags");
    browser.open(&list).await?;
    browser
        .click(&format!(
            "{}[data-key='limits'] .flag-link",
            hook("flag-row")
        ))
        .await?;

    browser.click(&hook("schema-make")).await?;
    browser.find(&hook("value-form")).await?;
    browser.fill(&hook("schema-text"), SCHEMA).await?;
    let limit = format!("{LIMIT} textarea");
    browser.fill(&limit, "1.").await?;
    says(&browser, "whole number").await?;
    ensure!(
        !browser
            .find(&hook("save-review"))
            .await?
            .is_enabled()
            .await?,
        "what is half typed cannot be saved"
    );
    browser.fill(&limit, "500").await?;
    says(&browser, "maximum of 100").await?;
    browser.fill(&limit, "7").await?;
    says(&browser, "").await?;
    browser.click(&hook("save-review")).await?;
    browser.click(&hook("save-confirm")).await?;
    browser.gone(&hook("save-bar")).await?;
    let flag = world
        .api
        .get(&format!("/api/v1/projects/{PROJECT}/flags/limits"))
        .await?;
    ensure!(
        flag["variations"][0]["value"] == json!({ "limit": 7, "mode": "fast" }),
        "the value is what was typed: {flag}"
    );
    ensure!(flag["schema"]["required"] == json!(["limit"]), "{flag}");

    leave(&browser, &limit, &list).await
}

/// Leaving asks, by a link and by going back.
async fn leave(browser: &Browser, limit: &str, list: &str) -> Result<()> {
    browser.fill(limit, "8").await?;
    browser
        .click(&format!("a[aria-current='page'][href='{list}']"))
        .await?;
    browser.find(&hook("leave")).await?;
    browser
        .click(&format!("{} {}", hook("leave"), hook("dialog-cancel")))
        .await?;
    browser.gone(&hook("leave")).await?;
    browser.script("history.back()").await?;
    browser.find(&hook("leave")).await?;
    let path = browser.script("return location.pathname").await?;
    ensure!(
        path == format!("{list}/limits"),
        "it stays where it was: {path}"
    );
    browser
        .click(&format!("{} {}", hook("leave"), hook("dialog-confirm")))
        .await?;
    eventually("the list is back", PATIENCE, async || {
        let path = browser.script("return location.pathname").await?;
        Ok((path == list).then_some(()))
    })
    .await?;
    browser.find(&hook("flag-row")).await.map(drop)
}

/// Waits until that is said of the limit.
async fn says(browser: &Browser, words: &str) -> Result<()> {
    let script = format!("return document.querySelector(\"{LIMIT} .field-error\").textContent");
    eventually(&format!("{words:?} is said"), PATIENCE, async || {
        let said = browser.script(&script).await?;
        let said = said.as_str().unwrap_or_default();
        Ok((if words.is_empty() {
            said.is_empty()
        } else {
            said.contains(words)
        })
        .then_some(()))
    })
    .await
}
