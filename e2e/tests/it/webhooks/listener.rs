//! Somebody who listens to webhooks: at first takes what comes and says nothing, and later says
//! that it is fine.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result, ensure};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

const FINE: &[u8] = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

/// Something that was posted.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// The delivery's id, which is the same at each attempt.
    pub(super) id: String,
    pub(super) text: String,
}

/// What it has heard and said so far.
#[derive(Default)]
struct Memory {
    heard: Mutex<Vec<Heard>>,
    answered: AtomicUsize,
}

impl Memory {
    fn remember(&self, heard: Heard) {
        let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(heard);
    }
}

/// See the module.
pub(super) struct Listener {
    pub(super) url: String,
    memory: Arc<Memory>,
    speaks: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens on a port of its own.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let memory = Arc::<Memory>::default();
        let (speaks, spoken) = watch::channel(false);
        let remembers = Arc::clone(&memory);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (memory, spoken) = (Arc::clone(&remembers), spoken.clone());
                // Who is killed leaves half a request behind.
                tokio::spawn(async move { drop(listen(stream, &memory, spoken).await) });
            }
        });
        Ok(Self {
            url,
            memory,
            speaks,
            task,
        })
    }

    /// Answers from now on.
    pub(super) fn answers(&self) {
        self.speaks.send_replace(true);
    }

    /// All that was posted, in order.
    pub(super) fn heard(&self) -> Vec<Heard> {
        let heard = self.memory.heard.lock();
        heard.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it answered.
    pub(super) fn answered(&self) -> usize {
        self.memory.answered.load(Ordering::Relaxed)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request.
async fn listen(
    stream: TcpStream,
    memory: &Memory,
    mut spoken: watch::Receiver<bool>,
) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        // Who is killed before the end of the head has posted nothing.
        ensure!(stream.read_line(&mut line).await? > 0, "half a request");
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some(("webhook-id", value)) => value.clone_into(&mut id),
            Some(("content-length", value)) => length = value.parse()?,
            _ => {}
        }
    }
    let mut text = vec![0; length];
    stream.read_exact(&mut text).await?;
    let text = String::from_utf8(text).context("the body")?;
    memory.remember(Heard { id, text });
    tokio::select! {
        biased;
        // Nobody is there any more.
        _ = stream.read_u8() => return Ok(()),
        speaks = spoken.wait_for(|speaks| *speaks) => speaks.map(drop)?,
    }
    stream.write_all(FINE).await?;
    stream.flush().await?;
    memory.answered.fetch_add(1, Ordering::Relaxed);
    Ok(())
}
