//! The example of the evaluation model, built by somebody without a mouse: the editor, the
//! preview, what the edits move, and then the SDK.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;
use serin_sdk::{Client, Context};

use crate::world::{
    Browser, Database, PATIENCE, PRODUCTION, PROJECT, World, eventually, hook,
    keyboard::{ARROW_UP, ENTER, Keyboard, SPACE},
    play, sees,
};

const FLAG: &str = "new-checkout";
const SEGMENT: &str = "beta-orgs";
/// As many as the page counts.
const UNITS: u32 = 100_000;

#[tokio::test]
async fn a_rule_is_built_understood_and_saved_by_keyboard_alone() {
    play("targeting", Database::Sqlite, build).await;
}

async fn build(world: &World) -> Result<()> {
    prepare(world).await?;
    let sdk = world.sdk(PRODUCTION).await?;
    let browser = world.signed_in().await?;
    browser
        .open(&format!("/{PROJECT}/{PRODUCTION}/flags/{FLAG}"))
        .await?;
    let keyboard = Keyboard(&browser);
    edit(keyboard).await?;

    let moved = understand(&browser, keyboard).await?;
    let before = served(&sdk);
    save(&browser, keyboard).await?;
    let target = |sdk: &Client| sdk.bool(FLAG, &Context::new("alice"), false);
    sees(&sdk, "alice is targeted", target).await?;

    let after = served(&sdk);
    let changed = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .count();
    ensure!(
        changed == moved,
        "the page said that {moved} units move, and {changed} did"
    );
    agree(world, &sdk).await
}

/// A project with what the flag's rules name; the flag serves off to everyone.
async fn prepare(world: &World) -> Result<()> {
    world.project().await?;
    for flag in [FLAG, "payments-v2"] {
        world.api.create_flag(PROJECT, flag).await?;
    }
    let on = json!({ "enabled": true, "default": { "variation": "on" } });
    let off = json!({ "enabled": true, "off": "off", "default": { "variation": "off" } });
    world
        .api
        .configure(PROJECT, PRODUCTION, "payments-v2", on)
        .await?;
    world.api.configure(PROJECT, PRODUCTION, FLAG, off).await?;
    let segment = json!([
        { "kind": "segment", "key": SEGMENT, "action": "create", "document": {} },
        { "kind": "segment_config", "environment": PRODUCTION, "key": SEGMENT, "action": "put", "document": {
            "included": [{ "attribute": "org.id", "values": ["o7"] }],
            "rules": [{ "when": { "attribute": "org.plan", "op": "in", "values": ["beta"] } }],
        } },
    ]);
    world.api.change(PROJECT, segment).await?;
    Ok(())
}

/// Everything of the example, from the top of the ladder to its foot.
async fn edit(keyboard: Keyboard<'_>) -> Result<()> {
    keyboard.activate(&hook("add-prerequisite"), ENTER).await?;
    keyboard
        .fill(&hook("required-flag"), &format!("payments-v2{ENTER}"))
        .await?;
    // The first of its variations is on.
    keyboard
        .activate(&hook("required-variation"), SPACE)
        .await?;

    keyboard.activate(&hook("add-target"), ENTER).await?;
    keyboard.tab_to(&hook("target-values")).await?;
    keyboard.press(&format!("alice{ENTER}bob{ENTER}")).await?;

    // A rule begins with an attribute; the segment goes before it afterwards.
    keyboard.activate(&hook("add-rule"), ENTER).await?;
    keyboard
        .fill(&hook("rule-name"), "Beta organisations")
        .await?;
    keyboard.fill(&hook("clause-attribute"), "country").await?;
    keyboard
        .choose(&hook("clause-operator"), "is none of")
        .await?;
    keyboard.tab_to(&hook("clause-values")).await?;
    keyboard.press(&format!("DE{ENTER}FR{ENTER}")).await?;
    keyboard.activate(&hook("add-segment"), ENTER).await?;
    keyboard
        .fill(&hook("clause-segment"), &format!("{SEGMENT}{ENTER}"))
        .await?;
    keyboard.alt(ARROW_UP).await?;

    keyboard
        .choose(
            "[data-at='/default'] [data-testid=serve-select]",
            "a percentage rollout",
        )
        .await?;
    keyboard
        .fill("[data-testid=weight-number][data-variation=on]", "5")
        .await
}

