//! Event streams: what an idle one weighs, and how a change reaches all of them.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::timeout,
};

use crate::{
    Options,
    child::Process,
    median, percentile,
    report::Row,
    site::{Site, block_on},
    wire::{Connection, request},
};

pub const STREAM: &str = "/sdk/v1/stream";
/// Connections that are being made at the same time.
const OPENING: usize = 64;
/// Larger than a change of one flag.
const BUFFER: usize = 4096;
pub const CHANGES: usize = 10;
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Streams that are read, and what tells of each event that came.
pub struct Crowd {
    arrivals: mpsc::UnboundedReceiver<Instant>,
    size: usize,
    _readers: JoinSet<()>,
}

impl Crowd {
    pub async fn gather(address: SocketAddr, request: &[u8], size: usize) -> Result<Self> {
        let (told, arrivals) = mpsc::unbounded_channel();
        let (open, mut opened) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(OPENING));
        let request: Arc<[u8]> = request.into();
        let mut readers = JoinSet::new();
        for _ in 0..size {
            let (told, open) = (told.clone(), open.clone());
            let (gate, request) = (Arc::clone(&gate), Arc::clone(&request));
            readers.spawn(async move {
                let permit = gate.acquire().await;
                let stream = match Connection::open(address).await {
                    Ok(connection) => connection.stream(&request, BUFFER).await,
                    Err(error) => Err(error),
                };
                drop(permit);
                let mut stream = match stream {
                    Ok(stream) => stream,
                    Err(error) => return drop(open.send(Err(error))),
                };
                drop(open.send(Ok(())));
                while stream.next().await.is_ok() {
                    if told.send(Instant::now()).is_err() {
                        return;
                    }
                }
            });
        }
        for _ in 0..size {
            let one = timeout(PATIENCE, opened.recv()).await;
            one.context("streams do not open")?
                .context("a reader panicked")??;
        }
        Ok(Self {
            arrivals,
            size,
            _readers: readers,
        })
    }

    /// When the next event came to each.
    pub async fn all(&mut self) -> Result<Vec<Instant>> {
        let mut times = Vec::with_capacity(self.size);
        while times.len() < self.size {
            match timeout(PATIENCE, self.arrivals.recv()).await {
                Ok(Some(time)) => times.push(time),
                _ => bail!("an event came to {} of {} only", times.len(), self.size),
            }
        }
        Ok(times)
    }
}

/// What a crowd came to.
pub struct Figures {
    /// Bytes a stream.
    pub memory: f64,
    /// Microseconds a stream and change.
    pub cpu: f64,
    /// Milliseconds from asking for the change to its last arrival.
    pub last: f64,
}

pub fn idle(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for size in [1000, 10_000] {
        let floor = bare(size)?;
        let site = Site::new(options, 1000)?;
        let own = block_on(crowd_of(&site, size))?;
        let kilobytes = |bytes: f64| bytes / 1024.0;
        let name = format!("{size} idle streams");
        let against = (1.3, "bare SSE", kilobytes(floor.memory));
        rows.push(Row::at_most_times(
            format!("{name}: memory each"),
            kilobytes(own.memory),
            "KiB",
            against,
        ));
        rows.push(
            Row::at_most(
                format!("{name}: CPU of a change, each"),
                own.cpu,
                "µs",
                20.0,
            )
            .beside("bare SSE", floor.cpu),
        );
        let against = (1.5, "bare SSE", floor.last);
        rows.push(match size {
            10_000 => Row::at_most_times(
                format!("{name}: a change at the last"),
                own.last,
                "ms",
                against,
            ),
            _ => Row::info(format!("{name}: a change at the last"), own.last, "ms")
                .beside("bare SSE", floor.last),
        });
    }
    Ok(rows)
}

