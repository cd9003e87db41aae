//! Editing a flag that is off: half of a rule is no outage, edits are tried as if the flag
//! were on, they outlive what others save, and what was dropped comes back.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;

use crate::world::{
    Browser, DEVELOPMENT, Database, PATIENCE, PROJECT, World, eventually, hook,
    keyboard::{ENTER, Keyboard},
    play,
};

const FLAG: &str = "ranking";

#[tokio::test]
async fn edits_of_a_flag_that_is_off_are_tried_and_kept() {
    play("editing", Database::Sqlite, edit).await;
}

async fn edit(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let browser = world.signed_in().await?;
    browser
        .open(&format!("/{PROJECT}/{DEVELOPMENT}/flags/{FLAG}"))
        .await?;
    let keyboard = Keyboard(&browser);

    // There is nothing to count in half a rule, and it frightens nobody.
    browser.click(&hook("add-rule")).await?;
    reads(&browser, "impact-line", "once the edit is whole").await?;
    reads(&browser, "preview-left-out", "left out: rule 1").await?;

    values(&browser, keyboard).await?;

    // As if it were on, which it is not.
    browser.fill(&hook("clause-attribute"), "age").await?;
    reads(&browser, "preview-source", "once on").await?;
    reads(&browser, "impact-line", "Once it is on: ").await?;
    browser.click(&hook("preview-as-if-on")).await?;
    reads(&browser, "preview-answer", "The flag is off.").await?;

    // Somebody else saves another part while a schema is typed.
    browser.click(&hook("schema-write")).await?;
    let half = "{\"type\": \"bool";
    browser.fill(&hook("schema-text"), half).await?;
    let config = json!({ "enabled": false, "off": "off", "default": { "variation": "off" } });
    world
        .api
        .configure(PROJECT, DEVELOPMENT, FLAG, config)
        .await?;
    browser.find(".ladder .arrived").await?;
    let kept = browser
        .find(&hook("schema-text"))
        .await?
        .property("value")
        .await?;
    ensure!(kept == half, "what was typed half is {kept}");

    // Cancel is taken back.
    browser.click(&hook("cancel-edits")).await?;
    browser.gone(&hook("save-bar")).await?;
    ensure!(!browser.shows(&hook("schema-text")).await?);
    focused(&browser).await?;
    browser.click(".toast-action").await?;
    browser.find(&hook("schema-text")).await?;
    ensure!(browser.shows(&hook("clause-value")).await?);
    browser.click(&hook("schema-remove")).await?;

    save_and_turn_on(&browser, keyboard).await?;
    let config = world
        .api
        .get(&paths::flag_config(PROJECT, DEVELOPMENT, FLAG))
        .await?;
    ensure!(config["enabled"] == true, "{config}");
    ensure!(config["default"]["variation"] == "off", "{config}");
    let values = &config["rules"][0]["when"]["values"];
    ensure!(*values == json!(["12", "18", "x"]), "{config}");
    Ok(())
}

/// More than one value, by keyboard and by mouse.
async fn values(browser: &Browser, keyboard: Keyboard<'_>) -> Result<()> {
    let operator = |name: &str| format!("{} option[value='{name}']", hook("clause-operator"));
    browser.click(&operator("lt")).await?;
    browser.fill(&hook("clause-value"), "12").await?;
    keyboard.press(ENTER).await?;
    at_value(browser, 1).await?;
    keyboard.press("18").await?;
    typed(browser, json!(["12", "18"])).await?;

    browser.click(&operator("matches")).await?;
    browser.click(&hook("clause-value-more")).await?;
    at_value(browser, 2).await?;
    keyboard.press("x").await?;
    typed(browser, json!(["12", "18", "x"])).await
}

/// Waits until the focus is in a value's field.
async fn at_value(browser: &Browser, index: usize) -> Result<()> {
    eventually(
        &format!("the focus is in value {index}"),
        PATIENCE,
        async || {
            let at = browser
                .script("return document.activeElement.dataset.at ?? ''")
                .await?;
            let ending = format!("/values/{index}");
            Ok(at
                .as_str()
                .is_some_and(|at| at.ends_with(&ending))
                .then_some(()))
        },
    )
    .await
}

/// Waits until the values are these.
async fn typed(browser: &Browser, wanted: Value) -> Result<()> {
    let script =
        "return [...document.querySelectorAll('[data-testid=clause-value]')].map(it => it.value)";
    eventually(&format!("the values are {wanted}"), PATIENCE, async || {
        Ok((browser.script(script).await? == wanted).then_some(()))
    })
    .await
}

/// The switch says that the edits are not part of it, and takes them along where one likes.
async fn save_and_turn_on(browser: &Browser, keyboard: Keyboard<'_>) -> Result<()> {
    // The page may stand so that the switch is below the bar at its top.
    browser.script("scrollTo(0, 0)").await?;
    browser.click(&hook("flag-toggle")).await?;
    reads(browser, "toggle-unsaved", "are not part of it").await?;
    browser.click(&hook("toggle-with-edits")).await?;
    reads(browser, "dialog", "turned on").await?;
    // The comment has the focus: Enter there is a line, and Tab goes on to the buttons.
    keyboard.fill(&hook("save-comment"), "on").await?;
    keyboard.activate(&hook("save-confirm"), ENTER).await?;
    browser.gone(&hook("save-bar")).await?;
    focused(browser).await
}

/// Waits until something on the page has the focus.
async fn focused(browser: &Browser) -> Result<()> {
    let script = "return document.activeElement.tagName";
    eventually("something has the focus", PATIENCE, async || {
        Ok((browser.script(script).await? != "BODY").then_some(()))
    })
    .await
}

/// Waits until something on the page contains words.
async fn reads(browser: &Browser, testid: &str, words: &str) -> Result<()> {
    let script = format!(
        "return (document.querySelector({})?.innerText ?? '').replace(/\\s+/g, ' ')",
        json!(hook(testid))
    );
    eventually(&format!("{testid} says {words:?}"), PATIENCE, async || {
        let text = browser.script(&script).await?;
        Ok(text
            .as_str()
            .is_some_and(|it| it.contains(words))
            .then_some(()))
    })
    .await
}
