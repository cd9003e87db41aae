//! What lies between an SDK and its server may swallow, cut and forge what passes. The SDK
//! answers from what it has, takes over nothing that makes no sense, and follows again
//! soon after it is over.

mod hole;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use serin_sdk::{Client, ClientBuilder, Context};

use crate::world::{
    Database, Forger, Forgery, PATIENCE, PRODUCTION, PROJECT, World, eventually, play, sees,
};

const FLAG: &str = "search";
/// The silence after which the SDKs of these tests take a stream for dead.
const SILENCE: Duration = Duration::from_secs(2);
/// How soon an SDK follows again: an attempt that is under way must fail, and the pause
/// after it be over.
const CONVERGES_WITHIN: Duration = Duration::from_secs(6);

#[tokio::test]
async fn a_forger_on_the_way() {
    play("forger", Database::Sqlite, forger).await;
}

async fn forger(world: &World) -> Result<()> {
    const LARGEST: usize = 64 * 1024;
    let key = prepare(world).await?;
    let forger = Forger::before(([127, 0, 0, 1], world.server.port()).into()).await?;
    let sdk = ready(impatient(&forger.url(), &key).max_frame_bytes(LARGEST)).await?;
    for forgery in [
        Forgery::Fingerprint,
        Forgery::Garbage,
        Forgery::Cut,
        Forgery::Endless,
    ] {
        ensure!(is_on(&sdk), "{forgery:?}: the flag is on");
        let (known, taken) = (sdk.status().revision, sdk.metrics().bytes_received);
        forger.does(forgery);
        set(world, false).await?;
        eventually("it forges again and again", PATIENCE, async || {
            Ok((forger.forged() >= 4).then_some(()))
        })
        .await?;
        ensure!(
            is_on(&sdk) && sdk.status().revision == known,
            "{forgery:?}: something of it is taken over"
        );
        let each = (sdk.metrics().bytes_received - taken) / 4;
        ensure!(
            each < 4 * LARGEST as u64,
            "{forgery:?}: {each} bytes are taken in each time"
        );
        forger.does(Forgery::None);
        within(CONVERGES_WITHIN, &format!("after {forgery:?}"), async {
            sdk.when(|_| !is_on(&sdk)).await
        })
        .await?;
        set(world, true).await?;
        sees(&sdk, "the flag is on again", is_on).await?;
    }
    sdk.shutdown().await;
    Ok(())
}

/// Two flags, of which one is on, and a key.
async fn prepare(world: &World) -> Result<String> {
    world.project().await?;
    world.api.create_flag(PROJECT, FLAG).await?;
    world.api.create_flag(PROJECT, "other").await?;
    set(world, true).await?;
    world.api.create_key(PROJECT, PRODUCTION).await
}

async fn set(world: &World, enabled: bool) -> Result<()> {
    let patch = json!({ "enabled": enabled, "off": "off", "default": { "variation": "on" } });
    world.api.configure(PROJECT, PRODUCTION, FLAG, patch).await
}

fn impatient(url: &str, key: &str) -> ClientBuilder {
    Client::builder(url, key)
        .silence_limit(SILENCE)
        .request_timeout(SILENCE / 2)
        .connect_timeout(SILENCE / 2)
        .backoff(Duration::from_millis(20), Duration::from_millis(200))
        .poll_interval(Duration::from_millis(200))
        .stream_retry(SILENCE / 2)
}

async fn ready(builder: ClientBuilder) -> Result<Client> {
    let client = builder.build()?;
    client.ready_within(PATIENCE).await.context("the SDK")?;
    Ok(client)
}

async fn within<T>(limit: Duration, what: &str, future: impl Future<Output = T>) -> Result<T> {
    let done = tokio::time::timeout(limit, future).await;
    done.with_context(|| format!("not within {limit:?}: {what}"))
}

fn is_on(sdk: &Client) -> bool {
    sdk.bool(FLAG, &Context::new("user-1"), false)
}
