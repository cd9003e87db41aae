//! OpenFeature's client for Rust: one request an evaluation. It drops reasons and metadata.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use open_feature::{
    Client, EvaluationContext, EvaluationErrorCode, OpenFeature, StructValue, Value,
};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(20);

/// The server's address, keys, and what the engine decides: see openfeature.rs.
#[derive(serde::Deserialize)]
struct World {
    url: String,
    flags: String,
    token: String,
    server_key: String,
    client_key: String,
    busy_key: String,
    units: Vec<(String, String)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("the world is missing")?;
    let world: World = serde_json::from_slice(&std::fs::read(path)?)?;
    let flags = client(&world, "server", &world.server_key).await?;
    values(&flags).await.context("values")?;
    println!("ok: every type has its value and variant");
    targeting(&flags).await.context("targeting")?;
    println!("ok: targeting looks at the context");
    percentage(&world, &flags).await.context("percentage")?;
    println!("ok: a percentage holds for the same units as in the engine");
    switch(&world, &flags).await.context("switch")?;
    println!("ok: a switch is seen by the next evaluation");
    errors(&world, &flags).await.context("errors")?;
    println!("ok: what cannot be evaluated says why");
    too_many(&world).await.context("too many")?;
    println!("ok: too many requests are held back until the server says");
    Ok(())
}

async fn client(world: &World, name: &str, key: &str) -> Result<Client> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_str(key)?);
    let options = OfrepOptions {
        base_url: world.url.clone(),
        headers,
        ..OfrepOptions::default()
    };
    let provider = OfrepProvider::new(options).await;
    let provider = provider.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let mut api = OpenFeature::singleton_mut().await;
    api.set_named_provider(name, provider).await;
    Ok(api.create_named_client(name))
}

fn user(key: &str) -> EvaluationContext {
    EvaluationContext::default().with_targeting_key(key)
}

async fn configure(world: &World, flag: &str, patch: serde_json::Value) -> Result<()> {
    let request = reqwest::Client::new()
        .patch(format!("{}/{flag}", world.flags))
        .bearer_auth(&world.token)
        .header("content-type", "application/merge-patch+json")
        .body(patch.to_string());
    request.send().await?.error_for_status()?;
    Ok(())
}

async fn values(flags: &Client) -> Result<()> {
    let user = user("user-1");
    let on = flags.get_bool_details("toggled", Some(&user), None).await;
    let on = on.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    ensure!(on.value && on.variant.as_deref() == Some("on"), "{on:?}");
    let text = flags.get_string_value("text", Some(&user), None).await;
    ensure!(text.as_deref() == Ok("hello"), "{text:?}");
    let count = flags.get_int_value("count", Some(&user), None).await;
    ensure!(count == Ok(7), "{count:?}");
    let ratio = flags.get_float_value("ratio", Some(&user), None).await;
    ensure!(ratio == Ok(2.0), "{ratio:?}");
    let tree = flags
        .get_struct_value::<Tree>("tree", Some(&user), None)
        .await;
    let tree = tree.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    ensure!(
        tree.0 == Some(Value::Array(vec![Value::Int(1), Value::Float(2.5)])),
        "{:?}",
        tree.0
    );
    Ok(())
}

/// The member `a`, as it came.
struct Tree(Option<Value>);

impl From<StructValue> for Tree {
    fn from(mut value: StructValue) -> Self {
        Self(value.fields.remove("a"))
    }
}

async fn targeting(flags: &Client) -> Result<()> {
    let german = user("user-1").with_custom_field("country", "DE");
    let details = flags
        .get_string_details("targeted", Some(&german), None)
        .await;
    let details = details.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    ensure!(details.value == "guten Tag", "{details:?}");
    let other = flags
        .get_string_value("targeted", Some(&user("user-1")), None)
        .await;
    ensure!(other.as_deref() == Ok("hello"), "{other:?}");
    Ok(())
}

async fn percentage(world: &World, flags: &Client) -> Result<()> {
    for (unit, value) in &world.units {
        let details = flags
            .get_string_details("split", Some(&user(unit)), None)
            .await;
        let details = details.map_err(|error| anyhow::anyhow!("{unit}: {error:?}"))?;
        ensure!(details.value == *value, "{unit}: {details:?}, not {value}");
    }
    Ok(())
}

async fn switch(world: &World, flags: &Client) -> Result<()> {
    for enabled in [false, true] {
        configure(world, "toggled", json!({ "enabled": enabled })).await?;
        let value = flags
            .get_bool_value("toggled", Some(&user("user-1")), None)
            .await;
        ensure!(value == Ok(enabled), "{value:?}");
    }
    Ok(())
}

async fn errors(world: &World, flags: &Client) -> Result<()> {
    let user = user("user-1");
    let code = async |flags: &Client, flag: &str| {
        let value = flags.get_bool_value(flag, Some(&user), None).await;
        value.err().map(|error| error.code)
    };
    let unknown = code(flags, "unknown").await;
    ensure!(
        unknown == Some(EvaluationErrorCode::FlagNotFound),
        "{unknown:?}"
    );
    // This client says so where the value is of another type.
    let mismatch = code(flags, "text").await;
    ensure!(
        mismatch == Some(EvaluationErrorCode::ParseError),
        "{mismatch:?}"
    );
    // And so for everything that is answered with 400.
    let unitless = flags.get_string_value("split", None, None).await;
    let unitless = unitless.err().map(|error| error.code);
    ensure!(
        unitless == Some(EvaluationErrorCode::InvalidContext),
        "{unitless:?}"
    );
    let stranger = client(world, "stranger", "serin_server_wrong").await?;
    let refused = code(&stranger, "toggled").await;
    ensure!(
        matches!(refused, Some(EvaluationErrorCode::General(_))),
        "{refused:?}"
    );
    let page = client(world, "client", &world.client_key).await?;
    let hidden = code(&page, "hidden").await;
    ensure!(
        hidden == Some(EvaluationErrorCode::FlagNotFound),
        "{hidden:?}"
    );
    Ok(())
}

async fn too_many(world: &World) -> Result<()> {
    let busy = client(world, "busy", &world.busy_key).await?;
    let user = user("user-1");
    let ask = async || {
        let value = busy.get_bool_value("toggled", Some(&user), None).await;
        value.err().and_then(|error| error.message)
    };
    let mut messages = Vec::new();
    for _ in 0..200 {
        messages.extend(ask().await);
    }
    for expected in ["Retry after", "Please wait before"] {
        let found = messages.iter().any(|message| message.contains(expected));
        ensure!(found, "no {expected:?} among {messages:?}");
    }
    let again = async {
        while ask().await.is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again)
        .await
        .context("no evaluation after the wait")
}
