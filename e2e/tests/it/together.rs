//! Several flags switched together in production: asked once, one entry in the history.

use anyhow::{Result, ensure};

use crate::world::{Database, PATIENCE, PRODUCTION, PROJECT, World, eventually, hook, play};

#[tokio::test]
async fn several_flags_are_switched_by_one_change_set() {
    play("together", Database::Sqlite, together).await;
}

async fn together(world: &World) -> Result<()> {
    world.project().await?;
    for key in ["alpha", "beta", "gamma"] {
        world.api.create_flag(PROJECT, key).await?;
    }
    let browser = world.signed_in().await?;
    // What is looked for is in the address.
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags?q=a&state=off"))
        .await?;
    for key in ["alpha", "gamma"] {
        let row = format!("{}[data-key='{key}']", hook("flag-row"));
        browser
            .click(&format!("{row} {}", hook("flag-choose")))
            .await?;
    }
    browser.click(&hook("bulk-on")).await?;
    browser.click(&hook("dialog-confirm")).await?;
    // They are on, and so no longer among those that are off.
    for key in ["alpha", "gamma"] {
        let row = format!("{}[data-key='{key}']", hook("flag-row"));
        browser.gone(&row).await?;
    }
    browser.gone(&hook("bulk-bar")).await?;
    let history = format!("/api/v1/change-sets?project={PROJECT}&environment={PRODUCTION}");
    let newest = world.api.get(&history).await?["items"][0].clone();
    let changed: Vec<_> = newest["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|change| (change["key"].clone(), change["after"]["enabled"].clone()))
        .collect();
    ensure!(
        changed == [("alpha".into(), true.into()), ("gamma".into(), true.into())],
        "{newest}"
    );
    browser.fill(&hook("flag-search"), "bet").await?;
    eventually("the address follows", PATIENCE, async || {
        let search = browser.script("return location.search").await?;
        Ok((search == "?q=bet&state=off").then_some(()))
    })
    .await
}
