//! The whole SDK: snapshot, evaluation, reason and counter.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Result;
use serin_sdk::{Client, Context, PreparedContext};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::engines::{Engine as _, SerinPrepared, serin_context};
use crate::timing::median;
use crate::world::{Person, World};

/// Nanoseconds a call.
pub struct Figures {
    pub one: f64,
    pub one_prepared: f64,
    pub with_rules: f64,
    /// Of two threads that evaluate one flag.
    pub two: TwoThreads,
}

/// Medians of rounds in which two threads work one after the other, and both at a time.
pub struct TwoThreads {
    pub alone: f64,
    pub together: f64,
    /// Of each round what together is to alone, so that a processor whose speed varies from
    /// round to round favours neither.
    pub ratio: f64,
}

/// A round is over so soon that all of them would fall into one mood of the machine.
const TIMES_AS_MANY: usize = 4;

pub const NAME: &str = "serin SDK";

/// Evaluates a case so many times, for counting instructions.
pub fn repeat(key: &str, count: u64) -> Result<()> {
    let runtime = runtime()?;
    let client = runtime.block_on(connect())?;
    let context = serin_context(&Person::MEMBER);
    let snapshot = client.snapshot();
    let prepared = snapshot.prepare(&context).expect("a ruleset is here");
    (0..count).for_each(|_| quick(&client, key, &prepared));
    Ok(())
}

pub fn measure(rounds: usize) -> Result<Figures> {
    let runtime = runtime()?;
    let client = runtime.block_on(connect())?;
    let context = serin_context(&Person::MEMBER);
    let snapshot = client.snapshot();
    let prepared = snapshot.prepare(&context).expect("a ruleset is here");
    let rounds = rounds * TIMES_AS_MANY;
    let mut samples = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        samples[0].push(timed(|| plain(&client, "flag-a", &context)));
        samples[1].push(timed(|| quick(&client, "flag-a", &prepared)));
        samples[2].push(timed(|| quick(&client, "flag-b", &prepared)));
    }
    let two = two_threads(rounds, || quick(&client, "flag-a", &prepared));
    runtime.block_on(client.shutdown());
    let [one, one_prepared, with_rules] = samples.map(median);
    Ok(Figures {
        one,
        one_prepared,
        with_rules,
        two,
    })
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
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

fn timed(call: impl Fn()) -> f64 {
    // What ran in between has filled the caches with its own.
    (0..CALLS / 4).for_each(|_| call());
    let begun = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

/// Times two threads: the first while the other waits, both, the other while the first waits.
/// So each thread comes to one of its two samples from waiting, and to the other from work.
fn two_threads(rounds: usize, call: impl Fn() + Sync) -> TwoThreads {
    let (turns, meeting) = (Barrier::new(2), AtomicUsize::new(0));
    let run = |first: bool| {
        let round = |number| {
            turns.wait();
            let before = first.then(|| timed(&call));
            turns.wait();
            let together = in_company(&meeting, 4 * number, &call);
            turns.wait();
            let alone = before.unwrap_or_else(|| timed(&call));
            [alone, together]
        };
        (0..rounds).map(round).collect::<Vec<_>>()
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(false));
        let one = run(true);
        (one, other.join().expect("it measures as the first does"))
    });
    let both = |(one, other): (&[f64; 2], &[f64; 2])| [0, 1].map(|at| (one[at] + other[at]) / 2.0);
    let means: Vec<[f64; 2]> = one.iter().zip(&other).map(both).collect();
    let median_of = |of: fn(&[f64; 2]) -> f64| median(means.iter().map(of).collect());
    TwoThreads {
        alone: median_of(|[alone, _]| *alone),
        together: median_of(|[_, together]| *together),
        ratio: median_of(|[alone, together]| together / alone),
    }
}

/// Times a thread while another does the same: neither begins before the other is there, nor
/// stops before the other is done.
fn in_company(meeting: &AtomicUsize, before: usize, call: impl Fn()) -> f64 {
    let meet = |count| {
        meeting.fetch_add(1, Ordering::AcqRel);
        while meeting.load(Ordering::Acquire) < before + count {
            call();
        }
    };
    meet(2);
    let took = timed(&call);
    meet(4);
    took
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
