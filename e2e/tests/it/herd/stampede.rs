//! Many streams that are opened at the same moment, with no more than they need: they share the
//! machine with the server.

use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};

/// How soon one comes again whose connection was not taken.
const AGAIN: Duration = Duration::from_millis(100);

/// They go where this is dropped.
pub(super) struct Stampede {
    size: usize,
    connected: Arc<AtomicUsize>,
    stubborn: Arc<AtomicUsize>,
    told: mpsc::UnboundedReceiver<Told>,
    /// Revisions that some had before all were there.
    early: Vec<u64>,
    _readers: JoinSet<()>,
}

/// What became of them.
pub(super) struct Came {
    /// How many streams are open.
    pub(super) open: usize,
    /// In how many seconds the others are to come again.
    pub(super) refused: Vec<u64>,
}

/// What one of them says.
enum Told {
    Open,
    Refused(u64),
    Has(u64),
    /// It was sent something that it did not need, or nothing more.
    Wrong(String),
}

/// One of them, for itself.
struct Reader {
    port: u16,
    request: Arc<[u8]>,
    connected: Arc<AtomicUsize>,
    stubborn: Arc<AtomicUsize>,
}

fn request(key: &str, last: Option<u64>) -> Arc<[u8]> {
    let last = last.map_or(String::new(), |last| format!("last-event-id: {last}\r\n"));
    let head =
        format!("GET /sdk/v1/stream HTTP/1.1\r\nhost: e2e\r\nx-api-key: {key}\r\n{last}\r\n");
    head.into_bytes().into()
}

impl Stampede {
    /// So many set out, which all have this revision.
    pub(super) fn of(size: usize, port: u16, key: &str, revision: u64) -> Self {
        let request = request(key, Some(revision));
        let (connected, stubborn) = (Arc::default(), Arc::default());
        let (tell, told) = mpsc::unbounded_channel();
        let mut readers = JoinSet::new();
        for _ in 0..size {
            let reader = Reader {
                port,
                request: Arc::clone(&request),
                connected: Arc::clone(&connected),
                stubborn: Arc::clone(&stubborn),
            };
            let tell = tell.clone();
            readers.spawn(async move {
                if let Err(error) = reader.run(&tell).await {
                    let _ = tell.send(Told::Wrong(format!("{error:#}")));
                }
            });
        }
        Self {
            size,
            connected,
            stubborn,
            told,
            early: Vec::new(),
            _readers: readers,
        }
    }

    /// They don't take no for an answer.
    pub(super) fn stubborn(self) -> Self {
        self.stubborn.store(1, Ordering::SeqCst);
        self
    }

    /// So many connections that ask for the whole ruleset, and take no more than its beginning.
    pub(super) async fn idle(size: usize, port: u16, key: &str) -> Result<Vec<TcpStream>> {
        let request = request(key, None);
        let mut idle = Vec::new();
        while idle.len() < size {
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(4096)?;
            let mut stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
            stream.write_all(&request).await?;
            let mut head = [0; 64];
            stream.read_exact(&mut head).await?;
            // Those before them may not be gone yet.
            if head.starts_with(b"HTTP/1.1 200") {
                idle.push(stream);
            }
        }
        Ok(idle)
    }

    /// How many have a connection so far, be it taken or waiting.
    pub(super) fn connected(&self) -> usize {
        self.connected.load(Ordering::SeqCst)
    }

    /// Waits until each is in, or told to come again.
    pub(super) async fn all(&mut self, limit: Duration) -> Result<Came> {
        let (mut open, mut refused) = (0, Vec::new());
        let arrivals = async {
            while open + refused.len() < self.size {
                match self.told.recv().await {
                    Some(Told::Open) => open += 1,
                    Some(Told::Refused(seconds)) => refused.push(seconds),
                    Some(Told::Has(revision)) => self.early.push(revision),
                    Some(Told::Wrong(what)) => bail!(what),
                    None => bail!("nobody is left"),
                }
            }
            Ok(())
        };
        match timeout(limit, arrivals).await {
            Ok(outcome) => outcome?,
            Err(_) => bail!("{open} of {} are in after {limit:?}", self.size),
        }
        self.size = open;
        Ok(Came { open, refused })
    }

    /// Waits until each that is in has a revision.
    pub(super) async fn all_have(&mut self, revision: u64, limit: Duration) -> Result<()> {
        let early = std::mem::take(&mut self.early);
        ensure!(
            early.iter().all(|now| *now == revision),
            "some have another revision than {revision}"
        );
        let mut have = early.len();
        let news = async {
            while have < self.size {
                match self.told.recv().await.context("nobody is left")? {
                    Told::Has(now) => {
                        ensure!(now == revision, "revision {now} instead of {revision}");
                        have += 1;
                    }
                    Told::Wrong(what) => bail!(what),
                    Told::Open | Told::Refused(_) => {}
                }
            }
            Ok(())
        };
        match timeout(limit, news).await {
            Ok(outcome) => outcome,
            Err(_) => bail!("{have} of {} have {revision} after {limit:?}", self.size),
        }
    }
}

impl Reader {
    async fn run(&self, tell: &mpsc::UnboundedSender<Told>) -> Result<()> {
        let (stream, begun) = loop {
            match self.open().await {
                Ok((stream, head)) if head.starts_with("HTTP/1.1 200") => break (stream, head),
                Ok((_, head)) if head.starts_with("HTTP/1.1 429") => {
                    if self.stubborn.load(Ordering::SeqCst) == 0 {
                        let _ = tell.send(Told::Refused(retry_after(&head)?));
                        return Ok(());
                    }
                }
                Ok((_, head)) => bail!("{head}"),
                // It was not taken, or cut off before it was answered.
                Err(_) => {}
            }
            tokio::time::sleep(AGAIN).await;
        };
        let _ = tell.send(Told::Open);
        follow(&stream, begun, tell).await
    }

    /// A connection with the head of the answer, and what came with it.
    async fn open(&self) -> io::Result<(TcpStream, String)> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await?;
        self.connected.fetch_add(1, Ordering::SeqCst);
        stream.write_all(&self.request).await?;
        let mut head = String::new();
        while !head.contains("\r\n\r\n") {
            head.push_str(&next(&stream).await?);
        }
        Ok((stream, head))
    }
}

/// Says of each event which revision it leads to.
async fn follow(
    stream: &TcpStream,
    begun: String,
    tell: &mpsc::UnboundedSender<Told>,
) -> Result<()> {
    let mut text = begun;
    loop {
        ensure!(
            !text.contains("event: put"),
            "it was sent the whole ruleset"
        );
        let event = text.split_once("event: patch\nid: ");
        if let Some((_, rest)) = event
            && let Some((id, rest)) = rest.split_once('\n')
            && let Some((_, rest)) = rest.split_once("\n\n")
        {
            let _ = tell.send(Told::Has(id.parse()?));
            text = rest.to_owned();
            continue;
        }
        text.push_str(&next(stream).await.context("the stream broke")?);
    }
}

/// What comes next. Only while something is read it takes memory: there are thousands.
async fn next(stream: &TcpStream) -> io::Result<String> {
    loop {
        stream.readable().await?;
        let mut piece = [0; 2048];
        match stream.try_read(&mut piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => return Ok(String::from_utf8_lossy(&piece[..read]).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn retry_after(head: &str) -> Result<u64> {
    let value = head
        .lines()
        .find_map(|line| line.strip_prefix("retry-after: "))
        .context("no retry-after")?;
    Ok(value.trim().parse()?)
}