pub async fn crowd_of(site: &Site, size: usize) -> Result<Figures> {
    let mut admin = site.admin().await?;
    admin.switch(0, false).await?;
    // They come as SDKs do after a restart: with what they have.
    let revision = site.revision(site.process.address).await?;
    let request = site.request("GET", STREAM, &[("last-event-id", &revision)]);
    // What the first stream makes is no part of what each of them weighs.
    let first = Crowd::gather(site.process.address, &request, 8).await?;
    let before = site.process.memory()?;
    let mut crowd = Crowd::gather(site.process.address, &request, size).await?;
    let memory = site.process.memory()?.saturating_sub(before) as f64 / size as f64;
    drop(first);
    let (mut last, cpu) = (Vec::new(), site.process.cpu()?);
    for change in 0..CHANGES {
        let begun = Instant::now();
        let (switched, times) = tokio::join!(admin.switch(0, change % 2 == 0), crowd.all());
        switched?;
        let latest = times?.into_iter().max().context("no times")?;
        last.push((latest - begun).as_secs_f64() * 1e3);
    }
    let cpu = site.process.cpu()? - cpu;
    Ok(Figures {
        memory,
        cpu: cpu.as_secs_f64() * 1e6 / (CHANGES * size) as f64,
        last: median(last),
    })
}

fn bare(size: usize) -> Result<Figures> {
    let floor = Process::floor()?;
    let subscribe = request("GET", "/events", &[], "");
    let frame = format!("event: patch\nid: 1\ndata: {}\n\n", "x".repeat(400));
    let publish = request("POST", "/publish", &[], &frame);
    block_on(async {
        let first = Crowd::gather(floor.address, &subscribe, 8).await?;
        let before = floor.memory()?;
        let mut crowd = Crowd::gather(floor.address, &subscribe, size).await?;
        let memory = floor.memory()?.saturating_sub(before) as f64 / size as f64;
        drop(first);
        let mut publisher = Connection::open(floor.address).await?;
        let (mut last, cpu) = (Vec::new(), floor.cpu()?);
        for _ in 0..CHANGES {
            let begun = Instant::now();
            let (published, times) = tokio::join!(publisher.ask(&publish), crowd.all());
            published?;
            let latest = times?.into_iter().max().context("no times")?;
            last.push((latest - begun).as_secs_f64() * 1e3);
        }
        Ok(Figures {
            memory,
            cpu: (floor.cpu()? - cpu).as_secs_f64() * 1e6 / (CHANGES * size) as f64,
            last: median(last),
        })
    })
}

/// From the moment when who wrote knows to the moment when each of 1000 streams has it.
pub fn acknowledged(options: &Options) -> Result<Vec<Row>> {
    const STREAMS: usize = 1000;
    const WRITES: usize = 50;
    let site = Site::new(options, 1000)?;
    let delays = block_on(async {
        let mut admin = site.admin().await?;
        admin.switch(0, false).await?;
        let revision = site.revision(site.process.address).await?;
        let request = site.request("GET", STREAM, &[("last-event-id", &revision)]);
        let mut crowd = Crowd::gather(site.process.address, &request, STREAMS).await?;
        let mut delays = Vec::with_capacity(STREAMS * WRITES);
        for write in 0..WRITES {
            let write = async {
                admin.switch(0, write % 2 == 0).await?;
                Ok::<_, anyhow::Error>(Instant::now())
            };
            let (told, times) = tokio::join!(write, crowd.all());
            let told = told?;
            // Some have it before whoever wrote knows.
            delays.extend(
                times?
                    .iter()
                    .map(|time| time.saturating_duration_since(told).as_secs_f64() * 1e3),
            );
        }
        Ok(delays)
    })?;
    Ok(vec![
        Row::at_most(
            "acknowledged write to 1000 streams: median",
            median(delays.clone()),
            "ms",
            20.0,
        ),
        Row::at_most(
            "acknowledged write to 1000 streams: p99",
            percentile(delays, 99),
            "ms",
            50.0,
        ),
    ])
}

impl Site {
    /// The revision that is served there: here, or at a relay.
    pub async fn revision(&self, address: SocketAddr) -> Result<String> {
        let request = self.request("GET", "/sdk/v1/ruleset", &[]);
        let answer = Connection::open(address).await?.fetch(&request).await?;
        let document: serde_json::Value = serde_json::from_slice(&answer.body)?;
        Ok(document["revision"].to_string())
    }
}
