//! Prints a flag, and again whenever it changes for that user:
//! `cargo run -p serin-sdk --example watch -- URL KEY FLAG [TARGETING-KEY]`

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::io::{Write as _, stdout};
use std::time::Duration;

use serde_json::Value;
use serin_sdk::{Client, Context, Detail};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, key, flag, user) = match arguments.as_slice() {
        [url, key, flag] => (url, key, flag, "user-1"),
        [url, key, flag, user] => (url, key, flag, user.as_str()),
        _ => return Err("usage: watch URL KEY FLAG [TARGETING-KEY]".into()),
    };
    let client = Client::builder(url, key).build()?;
    let mut changes = client.changes();
    if let Err(error) = client.ready_within(Duration::from_secs(5)).await {
        println!("{error}; still trying");
    }
    let context = Context::new(user);
    let mut shown = None;
    loop {
        let detail = client.value_detail(flag, &context, Value::Null);
        // Other flags change too.
        let seen = (
            detail.value.clone(),
            detail.variation.clone(),
            detail.reason,
        );
        if shown.as_ref() != Some(&seen) {
            println!("{flag} = {}", describe(&detail));
            stdout().flush()?;
            shown = Some(seen);
        }
        tokio::select! {
            change = changes.next() => if change.is_none() { break },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    client.shutdown().await;
    Ok(())
}

fn describe(detail: &Detail<Value>) -> String {
    let mut text = format!("{} ({}", detail.value, detail.reason.as_str());
    if let Some(variation) = &detail.variation {
        text.push_str(&format!(", variation {variation}"));
    }
    if let Some(rule) = &detail.rule {
        text.push_str(&format!(", rule {rule}"));
    }
    if let Some(revision) = detail.revision {
        text.push_str(&format!(", revision {revision}"));
    }
    if let Some(error) = &detail.error {
        text.push_str(&format!(", {error}"));
    }
    text.push(')');
    text
}
