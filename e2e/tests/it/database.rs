//! What becomes of a server whose database goes away, does not answer any more, or has no
//! room: it evaluates on, says that it cannot write, loses nothing that it acknowledged, and
//! goes on by itself when the database is back.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use serin_api::paths;
use serin_sdk::{Client, Context};

use crate::world::{
    Api, Database, Faults, Line, PATIENCE, PRODUCTION, PROJECT, Postgres, World, eventually, play,
    sees,
};

const FLAG: &str = "search";
/// How long a write may take to be refused: two statements that are given up, and some.
const REFUSED_WITHIN: Duration = Duration::from_secs(45);

#[tokio::test]
async fn a_database_that_closes_its_connections() {
    away("database-cut", Line::cut).await;
}

#[tokio::test]
async fn a_database_that_does_not_answer() {
    away("database-dumb", Line::dumb).await;
}

/// In the middle of a write, of which PostgreSQL has heard the beginning: it holds the lock that orders
/// the writers of all nodes. Takes as long as the node has patience with a statement.
#[tokio::test]
async fn a_database_that_falls_silent_within_a_transaction() {
    away("database-silent", |line| {
        line.dumb_at("INSERT INTO change_sets");
    })
    .await;
}

async fn away(name: &str, go_away: fn(&Line)) {
    let database = match Database::postgres() {
        Ok(Some(database)) => database,
        Ok(None) => return,
        Err(error) => panic!("{error:?}"),
    };
    play(name, database, async |world| outlive(world, go_away).await).await;
}

async fn outlive(world: &World, go_away: fn(&Line)) -> Result<()> {
    prepare(world).await?;
    // Before the node starts: one that is there already may not know it for a moment.
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let (node, line) = world.node_on_a_line().await?;
    let api = world.api.at(node.url())?;
    let sdk = world.sdk_at(&node.url(), key.as_str()).await?;
    ensure!(is_on(&sdk), "the flag is on");

    go_away(&line);
    // Each of the two may take as long as a statement.
    tokio::try_join!(refuses_to_write(&api), is_not_ready(&api))?;
    ensure!(is_on(&sdk), "the SDK answers as before");
    ensure!(sdk.status().connected, "its stream is open");
    ensure!(
        evaluates(&api.with_token(&key)).await? == json!(true),
        "the server evaluates as before"
    );
    // The other node is not held up by what this one had begun.
    set(&world.api, false).await?;

    line.open();
    sees(&sdk, "the flag is off", |sdk| !is_on(sdk)).await?;
    eventually("the server writes again", PATIENCE, async || {
        set(&api, true).await.map(Some)
    })
    .await?;
    sees(&sdk, "the flag is on again", is_on).await?;
    sdk.shutdown().await;
    Ok(())
}

async fn is_not_ready(api: &Api) -> Result<()> {
    eventually("the server is not ready", PATIENCE, async || {
        let (status, _) = api.send(Method::GET, "/health/ready", None).await?;
        Ok((status == StatusCode::SERVICE_UNAVAILABLE).then_some(()))
    })
    .await
}

/// A write is refused in time, by a status that says that it may be tried again.
async fn refuses_to_write(api: &Api) -> Result<()> {
    let change = json!([{
        "kind": "flag_config", "environment": PRODUCTION, "key": FLAG,
        "action": "patch", "document": { "enabled": false },
    }]);
    let body = json!({ "project": PROJECT, "reason": "a test", "changes": change });
    let write = api.send(Method::POST, paths::CHANGE_SETS, Some(body));
    let (status, answer) = tokio::time::timeout(REFUSED_WITHIN, write)
        .await
        .context("the write is neither taken nor refused")??;
    ensure!(
        status == StatusCode::SERVICE_UNAVAILABLE && answer["error"]["code"] == "unavailable",
        "{status} {answer}"
    );
    Ok(())
}

#[tokio::test]
async fn a_disk_that_is_full() {
    play("disk-full", Database::Sqlite, async |world| {
        fill_up(world, async |full| {
            // Files may grow by some pages yet.
            let largest = world.server.largest_file()?;
            let limit = full.then_some(largest + 64 * 1024);
            world.server.limit_files(limit).await
        })
        .await
    })
    .await;
}

#[tokio::test]
async fn a_disk_of_postgres_that_is_full() {
    if Database::postgres().unwrap().is_none() {
        return;
    }
    let faults = Faults::new().unwrap();
    let postgres = Postgres::start(&faults).await.unwrap();
    let database = postgres.database().unwrap();
    play("disk-full-postgres", database, async |world| {
        fill_up(world, async |full| faults.disk_full(full)).await
    })
    .await;
}

async fn fill_up(world: &World, fill: impl AsyncFn(bool) -> Result<()>) -> Result<()> {
    prepare(world).await?;
    let sdk = world.sdk(PRODUCTION).await?;
    fill(true).await?;
    let mut acknowledged = 0_u64;
    let refused = loop {
        let (status, answer) = describe(&world.api, acknowledged + 1).await?;
        if !status.is_success() {
            break (status, answer);
        }
        acknowledged += 1;
        ensure!(acknowledged < 1000, "the disk is never full");
    };
    ensure!(
        refused.0 == StatusCode::SERVICE_UNAVAILABLE,
        "{} {}",
        refused.0,
        refused.1
    );
    ensure!(is_on(&sdk) && sdk.status().connected, "the SDK goes on");

    fill(false).await?;
    eventually("the server writes again", PATIENCE, async || {
        let (status, _) = describe(&world.api, acknowledged + 1).await?;
        Ok(status.is_success().then_some(()))
    })
    .await?;
    world.server.kill().await?;
    world.server.restart().await?;
    let flag = world.api.get(&paths::flag(PROJECT, FLAG)).await?;
    ensure!(
        flag["description"] == description(acknowledged + 1),
        "what was acknowledged last is there: {}",
        flag["description"]
    );
    let verified = world.server.run(&["audit", "verify"]).await?;
    ensure!(verified.status.success(), "the audit log verifies");
    sdk.shutdown().await;
    Ok(())
}

async fn describe(api: &Api, number: u64) -> Result<(StatusCode, Value)> {
    let document = json!({ "description": description(number) });
    let change = json!([{ "kind": "flag", "key": FLAG, "action": "patch", "document": document }]);
    let body = json!({ "project": PROJECT, "reason": "a test", "changes": change });
    api.send(Method::POST, paths::CHANGE_SETS, Some(body)).await
}

fn description(number: u64) -> String {
    format!("write {number}")
}

async fn prepare(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    set(&world.api, true).await
}

async fn set(api: &Api, enabled: bool) -> Result<()> {
    let patch = json!({ "enabled": enabled, "off": "off", "default": { "variation": "on" } });
    api.configure(PROJECT, PRODUCTION, FLAG, patch).await
}

fn is_on(sdk: &Client) -> bool {
    sdk.bool(FLAG, &Context::new("user-1"), false)
}

async fn evaluates(client: &Api) -> Result<Value> {
    let body = json!({ "context": { "targetingKey": "user-1" } });
    let answer = client.post(&paths::ofrep_flag(FLAG), body).await?;
    Ok(answer["value"].clone())
}
