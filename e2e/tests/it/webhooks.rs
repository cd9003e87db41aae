//! Webhooks are told of all that was acknowledged, although the courier is killed between
//! posting and noting what became of it.
//!
//! It takes some seconds more than others: who takes over waits until a lease runs out.

mod listener;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;

use self::listener::{Heard, Listener};
use crate::world::{Database, PATIENCE, PROJECT, World, eventually, play};

/// More than are posted at a time.
const WRITES: usize = 10;

#[tokio::test]
async fn webhooks_are_told_of_everything_although_the_courier_is_killed() {
    play("webhooks", Database::Sqlite, tell).await;
}

async fn tell(world: &World) -> Result<()> {
    world.project().await?;
    let listener = Listener::start().await?;
    let webhook = json!({ "url": listener.url, "events": ["change_set.applied"] });
    let webhook = world.api.post(&paths::webhooks(PROJECT), webhook).await?;
    let webhook = webhook["id"].as_str().context("no id")?;
    let mut acknowledged = BTreeSet::new();
    for number in 0..WRITES {
        acknowledged.insert(write(world, number).await?);
    }

    // Posted, and nobody has noted it.
    eventually("something is posted", PATIENCE, async || {
        Ok((!listener.heard().is_empty()).then_some(()))
    })
    .await?;
    world.server.kill().await?;
    let unanswered: BTreeSet<String> = listener.heard().into_iter().map(|it| it.id).collect();

    // Posted and taken, and noted or not.
    world.server.restart().await?;
    listener.answers();
    eventually("something is taken", PATIENCE, async || {
        Ok((listener.answered() > 0).then_some(()))
    })
    .await?;
    world.server.kill().await?;

    world.server.restart().await?;
    acknowledged.insert(write(world, WRITES).await?);
    let path = paths::deliveries(PROJECT, webhook);
    let log = eventually("all are delivered", PATIENCE, async || {
        let log = world.api.get(&format!("{path}?limit=100")).await?;
        let log = log["items"].as_array().context("no log")?.clone();
        let delivered = log.iter().filter(|it| it["state"] == "delivered").count();
        Ok((delivered == acknowledged.len()).then_some(log))
    })
    .await?;
    let heard = by_delivery(listener.heard())?;
    let told: BTreeSet<String> = heard.values().map(|(set, _)| set.clone()).collect();
    ensure!(
        told == acknowledged,
        "told of {told:?}, where {acknowledged:?} were acknowledged"
    );
    let again = |id: &String| heard.get(id).is_some_and(|(_, times)| *times > 1);
    ensure!(
        unanswered.iter().all(again),
        "what was not answered comes again: {unanswered:?} of {heard:?}"
    );
    is_logged(&log, &heard)
}

/// A change; its change set's id.
async fn write(world: &World, number: usize) -> Result<String> {
    let document = json!({
        "type": "boolean",
        "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
    });
    let key = format!("flag-{number}");
    let change = json!([{ "kind": "flag", "key": key, "action": "create", "document": document }]);
    let set = world.api.change(PROJECT, change).await?;
    Ok(set["id"].as_str().context("no id")?.to_owned())
}

/// By the id that it is sent with: the change set that it tells of, and how often it came.
fn by_delivery(heard: Vec<Heard>) -> Result<BTreeMap<String, (String, usize)>> {
    let mut texts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for Heard { id, text } in heard {
        let (first, times) = texts.entry(id).or_insert((text.clone(), 0));
        ensure!(*first == text, "the same delivery says {first} and {text}");
        *times += 1;
    }
    let told = texts.into_iter().map(|(id, (text, times))| {
        let body: Value = serde_json::from_str(&text)?;
        let set = body["data"]["change_set"]["id"].as_str().context("no id")?;
        Ok((id, (set.to_owned(), times)))
    });
    told.collect()
}

/// The log has each delivery once, as taken, and no attempt that was not made.
fn is_logged(log: &[Value], heard: &BTreeMap<String, (String, usize)>) -> Result<()> {
    ensure!(log.len() == heard.len(), "{log:?}, where {heard:?} came");
    for delivery in log {
        let id = delivery["id"].as_str().context("no id")?;
        let (set, times) = heard.get(id).with_context(|| format!("{id} never came"))?;
        let attempts = delivery["attempts"].as_array().context("no attempts")?;
        let last = attempts.last().context("no attempt")?;
        ensure!(
            delivery["subject"] == **set && last["status"] == 204,
            "{delivery}"
        );
        ensure!(attempts.len() <= *times, "{delivery} came {times} times");
    }
    Ok(())
}
