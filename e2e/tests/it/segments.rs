//! A hundred thousand keys come from a spreadsheet by way of the browser to the SDK, one of
//! them goes again, and what is in use cannot be deleted.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use serin_sdk::{Client, Context};

use crate::world::{
    Browser, Database, PATIENCE, PRODUCTION, PROJECT, World, eventually, hook, play, sees,
};

const FLAG: &str = "new-checkout";
const MANY: usize = 100_000;

#[tokio::test]
async fn a_hundred_thousand_keys_by_csv() {
    play("segments", Database::Sqlite, upload).await;
}

async fn upload(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let segment = json!({ "kind": "segment", "key": "beta", "action": "create", "document": { "name": "Beta testers" } });
    world.api.change(PROJECT, json!([segment])).await?;
    let rule = json!({ "id": "r", "name": "Testers", "when": { "segment": "beta" }, "serve": { "variation": "on" } });
    let config = json!({ "enabled": true, "rules": [rule], "default": { "variation": "off" } });
    world
        .api
        .configure(PROJECT, PRODUCTION, FLAG, config)
        .await?;
    let sdk = world.sdk(PRODUCTION).await?;
    sees(&sdk, "nobody is in", |sdk| !is_on(sdk, 0)).await?;

    let browser = world.signed_in().await?;
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/segments/beta"))
        .await?;
    watch_for_stalls(&browser).await?;
    browser.click(&hook("add-members")).await?;
    let file = std::env::temp_dir().join(format!("serin-e2e-{}.csv", std::process::id()));
    std::fs::write(&file, table())?;
    let path = file.to_str().context("a path of text")?;
    browser
        .find(&hook("import-file"))
        .await?
        .type_text(path)
        .await?;
    let said = says(&browser, "import-said", "new").await?;
    std::fs::remove_file(&file)?;
    ensure!(said.contains("100\u{202f}000 new"), "{said}");
    ensure!(
        said.contains("1 more than once") && said.contains("2 invalid"),
        "{said}"
    );
    let mistakes = says(&browser, "import-mistakes", "Line").await?;
    ensure!(mistakes.contains("Line 100003:"), "{mistakes}");
    browser.click(&hook("import-take")).await?;
    save(&browser).await?;
    sees(&sdk, "all of them are in", |sdk| {
        is_on(sdk, 0) && is_on(sdk, 77_777) && is_on(sdk, MANY - 1) && !is_on(sdk, MANY)
    })
    .await?;
    let stalled = browser.script("return window.longestStall").await?;
    ensure!(
        stalled.as_f64().is_some_and(|ms| ms < 3000.0),
        "the page stood still for {stalled} ms"
    );

    browser.fill(&hook("member-search"), "user-77777").await?;
    says(&browser, "members-said", "1 found").await?;
    browser.click(&format!("{} button", hook("member"))).await?;
    let moved = "The edited member changes: on → off";
    let said = says(&browser, "segment-impact", moved).await?;
    ensure!(said.contains(FLAG), "{said}");
    save(&browser).await?;
    sees(&sdk, "one is out", |sdk| {
        !is_on(sdk, 77_777) && is_on(sdk, 77_776)
    })
    .await?;

    browser.click(&hook("edit-segment-details")).await?;
    browser
        .fill(&hook("segment-details-name"), "Who asked")
        .await?;
    browser.click(&hook("dialog-confirm")).await?;
    says(&browser, "segment-name", "Who asked").await?;
    says(&browser, "history-entry", "name: Beta testers → Who asked").await?;

    browser.click(&hook("delete-segment")).await?;
    let uses = says(&browser, "uses", "production").await?;
    ensure!(
        uses.contains(FLAG) && uses.contains("rule “Testers”"),
        "{uses}"
    );
    let refused = browser.find(&hook("dialog-confirm")).await?;
    ensure!(
        !refused.is_enabled().await?,
        "what is in use cannot be deleted"
    );
    let change = json!({ "project": PROJECT, "changes": [{ "kind": "segment", "key": "beta", "action": "delete" }] });
    let refused = world.api.post("/api/v1/change-sets", change).await;
    ensure!(
        refused.is_err_and(|error| format!("{error:#}").contains("in_use")),
        "nor by the API"
    );
    Ok(())
}

/// As spreadsheets write it: a byte order mark, names first, quotes, `\r\n`; and three
/// lines that give nothing new.
fn table() -> String {
    let mut table = "\u{feff}name,user_id,since\r\n".to_owned();
    for n in 0..MANY {
        table += &format!("\"Doe, \"\"J\"\" {n}\",user-{n},2026\r\n");
    }
    table + "again,user-5,2026\r\nnobody,,2026\r\nshort\r\n"
}

fn is_on(sdk: &Client, user: usize) -> bool {
    let user = Context::new(format!("user-{user}"));
    sdk.snapshot().evaluate(FLAG, &user).variation == Some("on")
}

/// Notes the longest time between two looks at the clock.
async fn watch_for_stalls(browser: &Browser) -> Result<()> {
    let script = "window.longestStall = 0; let last = performance.now(); setInterval(() => {
        const now = performance.now(); window.longestStall = Math.max(window.longestStall, now - last); last = now;
    }, 20);";
    browser.script(script).await.map(drop)
}

/// Waits until an element has a text in it; gives all of its text.
async fn says(browser: &Browser, name: &str, text: &str) -> Result<String> {
    eventually(&format!("{name} says {text:?}"), PATIENCE, async || {
        let said = browser
            .find(&hook(name))
            .await?
            .property("textContent")
            .await?;
        let said = said.as_str().unwrap_or_default().to_owned();
        Ok(said.contains(text).then_some(said))
    })
    .await
}

async fn save(browser: &Browser) -> Result<()> {
    browser.click(&hook("save-review")).await?;
    browser.fill(&hook("save-comment"), "from the list").await?;
    browser.click(&hook("save-confirm")).await?;
    browser.gone(&hook("save-bar")).await
}
