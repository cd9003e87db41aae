//! All come at once: thousands of streams fall upon a server that has just started, and
//! again where all of them break. It takes those that it has room for, tells the others when to come
//! again, sends nobody what they have, and answers and writes meanwhile.

mod stampede;

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_sdk::{Client, Context};
use tokio::process::Command;

use crate::world::{Database, PRODUCTION, PROJECT, World, eventually, play_with, sees};
use stampede::{Came, Stampede};

const FLAG: &str = "search";
/// How many come, where the system lets two programs have so many connections.
const MANY: usize = 10_000;
/// What the test and the server need besides.
const OTHER_FILES: usize = 1500;
/// How many there are that do not read.
const IDLE: usize = 50;
/// How many come that there is no room for.
const SURPLUS: usize = 200;
/// How soon all are there, on a machine that has other things to do too.
const THERE_WITHIN: Duration = Duration::from_secs(30);
/// What one of them may cost, in bytes: far less than the ruleset.
const EACH: u64 = 40 << 10;
/// The size of the ruleset, about: more than the kernel takes off the server's hands for one
/// that does not read, and made of so many flags.
const RULESET: usize = 5 << 20;
const LARGE_FLAGS: usize = 10;

#[tokio::test]
async fn all_come_at_once() {
    let files = descriptors().await.unwrap();
    let many = files.saturating_sub(OTHER_FILES).clamp(SURPLUS, MANY);
    let limit = many.to_string();
    let options = ["--key-streams", &limit, "--request-timeout", "60"];
    play_with("herd", Database::Sqlite, &options, async |world| {
        herd(world, many).await
    })
    .await;
}

/// Also where the system lets the server have fewer connections than come, which is what most
/// systems begin with: there is a word for each, and for people.
#[tokio::test]
async fn more_come_than_the_system_has_room_for() {
    play_with("files", Database::Sqlite, &[], async |world| {
        prepare(world).await?;
        let key = world.api.create_key(PROJECT, PRODUCTION).await?;
        world.server.restart_with_files(400).await?;
        let revision = world.sdk_with(key.as_str()).await?.status().revision;
        let revision = revision.context("no revision")?;
        let mut herd = Stampede::of(600, world.server.port(), &key, revision);
        let (came, written) = tokio::join!(herd.all(THERE_WITHIN), set(world, false));
        written.context("a write meanwhile")?;
        let Came { open, refused } = came?;
        ensure!(
            (150..400).contains(&open) && open + refused.len() == 600,
            "{open} are in and {} are told to come again",
            refused.len()
        );
        herd.all_have(revision + 1, THERE_WITHIN).await
    })
    .await;
}

async fn herd(world: &World, many: usize) -> Result<()> {
    prepare(world).await?;
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let sdk = world.sdk(PRODUCTION).await?;
    some_that_do_not_read(world, &sdk, &key).await?;
    world.server.kill().await?;
    world.server.restart().await?;
    let before = memory(world).await?;
    let mut revision = sdk.status().revision.context("no revision")?;
    let herd = all_after_a_restart(world, &key, many, revision).await?;
    sees(&sdk, "the flag is off", |sdk| !is_on(sdk)).await?;

    // All break, and come back before the server could see that they went.
    drop(herd);
    revision += 1;
    let mut herd = Stampede::of(many, world.server.port(), &key, revision).stubborn();
    let (came, written) = tokio::join!(herd.all(THERE_WITHIN), set(world, true));
    written.context("a write meanwhile")?;
    ensure!(came?.open == many, "those who went keep others out");
    herd.all_have(revision + 1, THERE_WITHIN).await?;
    sees(&sdk, "the flag is on", is_on).await?;
    let each = memory(world).await?.saturating_sub(before) / many as u64;
    eprintln!("{many} streams, and as many before them, cost {each} bytes each");
    ensure!(each < EACH, "a stream costs {each} bytes");
    sdk.shutdown().await;
    Ok(())
}

