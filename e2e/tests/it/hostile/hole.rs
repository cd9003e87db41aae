//! A black hole: a line that swallows both ways, and whose connections never come back to life.
//!
//! Among the tests it lasts for some seconds, and the SDKs have as little patience. `cargo xtask soak hole` takes
//! five minutes, with SDKs as they are by default.

use std::{
    env, fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use serin_sdk::{Client, ClientBuilder, Context};
use tokio::task::JoinSet;

use super::{CONVERGES_WITHIN, FLAG, SILENCE, impatient, is_on, prepare, ready, set, within};
use crate::world::{Api, Database, Line, PATIENCE, PROJECT, World, play};

/// How often is evaluated at once, for others each time, while nothing comes.
const AT_ONCE: u64 = 50;
const PAUSE: Duration = Duration::from_millis(10);
/// What a program may grow by in a hole, in bytes, whatever cannot be sent.
const GROWTH: u64 = 16 << 20;

#[tokio::test]
async fn a_black_hole() {
    play("black-hole", Database::Sqlite, black_hole).await;
}

async fn black_hole(world: &World) -> Result<()> {
    let times = Times::of_this_run()?;
    let key = prepare(world).await?;
    let line = Line::to(([127, 0, 0, 1], world.server.port()).into()).await?;
    let through = format!("http://127.0.0.1:{}", line.port());
    let alone = ready(times.sdk(&through, &key)).await?;
    let with_another = ready(times.sdk(&through, &key).failover(world.server.url())).await?;
    // Streams that bring something are never silent, so that only the hole is.
    let mut chatter = JoinSet::new();
    chatter.spawn(chat(world.api.clone(), times.silence / 8));

    line.swallow();
    let begun = Instant::now();
    set(world, false).await?;
    within(times.notices, "the other address takes over", async {
        with_another.when(|_| !is_on(&with_another)).await
    })
    .await?;
    let took_over = begun.elapsed();
    within(
        times.notices,
        "the SDK knows that it hears nothing",
        async { alone.when(|status| !status.connected).await },
    )
    .await?;
    let memory = Memory::now(world).await?;
    evaluate_through(&alone, begun + times.lasts).await?;
    ensure!(
        alone.status().is_stale(times.silence) && !alone.status().connected,
        "it says that it is not: {:?}",
        alone.status()
    );
    memory.has_not_grown(world, &times).await?;

    line.open();
    let begun = Instant::now();
    within(times.converges, "the SDK follows again", async {
        alone.when(|_| !is_on(&alone)).await
    })
    .await?;
    eprintln!(
        "a hole of {:?}: the other address took over after {took_over:.1?}, and the SDK without one followed again {:.1?} after the end",
        times.lasts,
        begun.elapsed()
    );
    ensure!(
        chatter.try_join_next().is_none(),
        "there was something to hear"
    );
    drop(chatter);
    for sdk in [alone, with_another] {
        sdk.shutdown().await;
    }
    Ok(())
}

/// How long all of it takes.
struct Times {
    lasts: Duration,
    /// The silence after which an SDK takes a stream for dead.
    silence: Duration,
    /// How soon an SDK knows that it hears nothing, and follows another address where it has one.
    notices: Duration,
    /// How soon it follows again after the hole: an attempt that is under way must fail, and the
    /// pause after it be over.
    converges: Duration,
    by_default: bool,
}

impl Times {
    fn of_this_run() -> Result<Self> {
        Ok(match env::var("SERIN_HOLE_SECONDS") {
            Ok(seconds) => Self {
                lasts: Duration::from_secs(seconds.parse()?),
                silence: Duration::from_secs(45),
                notices: Duration::from_secs(55),
                converges: Duration::from_secs(60),
                by_default: true,
            },
            Err(_) => Self {
                lasts: 2 * SILENCE,
                silence: SILENCE,
                notices: CONVERGES_WITHIN,
                converges: CONVERGES_WITHIN,
                by_default: false,
            },
        })
    }

    fn sdk(&self, url: &str, key: &str) -> ClientBuilder {
        match self.by_default {
            true => Client::builder(url, key),
            false => impatient(url, key),
        }
    }
}

/// Changes something again and again.
async fn chat(api: Api, pause: Duration) -> Result<()> {
    loop {
        let document = json!({ "description": format!("{:?}", Instant::now()) });
        let change =
            json!([{ "kind": "flag", "key": "other", "action": "patch", "document": document }]);
        api.change(PROJECT, change).await?;
        tokio::time::sleep(pause).await;
    }
}

/// Evaluates without end, for ever new people and flags that nobody knows too, which is all counted and
/// cannot be told; until then, and until it has tried in vain some times more.
async fn evaluate_through(sdk: &Client, end: Instant) -> Result<()> {
    let failures = sdk.metrics().failures;
    let patience = end.max(Instant::now()) + PATIENCE;
    let mut number = 0_u64;
    while Instant::now() < end || sdk.metrics().failures < failures + 2 {
        ensure!(Instant::now() < patience, "it tries no more");
        for _ in 0..AT_ONCE {
            number += 1;
            let user = Context::new(format!("user-{number}"));
            ensure!(sdk.bool(FLAG, &user, false), "it answers as before");
            let unknown = format!("unknown-{number}");
            ensure!(sdk.bool(&unknown, &user, true), "nobody knows {unknown}");
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// What the server and this program, which is the SDK's, have in memory, in bytes.
struct Memory {
    server: u64,
    own: u64,
}

impl Memory {
    async fn now(world: &World) -> Result<Self> {
        Ok(Self {
            server: resident(&world.server.id().await?.to_string())?,
            own: resident("self")?,
        })
    }

    async fn has_not_grown(&self, world: &World, times: &Times) -> Result<()> {
        let now = Self::now(world).await?;
        let server = now.server.saturating_sub(self.server);
        let own = now.own.saturating_sub(self.own);
        eprintln!("meanwhile the server grew by {server} bytes, this program by {own}");
        ensure!(server < GROWTH, "the server grew by {server} bytes");
        // Other tests run in this program, but for when it is the only one.
        ensure!(
            own < GROWTH || !times.by_default,
            "the SDK grew by {own} bytes"
        );
        Ok(())
    }
}

fn resident(process: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u64 = number.context("no VmRSS")?.parse()?;
    Ok(kilobytes * 1024)
}
