//! How large the first page is, and how soon it can be used.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::world::{
    Browser, Database, PATIENCE, PRODUCTION, PROJECT, World, eventually, hook, play,
};

/// The wasm that the first page needs, as it is sent, in bytes.
const WASM_LIMIT: u64 = 500_000;
/// Until the flag list can be used, on loopback and with nothing in the cache, in
/// milliseconds.
const PAGE_LIMIT: f64 = 1000.0;
/// The tests share their machine with each other, so one load says little. The best of
/// these says what the page itself takes: one that never comes within the limit is too
/// slow, and none is called slow for what runs beside it.
const LOADS: usize = 10;

/// What a load of a page took.
struct Load {
    /// In milliseconds, from the request to where the page says that it can be used.
    usable: f64,
    /// The sizes of the wasm that it loaded for that, as sent, in bytes.
    wasm: Vec<u64>,
}

#[tokio::test]
async fn the_first_page_comes_at_once() {
    play("first-page", Database::Sqlite, first_page).await;
}

async fn first_page(world: &World) -> Result<()> {
    world.project().await?;
    for number in 0..20 {
        world
            .api
            .create_flag(PROJECT, &format!("flag-{number}"))
            .await?;
    }
    let browser = world.signed_in().await?;
    let mut took = Vec::new();
    for _ in 0..LOADS {
        let load = load(&browser).await?;
        ensure!(
            load.wasm.len() == 1 && load.wasm[0] < WASM_LIMIT,
            "the first page loads wasm of {:?} bytes",
            load.wasm
        );
        eprintln!(
            "the flag list was usable after {:.0} ms, with {} bytes of wasm",
            load.usable, load.wasm[0]
        );
        took.push(load.usable);
        if load.usable < PAGE_LIMIT {
            return Ok(());
        }
    }
    anyhow::bail!("the first page took {took:.0?} ms")
}

async fn load(browser: &Browser) -> Result<Load> {
    browser.forget_files().await?;
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags"))
        .await?;
    // What comes from the cache has no transfer.
    let script = "const [usable] = performance.getEntriesByName('serin-usable');
        return usable && [usable.startTime, performance.getEntriesByType('resource')
            .filter(file => file.name.endsWith('.wasm') && file.startTime < usable.startTime)
            .map(file => file.transferSize && file.encodedBodySize)];";
    let seen = eventually("the page can be used", PATIENCE, async || {
        let seen = browser.script(script).await?;
        Ok((!seen.is_null()).then_some(seen))
    })
    .await?;
    ensure!(
        browser.shows(&hook("flag-row")).await?,
        "the page says that it can be used, and shows no flag"
    );
    let sizes = seen[1].as_array().context("no list of files")?;
    let wasm: Option<Vec<_>> = sizes.iter().map(Value::as_u64).collect();
    let wasm = wasm.context("a file without a size")?;
    ensure!(!wasm.contains(&0), "a file came from the cache");
    Ok(Load {
        usable: seen[0].as_f64().context("no time")?,
        wasm,
    })
}