/// They want the whole ruleset and then do not take it: nobody is held up, and it is not in
/// memory once for each.
async fn some_that_do_not_read(world: &World, sdk: &Client, key: &str) -> Result<()> {
    let before = memory(world).await?;
    let idle = Stampede::idle(IDLE, world.server.port(), key).await?;
    set(world, false).await?;
    sees(sdk, "the flag is off", |sdk| !is_on(sdk)).await?;
    let each = memory(world).await?.saturating_sub(before) / IDLE as u64;
    eprintln!("{IDLE} readers that do not read cost {each} bytes each");
    ensure!(
        each < RULESET as u64 / 4,
        "a reader that does not read costs {each} bytes"
    );
    drop(idle);
    set(world, true).await?;
    sees(sdk, "the flag is on", is_on).await
}

/// More come than there is room for, while the server is too busy to take anybody.
async fn all_after_a_restart(
    world: &World,
    key: &str,
    many: usize,
    revision: u64,
) -> Result<Stampede> {
    signal(world, "STOP").await?;
    let mut herd = Stampede::of(many + SURPLUS, world.server.port(), key, revision);
    let room = backlog()?.min(many) * 3 / 4;
    let waiting = eventually(
        "they wait to be taken",
        Duration::from_secs(5),
        async || Ok((herd.connected() >= room).then_some(())),
    );
    let waiting = waiting.await;
    signal(world, "CONT").await?;
    waiting?;
    let begun = Instant::now();
    let (came, written) = tokio::join!(herd.all(THERE_WITHIN), set(world, false));
    written.context("a write meanwhile")?;
    let Came { open, refused } = came?;
    ensure!(
        (open, refused.len()) == (many, SURPLUS),
        "{open} are in and {} are told to come again",
        refused.len()
    );
    ensure!(
        refused.iter().all(|seconds| (5..15).contains(seconds)),
        "they come again at any time: {refused:?}"
    );
    eprintln!("{many} streams came within {:?}", begun.elapsed());
    herd.all_have(revision + 1, THERE_WITHIN).await?;
    Ok(herd)
}

/// One flag to switch, and some that make the ruleset large.
async fn prepare(world: &World) -> Result<()> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    set(world, true).await?;
    let variation = |letter: char| {
        let text: String = std::iter::repeat_n(letter, RULESET / LARGE_FLAGS / 10).collect();
        json!({ "key": letter.to_string(), "value": text })
    };
    let variations: Vec<Value> = ('a'..='j').map(variation).collect();
    let document = json!({ "type": "string", "variations": variations });
    let on = json!({ "enabled": true, "default": { "variation": "a" } });
    for number in 0..LARGE_FLAGS {
        let key = format!("large-{number}");
        let create =
            json!({ "kind": "flag", "key": key, "action": "create", "document": document });
        let configure = json!({
            "kind": "flag_config", "environment": PRODUCTION, "key": key,
            "action": "patch", "document": on,
        });
        world
            .api
            .change(PROJECT, json!([create, configure]))
            .await?;
    }
    Ok(())
}

async fn set(world: &World, enabled: bool) -> Result<()> {
    let patch = json!({ "enabled": enabled, "off": "off", "default": { "variation": "on" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, patch).await
}

fn is_on(sdk: &Client) -> bool {
    sdk.bool(FLAG, &Context::new("user-1"), false)
}

async fn signal(world: &World, name: &str) -> Result<()> {
    let id = world.server.id().await?.to_string();
    let status = Command::new("kill")
        .args([&format!("-{name}"), &id])
        .status();
    ensure!(status.await?.success(), "kill -{name} {id}");
    Ok(())
}

/// What the server has in memory, in bytes.
async fn memory(world: &World) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", world.server.id().await?))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u64 = number.context("no VmRSS")?.parse()?;
    Ok(kilobytes * 1024)
}

/// How many connections wait for a program at most.
fn backlog() -> Result<usize> {
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn")?;
    Ok(most.trim().parse::<usize>()?.min(4096))
}

/// Lets this process, and what it starts, have as many files as the system allows.
async fn descriptors() -> Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let hard = line.and_then(|line| line.split_whitespace().nth(1));
    let hard = hard.context("no limit of open files")?;
    let own = format!("--pid={}", std::process::id());
    let raised = Command::new("prlimit")
        .args([own, format!("--nofile={hard}:")])
        .status()
        .await?;
    ensure!(raised.success(), "prlimit: {raised}");
    Ok(hard.parse().unwrap_or(usize::MAX))
}
