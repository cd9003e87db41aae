//! Pages that everybody can use: axe-core finds nothing serious on them.

use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;

use crate::world::{Browser, Database, PRODUCTION, PROJECT, World, hook, play};

const FLAG: &str = "new-checkout";

#[tokio::test]
async fn axe_finds_nothing_serious() {
    let path = env::var("AXE_SCRIPT")
        .expect("AXE_SCRIPT names axe.min.js: `cargo xtask test --only e2e` fetches it");
    let script = fs::read_to_string(path).unwrap();
    play("accessible", Database::Sqlite, async |world| {
        look_at_all(world, &script).await
    })
    .await;
}

async fn look_at_all(world: &World, script: &str) -> Result<()> {
    let releases = prepare(world).await?;
    let browser = world.browser().await?;
    browser.open("/sign-in").await?;
    browser.find(&hook("sign-in-submit")).await?;
    let mut found = look(&browser, script, "sign-in").await?;

    let browser = world.signed_in().await?;
    let pages = [
        ("flags", hook("flag-row")),
        (&*format!("flags/{FLAG}"), hook("weight-number")),
        // One that is off, and looks it.
        ("flags/resting", hook("flag-toggle")),
        ("releases", "main h1".to_owned()),
        (
            &*format!("releases/{}", releases.draft),
            hook("release-stage"),
        ),
        (&*format!("releases/{}", releases.live), hook("guard")),
        (
            &*format!("releases/{}", releases.behind),
            hook("release-stage"),
        ),
        (
            &*format!("releases/{}", releases.over),
            hook("release-ended"),
        ),
        // One that a release moves.
        ("flags/moved", hook("flag-toggle")),
        ("releases/new?flag=resting", hook("stage-edit")),
        ("releases/templates", hook("template-row")),
        ("releases/new-template", hook("stage-edit")),
        ("metrics?new=1", hook("metric-name")),
        ("segments", "main h1".to_owned()),
        ("segments/beta", hook("member")),
        ("changes", "main h1".to_owned()),
        ("audit", hook("audit-row")),
        ("settings/keys", hook("new-key")),
    ];
    for (page, ready) in pages {
        browser
            .open(&format!("/{PROJECT}/{PRODUCTION}/{page}"))
            .await?;
        browser.find(&ready).await?;
        found.extend(look(&browser, script, page).await?);
    }
    ensure!(
        found.is_empty(),
        "{} findings:\n{}",
        found.len(),
        found.join("\n")
    );
    Ok(())
}

/// Releases, by their ids.
struct Releases {
    draft: String,
    live: String,
    /// A draft whose site the live one has.
    behind: String,
    /// One that was rolled back.
    over: String,
}

/// Something on every page: a flag that is rolled out, and releases of others.
async fn prepare(world: &World) -> Result<Releases> {
    world.project().await?;
    for flag in [FLAG, "released", "moved", "ended", "resting"] {
        world.api.create_flag(PROJECT, flag).await?;
    }
    let split = json!({
        "enabled": true,
        "default": { "split": { "weights": { "on": 10_000, "off": 90_000 } } },
    });
    world
        .api
        .configure(PROJECT, PRODUCTION, FLAG, split)
        .await?;
    let segment = |kind: &str, action: &str, document| json!({ "kind": kind, "key": "beta", "action": action, "document": document });
    let mut listed = segment(
        "segment_config",
        "put",
        json!({ "included": [{ "values": ["alice"] }] }),
    );
    listed["environment"] = PRODUCTION.into();
    let changes = json!([segment("segment", "create", json!({})), listed]);
    world.api.change(PROJECT, changes).await?;
    for flag in ["released", "moved", "ended"] {
        let off = json!({ "enabled": true, "default": { "variation": "off" } });
        world.api.configure(PROJECT, PRODUCTION, flag, off).await?;
    }
    let metric = json!({ "key": "errors", "kind": "count" });
    world.api.post(&paths::metrics(PROJECT), metric).await?;
    let first = draft(world, "released").await?;
    let live = draft(world, "moved").await?;
    let behind = draft(world, "moved").await?;
    let over = draft(world, "ended").await?;
    for (id, signals) in [(&live, &["start"][..]), (&over, &["start", "rollback"])] {
        for (epoch, signal) in signals.iter().enumerate() {
            let body = json!({ "signal": signal, "epoch": epoch });
            world
                .api
                .post(&paths::release_signals(PROJECT, PRODUCTION, id), body)
                .await?;
        }
    }
    Ok(Releases {
        draft: first,
        live,
        behind,
        over,
    })
}

/// A release of a flag that waits for somebody to start it, by its id.
async fn draft(world: &World, flag: &str) -> Result<String> {
    let document = json!({
        "flag": flag, "baseline": "off", "candidate": "on",
        "stages": [{ "weight": 10 }, { "weight": 100 }], "guards": [{ "metric": "errors" }],
    });
    let release = world
        .api
        .post(&paths::releases(PROJECT, PRODUCTION), document)
        .await?;
    Ok(release["id"].as_str().context("no id")?.to_owned())
}

/// Runs axe once the colours of the theme before have faded: it would judge the shades between.
const SETTLE_AND_RUN: &str = "Promise.allSettled(\
        document.getAnimations().filter(it => it instanceof CSSTransition).map(it => it.finished)\
    ).then(() => axe.run()).then(result => arguments[0](result.violations))";

/// What axe finds that is serious or worse, in light and in dark.
async fn look(browser: &Browser, script: &str, page: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    browser.script(script).await?;
    for theme in ["light", "dark"] {
        browser
            .script(&format!(
                "document.documentElement.dataset.theme = '{theme}'"
            ))
            .await?;
        let violations = browser.wait_for_script(SETTLE_AND_RUN).await?;
        for violation in violations.as_array().context("no list")? {
            if !matches!(violation["impact"].as_str(), Some("serious" | "critical")) {
                continue;
            }
            let places = violation["nodes"].as_array().into_iter().flatten();
            let places: Vec<_> = places
                .map(|node: &Value| node["html"].to_string())
                .take(5)
                .collect();
            found.push(format!(
                "{page} ({theme}): {} {}\n  {}",
                violation["id"],
                violation["help"],
                places.join("\n  ")
            ));
        }
    }
    Ok(found)
}
