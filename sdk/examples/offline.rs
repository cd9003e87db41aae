//! Starts without a network: first from a bootstrap, then from the copy on the disk.
//! `cargo run -p serin-sdk --example offline`, and with a server
//! `cargo run -p serin-sdk --example offline -- URL KEY`, which leaves a copy behind.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;
use std::time::Duration;

use serde_json::json;
use serin_sdk::{Client, Context, Document};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, key) = match arguments.as_slice() {
        [url, key] => (url.as_str(), key.as_str()),
        // Nobody listens there.
        _ => ("http://127.0.0.1:9", "srv_none"),
    };
    let folder = std::env::temp_dir().join("serin-offline-example");
    let client = Client::builder(url, key)
        .cache(&folder)
        .bootstrap(bootstrap()?)
        .build()?;
    // It is ready at once, whatever the network does.
    client.ready().await?;
    tell(&client);

    let heard = client.when(|status| status.connected && status.age.is_some());
    if tokio::time::timeout(Duration::from_secs(2), heard)
        .await
        .is_err()
    {
        println!("the server is not there: {:?}", client.status().last_error);
    }
    tell(&client);
    // Leaves a copy in the folder, where there was a server.
    client.shutdown().await;
    Ok(())
}

/// A ruleset that a program may carry along.
fn bootstrap() -> Result<Document, serde_json::Error> {
    serde_json::from_value(json!({
        "format": 1, "project": "shop", "environment": "production", "revision": 1,
        "flags": {"new-checkout": {
            "type": "boolean", "version": 1, "enabled": true,
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
            "default": {"variation": "off"},
        }},
    }))
}

fn tell(client: &Client) {
    let status = client.status();
    println!(
        "revision {:?} from {:?}, {} flags, new-checkout is {}",
        status.revision,
        status.source,
        client.flags().len(),
        client.bool("new-checkout", &Context::new("user-1"), true),
    );
}
