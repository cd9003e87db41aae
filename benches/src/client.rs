//! The whole SDK: snapshot, evaluation, reason and counter.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use anyhow::Result;
use serin_sdk::{Client, Context, PreparedContext};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::engines::{Engine as _, SerinPrepared, serin_context};
use crate::timing::median;
use crate::world::{Person, World};

/// Nanoseconds a call.
pub struct Figures {
    pub one: f64,
    pub one_prepared: f64,
    pub with_rules: f64,
    /// Of each of two threads that evaluate one flag.
    pub two: f64,
}

pub fn measure(rounds: usize) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let client = runtime.block_on(connect())?;
    let context = serin_context(&Person::MEMBER);
    let snapshot = client.snapshot();
    let prepared = snapshot.prepare(&context).expect("a ruleset is here");
    let mut samples = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        samples[0].push(alone(|| plain(&client, "flag-a", &context)));
        samples[1].push(alone(|| quick(&client, "flag-a", &prepared)));
        samples[2].push(alone(|| quick(&client, "flag-b", &prepared)));
        samples[3].push(both(|| quick(&client, "flag-a", &prepared)));
    }
    runtime.block_on(client.shutdown());
    let [one, one_prepared, with_rules, two] = samples.map(median);
    Ok(Figures {
        one,
        one_prepared,
        with_rules,
        two,
    })
}

#[inline(always)]
fn plain(client: &Client, flag: &str, context: &Context) {
    let seen = client.evaluate(black_box(flag), black_box(context), |evaluation| {
        (evaluation.reason, evaluation.value.is_some())
    });
    black_box(seen);
}

#[inline(always)]
fn quick(client: &Client, flag: &str, context: &PreparedContext<'_>) {
    let seen = client.evaluate_prepared(black_box(flag), black_box(context), |evaluation| {
        (evaluation.reason, evaluation.value.is_some())
    });
    black_box(seen);
}

/// So few that a sample is over before the machine turns to something else.
const CALLS: u32 = 10_000;

fn alone(call: impl Fn()) -> f64 {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn both(call: impl Fn() + Sync) -> f64 {
    let start = Barrier::new(2);
    let run = || {
        // The first calls of a thread make its counts.
        call();
        start.wait();
        alone(&call)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(run);
        let own = run();
        other.join().map_or(own, |other| own.max(other))
    })
}

/// A client of a server that sends one ruleset and takes all telemetry.
async fn connect() -> Result<Client> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let document = SerinPrepared::document(&World::small());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let document = document.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let length = socket.read(&mut request).await.unwrap_or(0);
                if request[..length].starts_with(b"GET") {
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                    let event = format!("{head}id: 1\nevent: put\ndata: {document}\n\n");
                    let _ = socket.write_all(event.as_bytes()).await;
                    // Open until the client goes.
                    while socket.read(&mut request).await.is_ok_and(|read| read > 0) {}
                } else {
                    let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                    let _ = socket.write_all(answer).await;
                }
            });
        }
    });
    let client = Client::builder(url, "bench").build()?;
    client.ready().await?;
    Ok(client)
}
