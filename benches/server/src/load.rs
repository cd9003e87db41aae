//! Closed loops: so many connections, each of which asks again as soon as it has its answer.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::task::LocalSet;

use crate::{child::Process, median, percentile, wire::Connection};

/// What a load came to.
pub struct Load {
    pub per_second: f64,
    /// Of the time that an answer takes, in milliseconds.
    pub p99: f64,
    /// Processor time of the server, in microseconds a request.
    pub cpu: f64,
}

/// What is asked of whom, and the status that it is to be answered with.
#[derive(Clone)]
pub struct Question {
    pub request: Vec<u8>,
    pub status: u16,
}

/// How it is asked.
#[derive(Clone, Copy)]
pub struct Pressure {
    pub connections: usize,
    pub time: Duration,
    pub rounds: usize,
}

/// Puts pressure on each server in turn; the medians for each.
pub fn compare<const N: usize>(
    servers: [(&Process, &Question); N],
    pressure: Pressure,
) -> Result<[Load; N]> {
    let mut samples = [const { (Vec::new(), Vec::new(), Vec::new()) }; N];
    for _ in 0..pressure.rounds {
        for ((process, question), samples) in servers.iter().zip(&mut samples) {
            let load = once(process, question, pressure)?;
            samples.0.push(load.per_second);
            samples.1.push(load.p99);
            samples.2.push(load.cpu);
        }
    }
    Ok(samples.map(|(per_second, p99, cpu)| Load {
        per_second: median(per_second),
        p99: median(p99),
        cpu: median(cpu),
    }))
}

fn once(process: &Process, question: &Question, pressure: Pressure) -> Result<Load> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let warm = pressure.time / 4;
        run(process.address, question, pressure.connections, warm).await?;
        let (before, begun) = (process.cpu()?, Instant::now());
        let times = run(
            process.address,
            question,
            pressure.connections,
            pressure.time,
        )
        .await?;
        let (elapsed, cpu) = (begun.elapsed(), process.cpu()? - before);
        let count = times.len() as f64;
        Ok(Load {
            per_second: count / elapsed.as_secs_f64(),
            p99: percentile(times, 99),
            cpu: cpu.as_secs_f64() * 1e6 / count,
        })
    })
}

/// Milliseconds that each answer took.
async fn run(
    address: SocketAddr,
    question: &Question,
    connections: usize,
    time: Duration,
) -> Result<Vec<f64>> {
    let end = Instant::now() + time;
    let mut tasks = Vec::with_capacity(connections);
    for _ in 0..connections {
        let question = question.clone();
        tasks.push(tokio::task::spawn_local(async move {
            let mut connection = Connection::open(address).await?;
            let mut times = Vec::new();
            while Instant::now() < end {
                let begun = Instant::now();
                let status = connection.ask(&question.request).await?;
                if status != question.status {
                    bail!("answered with {status} instead of {}", question.status);
                }
                times.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            Ok(times)
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.context("a client panicked")??);
    }
    Ok(all)
}
