//! Two people edit the same flag. The second one is told, and loses nothing.

use anyhow::{Result, ensure};
use serde_json::json;
use serin_api::paths;

use crate::world::{Browser, Database, PRODUCTION, PROJECT, World, hook, play};

const FLAG: &str = "new-checkout";

#[tokio::test]
async fn the_second_of_two_edits_is_told_of_the_first() {
    play("conflict", Database::Sqlite, collide).await;
}

async fn collide(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let split = json!({
        "enabled": true,
        "default": { "split": { "weights": { "on": 10_000, "off": 90_000 } } },
    });
    world
        .api
        .configure(PROJECT, PRODUCTION, FLAG, split)
        .await?;
    let (first, second) = (world.signed_in().await?, world.signed_in().await?);
    for browser in [&first, &second] {
        browser
            .open(&format!("/{PROJECT}/{PRODUCTION}/flags/{FLAG}"))
            .await?;
    }
    edit(&first, "20").await?;
    edit(&second, "30").await?;
    save(&first).await?;
    // It is told before it saves anything.
    second.find(".save-problem").await?;
    second.click(&hook("save-review")).await?;
    second.find(&hook("conflict")).await?;
    let config = world
        .api
        .get(&paths::flag_config(PROJECT, PRODUCTION, FLAG))
        .await?;
    ensure!(
        config["default"]["split"]["weights"]["on"] == 20_000,
        "the first edit stands: {config}"
    );
    let number = second.find(&number()).await?;
    ensure!(
        number.property("value").await? == "30",
        "the second edit is not lost"
    );
    settle(world, &second).await
}

/// What is chosen is reviewed against what stands by now, and then saved.
async fn settle(world: &World, second: &Browser) -> Result<()> {
    second.click(&hook("conflict-mine")).await?;
    second.click(&hook("dialog-confirm")).await?;
    second.gone(&hook("conflict")).await?;
    let list = second.find(".review-list").await?;
    let said = list.property("innerText").await?.to_string();
    ensure!(
        said.contains("on for 20\u{202f}% → on for 30\u{202f}%") && said.contains("10\u{202f}%"),
        "{said}"
    );
    second.click(&hook("save-confirm")).await?;
    second.click(&hook("dialog-confirm")).await?;
    second.gone(&hook("save-bar")).await?;
    let config = world
        .api
        .get(&paths::flag_config(PROJECT, PRODUCTION, FLAG))
        .await?;
    ensure!(
        config["default"]["split"]["weights"]["on"] == 30_000,
        "{config}"
    );
    Ok(())
}

async fn edit(browser: &Browser, percent: &str) -> Result<()> {
    browser.fill(&number(), percent).await?;
    browser.find(&hook("save-bar")).await?;
    Ok(())
}

async fn save(browser: &Browser) -> Result<()> {
    browser.click(&hook("save-review")).await?;
    browser.fill(&hook("save-comment"), "an edit").await?;
    browser.click(&hook("save-confirm")).await?;
    // Production asks once more.
    browser.click(&hook("dialog-confirm")).await
}

fn number() -> String {
    format!("{}[data-variation='on']", hook("weight-number"))
}
