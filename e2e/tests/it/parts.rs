//! Pages whose code comes later: what happens where it does not come.

use anyhow::Result;

use crate::world::{Browser, Database, PATIENCE, PRODUCTION, PROJECT, World, eventually, play};

#[tokio::test]
async fn a_part_that_does_not_come_is_asked_for_again() {
    play("parts", Database::Sqlite, missing_part).await;
}

async fn missing_part(world: &World) -> Result<()> {
    world.project().await?;
    let browser = world.signed_in().await?;
    browser.refuse_files(&["*/split_*.wasm"]).await?;
    let flags = format!("/{PROJECT}/{PRODUCTION}/flags");
    browser.open(&flags).await?;
    browser.script("window.here = true").await?;
    // A server that brings the same UI: there is nothing to be gained from a reload.
    go_to(&browser, "releases").await?;
    browser.find("main [role=alert]").await?;
    assert!(stayed(&browser).await?, "the page was loaded anew");
    browser.refuse_files(&[]).await?;
    browser.click("main [role=alert] button").await?;
    browser.find("main h1").await?;

    // A server that brings another UI by now, as far as this page can tell.
    browser.refuse_files(&["*/split_*.wasm"]).await?;
    browser.open(&flags).await?;
    let upgrade = "window.here = true;
        document.querySelector('head script[src]').setAttribute('src', '/assets/boot-before.js')";
    browser.script(upgrade).await?;
    go_to(&browser, "audit").await?;
    eventually("the page is loaded anew", PATIENCE, async || {
        Ok((!stayed(&browser).await?).then_some(()))
    })
    .await?;
    // It is the page that was asked for, and it says that it lacks its part.
    browser.find("main [role=alert]").await?;
    browser.refuse_files(&[]).await?;
    browser.click("main [role=alert] button").await?;
    browser.find("main h1").await?;
    Ok(())
}

async fn go_to(browser: &Browser, page: &str) -> Result<()> {
    browser.click(&format!(".sidebar a[href$='/{page}']")).await
}

/// Whether it is still the page that was marked.
async fn stayed(browser: &Browser) -> Result<bool> {
    Ok(browser.script("return window.here === true").await? == true)
}
