//! Somebody on the way between an SDK and its server who changes what the server says.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// What is done to answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgery {
    /// Nothing.
    None,
    /// Rulesets and patches have another fingerprint.
    Fingerprint,
    /// What begins as JSON goes on as anything.
    Garbage,
    /// The connection is cut in the middle of a frame.
    Cut,
    /// A frame begins that never ends, as fast as it is taken.
    Endless,
}

/// Passes on what comes to its port. Ends with all its connections where it is dropped.
pub(crate) struct Forger {
    port: u16,
    forgery: Arc<watch::Sender<Forgery>>,
    forged: Arc<AtomicUsize>,
    _connections: JoinSet<()>,
}

impl Forger {
    /// An honest one before a server.
    ///
    /// # Errors
    /// Where there is no port to be had.
    pub(crate) async fn before(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let forgery = Arc::new(watch::Sender::new(Forgery::None));
        let forged = Arc::new(AtomicUsize::new(0));
        let mut connections = JoinSet::new();
        let (told, count) = (Arc::clone(&forgery), Arc::clone(&forged));
        connections.spawn(async move {
            let mut passing = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                passing.spawn(pass(client, server, told.subscribe(), Arc::clone(&count)));
                while passing.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            port,
            forgery,
            forged,
            _connections: connections,
        })
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Does this from now on.
    pub(crate) fn does(&self, forgery: Forgery) {
        self.forged.store(0, Ordering::SeqCst);
        self.forgery.send_replace(forgery);
    }

    /// How many pieces of answers it has forged since it was last told what to do.
    pub(crate) fn forged(&self) -> usize {
        self.forged.load(Ordering::SeqCst)
    }
}

async fn pass(
    client: TcpStream,
    server: SocketAddr,
    forgery: watch::Receiver<Forgery>,
    forged: Arc<AtomicUsize>,
) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (questions, client) = client.into_split();
    let (answers, server) = server.into_split();
    tokio::select! {
        () = ask(questions, server) => {}
        () = answer(answers, client, &forgery, &forged) => {}
    }
}

/// Passes questions on, so that answers come as text and not compressed.
async fn ask(mut questions: OwnedReadHalf, mut server: OwnedWriteHalf) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = questions.read(&mut buffer).await {
        let piece = &mut buffer[..read];
        replace_after(piece, b"accept-encodin", |byte| {
            (byte == b'g').then_some(b'x')
        });
        if server.write_all(piece).await.is_err() {
            return;
        }
    }
}

async fn answer(
    mut answers: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    forgery: &watch::Receiver<Forgery>,
    forged: &AtomicUsize,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = answers.read(&mut buffer).await {
        let piece = &mut buffer[..read];
        let forgery = *forgery.borrow();
        let json = piece.iter().position(|byte| *byte == b'{');
        let (Some(json), true) = (json, forgery != Forgery::None) else {
            if client.write_all(piece).await.is_err() {
                return;
            }
            continue;
        };
        forged.fetch_add(1, Ordering::SeqCst);
        match forgery {
            Forgery::None => {}
            Forgery::Fingerprint => {
                let zero = |byte: u8| byte.is_ascii_hexdigit().then_some(b'0');
                replace_after(piece, b"\"fingerprint\":\"", zero);
            }
            Forgery::Garbage => {
                let garbage = |byte: &mut u8| {
                    if byte.is_ascii_alphanumeric() {
                        *byte = b'x';
                    }
                };
                piece[json..].iter_mut().for_each(garbage);
            }
            Forgery::Cut => {
                let half = json + (read - json) / 2;
                let _ = client.write_all(&piece[..half]).await;
                return;
            }
            Forgery::Endless => return flood(client, &piece[..json]).await,
        }
        if client.write_all(piece).await.is_err() {
            return;
        }
    }
}

/// Says what was said up to the JSON, and then no end of it.
async fn flood(mut client: OwnedWriteHalf, begun: &[u8]) {
    // The head, without the chunk that begins with the JSON.
    let end = begun.windows(4).position(|four| four == b"\r\n\r\n");
    let head = end.map_or(&[][..], |end| &begun[..end + 4]);
    let filler = "x".repeat(0x4000);
    let begin = format!("13\r\nevent: put\ndata: \"a\r\n4000\r\n{filler}\r\n");
    let more = format!("4000\r\n{filler}\r\n");
    if client.write_all(head).await.is_err() || client.write_all(begin.as_bytes()).await.is_err() {
        return;
    }
    while client.write_all(more.as_bytes()).await.is_ok() {}
}

/// Replaces what follows each `mark`, byte by byte, until there is no replacement.
fn replace_after(bytes: &mut [u8], mark: &[u8], with: impl Fn(u8) -> Option<u8>) {
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(mark.len())
        .position(|window| window == mark)
    {
        at += found + mark.len();
        while let Some(replacement) = bytes.get(at).and_then(|byte| with(*byte)) {
            bytes[at] = replacement;
            at += 1;
        }
    }
}