/// Describes three users in the preview, and reads why they get what they get; gives the
/// number of units that the page says will move.
async fn understand(browser: &Browser, keyboard: Keyboard<'_>) -> Result<usize> {
    describe(keyboard, "", "alice", "country = DE").await?;
    keyboard.activate(&hook("example-add"), ENTER).await?;
    let german = "country = DE\norg.plan = beta";
    describe(keyboard, "German beta user", "user-3", german).await?;
    keyboard.activate(&hook("example-add"), ENTER).await?;
    describe(keyboard, "a stranger", "user-1", "").await?;

    // With the salt of the flag, user-1 stands at slot 11 929 and user-3 at 16 757.
    got(browser, "a stranger", "off", "off").await?;
    reads(browser, "preview-why", "stands at 11.929 of 100 %").await?;
    for line in ["decides Default", "no match Rule 1: Beta organisations"] {
        reads(browser, "preview-answer", line).await?;
    }
    reads(browser, "preview-answer", "country is missing").await?;

    // Back up the list, as arrow keys go through it.
    keyboard.tab_back_to(&hook("example")).await?;
    keyboard.press(ARROW_UP).await?;
    got(browser, "German beta user", "off", "off").await?;
    reads(browser, "preview-answer", "country = DE").await?;
    reads(browser, "preview-answer", "true in segment beta-orgs").await?;
    reads(browser, "preview-why", "stands at 16.757 of 100 %").await?;

    keyboard.press(ARROW_UP).await?;
    got(browser, "alice", "off", "on").await?;
    reads(browser, "preview-why", "It is targeted by name.").await?;
    reads(browser, "preview-answer", "decides Targets of on").await?;
    reads(browser, "preview-answer", "not reached Rule 1").await?;

    let line = hook("impact-line");
    browser.attribute_is(&line, "aria-busy", "false").await?;
    let said = "of 100 000 units change: off → on";
    let line = reads(browser, "impact-line", said).await?;
    let share = line
        .split(" %")
        .next()
        .and_then(|begun| begun.rsplit(' ').next())
        .and_then(|number| number.parse::<f64>().ok())
        .with_context(|| format!("no share in {line:?}"))?;
    Ok((share * f64::from(UNITS) / 100.0).round() as usize)
}

/// Fills in the example that is chosen.
async fn describe(keyboard: Keyboard<'_>, name: &str, key: &str, lines: &str) -> Result<()> {
    keyboard.fill(&hook("example-name"), name).await?;
    keyboard.fill(&hook("preview-key"), key).await?;
    keyboard.tab_to(&hook("preview-lines")).await?;
    keyboard.press(&lines.replace('\n', ENTER)).await
}

/// Waits until the list of examples says what one of them gets: `before` as it is saved,
/// `after` with the edits.
async fn got(browser: &Browser, example: &str, before: &str, after: &str) -> Result<()> {
    let row = format!("[data-testid=example][data-example='{example}'] [data-testid=example-got]");
    let wanted = if before == after {
        after.to_owned()
    } else {
        format!("{before} becomes {after}")
    };
    eventually(&format!("{example} gets {wanted}"), PATIENCE, async || {
        Ok((text(browser, &row).await? == wanted).then_some(()))
    })
    .await
}

/// Waits until something on the page contains words, and gives all that it says.
async fn reads(browser: &Browser, testid: &str, words: &str) -> Result<String> {
    eventually(&format!("{testid} says {words:?}"), PATIENCE, async || {
        let text = text(browser, &hook(testid)).await?;
        Ok(text.contains(words).then_some(text))
    })
    .await
}

/// What an element says to somebody who reads it or has it read, in one line.
async fn text(browser: &Browser, css: &str) -> Result<String> {
    let script = format!(
        "return (document.querySelector({})?.innerText ?? '').replace(/\\s+/g, ' ').trim()",
        json!(css)
    );
    let text = browser.script(&script).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

async fn save(browser: &Browser, keyboard: Keyboard<'_>) -> Result<()> {
    keyboard.activate(&hook("save-review"), ENTER).await?;
    browser.find(&hook("dialog")).await?;
    reads(browser, "impact", "100 000 units change").await?;
    keyboard
        .fill(&hook("save-comment"), "Beta organisations first")
        .await?;
    keyboard.activate(&hook("save-confirm"), ENTER).await?;
    // Production asks once more.
    keyboard.activate(&hook("dialog-confirm"), ENTER).await?;
    browser.gone(&hook("dialog")).await
}

/// What every synthetic unit gets.
fn served(sdk: &Client) -> Vec<bool> {
    let snapshot = sdk.snapshot();
    let unit = |unit| {
        let user = Context::new(format!("unit-{unit}"));
        snapshot.evaluate(FLAG, &user).variation == Some("on")
    };
    (0..UNITS).map(unit).collect()
}

/// What was built is the example, and the SDK serves what the preview said.
async fn agree(world: &World, sdk: &Client) -> Result<()> {
    let config = world
        .api
        .get(&paths::flag_config(PROJECT, PRODUCTION, FLAG))
        .await?;
    let rule = &config["rules"][0];
    ensure!(rule["name"] == "Beta organisations", "{config}");
    let when = json!({ "all": [
        { "segment": SEGMENT },
        { "not": { "attribute": "country", "op": "in", "values": ["DE", "FR"] } },
    ] });
    ensure!(rule["when"] == when, "{config}");
    ensure!(
        config["targets"][0]["values"] == json!(["alice", "bob"]),
        "{config}"
    );
    ensure!(
        config["prerequisites"] == json!([{ "flag": "payments-v2", "variations": ["on"] }]),
        "{config}"
    );
    let user = |key: &str, attributes: Value| {
        let mut context = attributes;
        context["targetingKey"] = json!(key);
        let context = Context::from_json(context)?;
        anyhow::Ok(sdk.bool(FLAG, &context, false))
    };
    let german = json!({ "country": "DE", "org": { "plan": "beta" } });
    let american = json!({ "country": "US", "org": { "plan": "beta" } });
    ensure!(user("alice", json!({ "country": "DE" }))?);
    ensure!(!user("user-3", german)?);
    ensure!(!user("user-1", json!({}))?);
    ensure!(
        user("user-3", american)?,
        "another country, the same segment"
    );
    Ok(())
}
