//! OpenFeature's released clients against the real server: each tells the stories of its
//! program under `e2e/clients`, and must come to what the engine decides.

use std::{env, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;
use serin_sdk::Context;
use tokio::process::Command;

use crate::world::{Database, PRODUCTION, PROJECT, TOKEN, World, play_with};

const UNITS: u32 = 1000;
/// How many requests a second a client key may send: few, so that a client is held back.
const LIMIT: &[&str] = &["--client-key-rate", "30"];
/// Far longer than all stories of one client take.
const ENDS_WITHIN: Duration = Duration::from_secs(120);

#[tokio::test]
async fn javascript_on_servers() {
    let folder = brought("OPENFEATURE_JAVASCRIPT");
    check(
        "openfeature-server",
        &["node", &format!("{folder}/server.js")],
    )
    .await;
}

#[tokio::test]
async fn javascript_in_web_pages() {
    let folder = brought("OPENFEATURE_JAVASCRIPT");
    check("openfeature-web", &["node", &format!("{folder}/web.js")]).await;
}

#[tokio::test]
async fn python() {
    let python = brought("OPENFEATURE_PYTHON");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python/server.py");
    check("openfeature-python", &[&python, script]).await;
}

#[tokio::test]
async fn rust() {
    check("openfeature-rust", &[&brought("OPENFEATURE_RUST")]).await;
}

/// What `cargo xtask test` brings for a client, and where it put it.
fn brought(variable: &str) -> String {
    env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: `cargo xtask test --only e2e` does"))
}

async fn check(name: &str, program: &[&str]) {
    play_with(name, Database::Sqlite, LIMIT, async |world| {
        prepare(world).await?;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("world.json");
        std::fs::write(&path, describe(world).await?.to_string())?;
        run(program, &path).await
    })
    .await;
}

async fn run(program: &[&str], world: &Path) -> Result<()> {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(world);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(ENDS_WITHIN, command.output());
    let output = output.await.context("the client does not end")??;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    eprint!("{told}");
    let failed = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {told}{failed}", output.status);
    ensure!(told.contains("ok: "), "no story was told: {failed}");
    Ok(())
}

/// What the clients are told.
async fn describe(world: &World) -> Result<Value> {
    let sdk = world.sdk(PRODUCTION).await?;
    let units = (0..UNITS).map(|number| {
        let unit = format!("unit-{number}");
        let value = sdk.string("split", &Context::new(unit.clone()), "");
        (unit, value)
    });
    let units: Vec<(String, String)> = units.collect();
    for value in ["a", "b", "c"] {
        ensure!(
            units.iter().any(|(_, it)| it == value),
            "nobody gets {value}"
        );
    }
    let environment = paths::environment(PROJECT, PRODUCTION);
    Ok(json!({
        "url": world.server.url(),
        "flags": format!("{}{environment}/flags", world.server.url()),
        "token": TOKEN,
        "server_key": key(world, "server").await?,
        "client_key": key(world, "client").await?,
        "other_client_key": key(world, "client").await?,
        "busy_key": key(world, "client").await?,
        "units": units,
    }))
}

async fn key(world: &World, kind: &str) -> Result<String> {
    let body = json!({ "name": "a client", "kind": kind });
    let key = world
        .api
        .post(&paths::keys(PROJECT, PRODUCTION), body)
        .await?;
    Ok(key["secret"].as_str().context("no secret")?.to_owned())
}

/// A flag of each type and a few that decide, all but one for clients to see.
async fn prepare(world: &World) -> Result<()> {
    world.project().await?;
    let variation = |(key, value): (&str, Value)| json!({ "key": key, "value": value });
    let two = |kind: &str, a, b| json!({ "type": kind, "client_visible": true, "variations": [variation(a), variation(b)] });
    let on_off = || two("boolean", ("on", json!(true)), ("off", json!(false)));
    let text = || two("string", ("hello", json!("hello")), ("bye", json!("bye")));
    let serve = |variation: &str| json!({ "enabled": true, "default": { "variation": variation } });
    let rule = |id: &str, when: Value, serve: &str| json!([{ "id": id, "when": when, "serve": { "variation": serve } }]);
    let mut split = two("string", ("a", json!("a")), ("b", json!("b")));
    split["variations"] = json!(["a", "b", "c"].map(|key| variation((key, json!(key)))));
    let mut hidden = on_off();
    hidden["client_visible"] = json!(false);
    let german = json!({ "attribute": "country", "op": "in", "values": ["DE"] });
    let recent = json!({ "attribute": "since", "op": "after", "values": ["2026-01-01T00:00:00Z"] });
    let flags = [
        (
            "toggled",
            on_off(),
            json!({ "enabled": true, "off": "off", "default": { "variation": "on" } }),
        ),
        ("hidden", hidden, serve("on")),
        ("text", text(), serve("hello")),
        (
            "count",
            two("number", ("seven", json!(7)), ("eight", json!(8))),
            serve("seven"),
        ),
        (
            "ratio",
            two("number", ("two", json!(2)), ("half", json!(0.5))),
            serve("two"),
        ),
        (
            "tree",
            two(
                "object",
                ("tree", json!({ "a": [1, 2.5], "b": null })),
                ("bare", json!({})),
            ),
            serve("tree"),
        ),
        (
            "targeted",
            two(
                "string",
                ("german", json!("guten Tag")),
                ("hello", json!("hello")),
            ),
            json!({ "enabled": true, "rules": rule("german", german, "german"), "default": { "variation": "hello" } }),
        ),
        (
            "dated",
            on_off(),
            json!({ "enabled": true, "rules": rule("recent", recent, "on"), "default": { "variation": "off" } }),
        ),
        (
            "split",
            split,
            json!({ "enabled": true, "default": { "variation": null, "split": { "weights": { "a": 20_000, "b": 30_000, "c": 50_000 } } } }),
        ),
        (
            "code_default",
            text(),
            json!({ "enabled": false, "off": null }),
        ),
    ];
    let changes = flags.into_iter().flat_map(|(key, flag, config)| {
        let create = json!({ "kind": "flag", "key": key, "action": "create", "document": flag });
        let configure = json!({ "kind": "flag_config", "environment": PRODUCTION, "key": key, "action": "patch", "document": config });
        [create, configure]
    });
    world.api.change(PROJECT, changes.collect()).await?;
    Ok(())
}
