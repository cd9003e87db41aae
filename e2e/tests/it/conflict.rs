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
    save(&second).await?;

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
