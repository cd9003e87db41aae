//! Relays: what it costs the server to reach streams by way of them, and how much later the last
//! of them knows.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

use crate::{
    Options,
    child::Process,
    median,
    report::Row,
    site::{Site, block_on},
    streams::{CHANGES, Crowd, Figures, PATIENCE, STREAM, crowd_of},
};

const RELAYS: usize = 10;
const FLAGS: usize = 1000;

pub fn measure(options: &Options) -> Result<Vec<Row>> {
    let all = options.streams;
    let site = Site::new(options, FLAGS)?;
    let direct = block_on(crowd_of(&site, all))?;
    let site = Site::new(options, FLAGS)?;
    let (relayed, bytes) = block_on(fan_out(options, &site, all / RELAYS))?;
    let name = format!("{all} streams at {RELAYS} relays");
    let row = |what: &str, relayed, unit, direct| {
        Row::info(format!("{name}: {what}"), relayed, unit).beside("at the server", direct)
    };
    let kilobytes = |bytes: f64| bytes / 1024.0;
    let streams = all as f64;
    Ok(vec![
        row("a change at the last", relayed.last, "ms", direct.last),
        row(
            "the server's CPU of a change",
            relayed.cpu,
            "µs",
            direct.cpu * streams,
        ),
        row(
            "bytes of a change from the server",
            bytes * RELAYS as f64,
            "B",
            bytes * streams,
        ),
        row(
            "memory each",
            kilobytes(relayed.memory),
            "KiB",
            kilobytes(direct.memory),
        ),
    ])
}

/// So many streams at each relay. The processor time is the server's, for a change; the memory a relay's, for a
/// stream; and the bytes are those that come to a relay, for a change.
async fn fan_out(options: &Options, site: &Site, each: usize) -> Result<(Figures, f64)> {
    let wire = Wire::to(site.process.address).await?;
    let folder = TempDir::new()?;
    let mut admin = site.admin().await?;
    admin.switch(0, false).await?;
    let revision = site.revision(site.process.address).await?;
    let request = site.request("GET", STREAM, &[("last-event-id", &revision)]);
    let (mut relays, mut crowds, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RELAYS {
        // The wire is a task of this thread, which must not block until the relay is ready.
        let (program, key) = (options.serin.clone(), site.key.clone());
        let (upstream, log) = (wire.address, folder.path().to_owned());
        let start = move || Process::relay(&program, upstream, &key, &log);
        let relay = tokio::task::spawn_blocking(start).await??;
        let follows = async {
            while site.revision(relay.address).await? != revision {}
            anyhow::Ok(())
        };
        let follows = timeout(PATIENCE, follows).await;
        follows.context("a relay does not follow")??;
        let first = Crowd::gather(relay.address, &request, 8).await?;
        let before = relay.memory()?;
        crowds.push(Crowd::gather(relay.address, &request, each).await?);
        memory.push(relay.memory()?.saturating_sub(before) as f64 / each as f64);
        drop(first);
        relays.push(relay);
    }
    let (mut last, cpu) = (Vec::new(), site.process.cpu()?);
    let before = wire.bytes.load(Ordering::Relaxed);
    for change in 0..CHANGES {
        let begun = Instant::now();
        let arrive = async {
            let mut latest = begun;
            for crowd in &mut crowds {
                latest = crowd.all().await?.into_iter().fold(latest, Instant::max);
            }
            anyhow::Ok(latest)
        };
        let (switched, latest) = tokio::join!(admin.switch(0, change % 2 == 0), arrive);
        switched?;
        last.push((latest? - begun).as_secs_f64() * 1e3);
    }
    let bytes = wire.bytes.load(Ordering::Relaxed) - before;
    let figures = Figures {
        memory: median(memory),
        cpu: (site.process.cpu()? - cpu).as_secs_f64() * 1e6 / CHANGES as f64,
        last: median(last),
    };
    Ok((figures, bytes as f64 / (CHANGES * RELAYS) as f64))
}

/// What is between relays and their server, and counts what comes from there.
struct Wire {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Wire {
    async fn to(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let bytes = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        let count = Arc::clone(&bytes);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((relay, _)) = listener.accept().await {
                connections.spawn(pass(relay, server, Arc::clone(&count)));
            }
        });
        Ok(Self {
            address,
            bytes,
            _tasks: tasks,
        })
    }
}

async fn pass(relay: TcpStream, server: SocketAddr, count: Arc<AtomicU64>) -> std::io::Result<()> {
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    relay.set_nodelay(true)?;
    let (mut asked, mut to_relay) = relay.into_split();
    let (mut answered, mut to_server) = server.into_split();
    let there = tokio::io::copy(&mut asked, &mut to_server);
    let back = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = answered.read(&mut buffer).await?;
            if read == 0 {
                return to_relay.shutdown().await;
            }
            count.fetch_add(read as u64, Ordering::Relaxed);
            to_relay.write_all(&buffer[..read]).await?;
        }
    };
    tokio::try_join!(there, back).map(drop)
}
