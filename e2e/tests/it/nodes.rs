//! Several nodes on one PostgreSQL: an upgrade of one after the other fails no request, and
//! any of them may be killed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;
use serin_sdk::{Client, Context};
use tokio::task::JoinSet;

use crate::world::{
    Api, Balancer, Database, PATIENCE, PRODUCTION, PROJECT, Server, World, eventually, play_with,
    sees,
};

const FLAG: &str = "search";
/// Long enough for the balancer to see it: its checks are far more frequent.
const DRAIN: [&str; 2] = ["--drain", "1"];
/// How many clients evaluate all the while.
const CLIENTS: usize = 4;

#[tokio::test]
async fn an_upgrade_of_one_node_after_the_other_fails_no_request() {
    let Some(database) = Database::postgres().unwrap() else {
        return;
    };
    play_with("nodes-upgraded", database, &DRAIN, upgrade).await;
}

async fn upgrade(world: &World) -> Result<()> {
    prepare(world).await?;
    // Before the other node starts: one that is there already may not know it for a moment.
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let other = world.another_node(&DRAIN).await?;
    let nodes = [&world.server, &*other];
    let balancer = Balancer::before(&nodes.map(Server::port)).await?;
    let sdk = world.sdk_at(&balancer.url(), key.as_str()).await?;
    let load = Load::start(&world.api.at(balancer.url())?, &key);

    for node in nodes {
        load.goes_on().await?;
        node.stop().await;
        load.goes_on().await?;
        node.restart().await?;
        eventually("the balancer sees the new node", PATIENCE, async || {
            Ok(balancer.uses(node.port()).then_some(()))
        })
        .await?;
    }
    load.goes_on().await?;
    let done = load.end().await?;
    ensure!(
        done.failures.is_empty(),
        "{} of {} requests failed: {:#?}",
        done.failures.len(),
        done.requests,
        &done.failures[..done.failures.len().min(5)]
    );
    let connections = balancer.connections();
    ensure!(
        connections.iter().all(|count| *count > 50),
        "both nodes answered: {connections:?}"
    );
    let last = format!("write {}", done.last_write);
    sees(&sdk, "the last write is there", |sdk| {
        note(sdk) == json!(last)
    })
    .await?;
    sdk.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn any_node_may_be_killed() {
    let Some(database) = Database::postgres().unwrap() else {
        return;
    };
    play_with("nodes-killed", database, &[], kill_each).await;
}

/// Whichever node moves the releases: the one that is left goes on with them.
async fn kill_each(world: &World) -> Result<()> {
    prepare(world).await?;
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let other = world.another_node(&[]).await?;
    let balancer = Balancer::before(&[world.server.port(), other.port()]).await?;
    let sdk = world.sdk_at(&balancer.url(), key.as_str()).await?;
    for (killed, left) in [(&world.server, &*other), (&*other, &world.server)] {
        let through_left = world.api.at(left.url())?;
        let release = start_release(&through_left).await?;
        // Written through the node that dies.
        let text = format!("before the end of {}", killed.port());
        write(&world.api.at(killed.url())?, &text).await?;
        killed.kill().await?;
        sees(&sdk, "what was acknowledged is there", |sdk| {
            note(sdk) == json!(text)
        })
        .await?;
        let path = paths::release(PROJECT, PRODUCTION, &release);
        eventually("the release ends", PATIENCE, async || {
            let release = through_left.get(&path).await?;
            Ok((release["state"] == "completed").then_some(()))
        })
        .await?;
        sees(&sdk, "everybody is on", |sdk| {
            (0..200).all(|unit| sdk.bool(FLAG, &Context::new(format!("user-{unit}")), false))
        })
        .await?;
        killed.restart().await?;
        let off = json!({ "enabled": true, "default": { "variation": "off" } });
        through_left
            .configure(PROJECT, PRODUCTION, FLAG, off)
            .await?;
    }
    sdk.shutdown().await;
    Ok(())
}

/// How often a node is told something, to see how soon it hears.
const TOLD: u32 = 8;
/// Half of what that takes where a node only asks once a second: each time it has just asked.
const HEARS_WITHIN: Duration = Duration::from_millis(500);
/// Where it only asks.
const ASKS_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_node_hears_of_the_others_at_once_and_of_what_it_did_not_hear_soon() {
    let Some(database) = Database::postgres().unwrap() else {
        return;
    };
    play_with("nodes-hear", database, &[], hear).await;
}

async fn hear(world: &World) -> Result<()> {
    prepare(world).await?;
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let (other, line) = world.node_on_a_line().await?;
    let sdk = world.sdk_at(&other.url(), key.as_str()).await?;
    let heard = async |text: String, limit: Duration| {
        write(&world.api, &text).await?;
        let seen = sdk.when(|_| note(&sdk) == json!(text));
        tokio::time::timeout(limit, seen).await.context(text)
    };
    let begun = Instant::now();
    for number in 0..TOLD {
        heard(format!("notified {number}"), PATIENCE).await?;
    }
    let took = begun.elapsed() / TOLD;
    ensure!(took < HEARS_WITHIN, "a change takes {took:?}");
    line.deaf();
    heard("not notified".to_owned(), ASKS_WITHIN).await?;
    line.open();
    sdk.shutdown().await;
    Ok(())
}

fn note(sdk: &Client) -> Value {
    sdk.json("note", &Context::new("u"), Value::Null)["text"].clone()
}

/// A flag to release, and one that carries what was last written.
async fn prepare(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    let off = json!({ "enabled": true, "default": { "variation": "off" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, off).await?;
    let note = json!({
        "type": "object",
        "variations": [{ "key": "text", "value": { "text": "" } }],
    });
    let change = json!([{ "kind": "flag", "key": "note", "action": "create", "document": note }]);
    world.api.change(PROJECT, change).await?;
    let on = json!({ "enabled": true, "default": { "variation": "text" } });
    world.api.configure(PROJECT, PRODUCTION, "note", on).await
}

async fn write(api: &Api, text: &str) -> Result<()> {
    let document = json!({ "variations": [{ "key": "text", "value": { "text": text } }] });
    let change =
        json!([{ "kind": "flag", "key": "note", "action": "patch", "document": document }]);
    api.change(PROJECT, change).await?;
    Ok(())
}

async fn start_release(api: &Api) -> Result<String> {
    let document = json!({
        "flag": FLAG, "baseline": "off", "candidate": "on",
        "stages": [{ "weight": 10, "min_bake": "1s" }, { "weight": 50, "min_bake": "1s" }, { "weight": 100 }],
    });
    let draft = api
        .post(&paths::releases(PROJECT, PRODUCTION), document)
        .await?;
    let id = draft["id"].as_str().context("a release without an id")?;
    let start = json!({ "signal": "start", "epoch": draft["epoch"] });
    api.post(&paths::release_signals(PROJECT, PRODUCTION, id), start)
        .await?;
    Ok(id.to_owned())
}

/// Clients that evaluate and one that writes, without a pause, until they are told to end.
struct Load {
    stop: Arc<AtomicBool>,
    requests: Arc<AtomicU64>,
    clients: JoinSet<Vec<String>>,
    writer: JoinSet<(u64, Vec<String>)>,
}

/// What became of it.
struct Done {
    requests: u64,
    failures: Vec<String>,
    last_write: u64,
}

impl Load {
    fn start(api: &Api, key: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(AtomicU64::new(0));
        let (mut clients, mut writer) = (JoinSet::new(), JoinSet::new());
        for _ in 0..CLIENTS {
            let (stop, requests) = (Arc::clone(&stop), Arc::clone(&requests));
            let client = api.with_token(key);
            clients.spawn(async move {
                let mut failures = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    if let Err(error) = evaluate(&client).await {
                        failures.push(format!("{error:#}"));
                    }
                    requests.fetch_add(1, Ordering::Relaxed);
                }
                failures
            });
        }
        let (ended, counted, api) = (Arc::clone(&stop), Arc::clone(&requests), api.clone());
        writer.spawn(async move {
            let (mut number, mut failures) = (0, Vec::new());
            while !ended.load(Ordering::Relaxed) {
                number += 1;
                if let Err(error) = write(&api, &format!("write {number}")).await {
                    failures.push(format!("{error:#}"));
                }
                counted.fetch_add(1, Ordering::Relaxed);
            }
            (number, failures)
        });
        Self {
            stop,
            requests,
            clients,
            writer,
        }
    }

    /// Waits for some more requests to be answered.
    async fn goes_on(&self) -> Result<()> {
        let enough = self.requests.load(Ordering::Relaxed) + 100;
        eventually("requests are answered", PATIENCE, async || {
            Ok((self.requests.load(Ordering::Relaxed) >= enough).then_some(()))
        })
        .await
    }

    async fn end(mut self) -> Result<Done> {
        self.stop.store(true, Ordering::Relaxed);
        let mut failures = Vec::new();
        while let Some(ended) = self.clients.join_next().await {
            failures.extend(ended?);
        }
        let (last_write, failed) = self.writer.join_next().await.context("no writer")??;
        failures.extend(failed);
        Ok(Done {
            requests: self.requests.load(Ordering::Relaxed),
            failures,
            last_write,
        })
    }
}

async fn evaluate(client: &Api) -> Result<()> {
    let answer = client
        .post(
            &paths::ofrep_flag(FLAG),
            json!({ "context": { "targetingKey": "user-1" } }),
        )
        .await?;
    ensure!(answer["value"] == json!(false), "{answer}");
    Ok(())
}
