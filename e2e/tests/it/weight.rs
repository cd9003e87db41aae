//! How large things are, and how soon the first page can be used.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};

use crate::world::{Database, PRODUCTION, PROJECT, World, hook, play};

/// As it is sent, in bytes.
const WASM_LIMIT: u64 = 500_000;
/// Until the flag list is there, in milliseconds. The goal is a second on a machine that
/// does nothing else; the tests share theirs with a browser or two.
const PAGE_LIMIT: f64 = 4000.0;

#[test]
fn the_web_ui_is_small() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-ui/dist/assets");
    let files = fs::read_dir(&assets).expect("the web UI is built: run `cargo xtask ui`");
    let sizes: Vec<_> = files
        .map(|file| file.unwrap())
        .filter(|file| file.file_name().to_string_lossy().ends_with(".wasm.br"))
        .map(|file| file.metadata().unwrap().len())
        .collect();
    assert_eq!(sizes.len(), 1, "one module in {}", assets.display());
    eprintln!("the web UI's wasm: {} bytes compressed", sizes[0]);
    assert!(sizes[0] < WASM_LIMIT, "{} bytes", sizes[0]);
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
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags"))
        .await?;
    browser.find(&hook("flag-row")).await?;
    let script = "const rows = performance.getEntriesByName('serin-usable');
        return rows.length ? rows[0].startTime : performance.now();";
    let usable = browser.script(script).await?.as_f64().context("no time")?;
    eprintln!("the flag list was usable after {usable:.0} ms");
    ensure!(usable < PAGE_LIMIT, "the first page took {usable:.0} ms");
    Ok(())
}
