//! From the start to the first good answer, of the server and of an SDK.

use std::time::Instant;

use anyhow::Result;
use serin_sdk::Client;

use crate::{
    Options, median,
    report::Row,
    site::{Site, block_on},
};

const STARTS: usize = 5;
const CLIENTS: usize = 10;

pub fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut site = Site::new(options, 1000)?;
    let (mut ready, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        site.restart(options)?;
        ready.push(site.process.ready_after.as_secs_f64());
        memory.push(site.process.memory()? as f64 / 1e6);
    }
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(block_on(client(&site))?);
    }
    Ok(vec![
        Row::at_most("start to ready, 1000 flags", median(ready), "s", 0.3),
        Row::at_most("memory when ready, 1000 flags", median(memory), "MB", 25.0),
        Row::info("SDK: ready with 1000 flags", median(clients), "ms"),
    ])
}

/// Milliseconds until an SDK is ready.
async fn client(site: &Site) -> Result<f64> {
    let begun = Instant::now();
    let url = format!("http://{}", site.process.address);
    let client = Client::builder(url, &site.key)
        .without_telemetry()
        .build()?;
    client.ready().await?;
    let took = begun.elapsed();
    client.shutdown().await;
    Ok(took.as_secs_f64() * 1e3)
}
