//! A line between two programs that a test can cut, leave open and dumb, or let swallow what
//! comes.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
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

/// What a node tells PostgreSQL of how long that is to wait for it, and what the line says
/// instead: tests are in a hurry.
const WAIT: (&[u8], &[u8]) = (b"timeout = '30s'", b"timeout =  '3s'");
/// How what PostgreSQL says without being asked begins: a notification.
const NOTIFICATION: u8 = b'A';

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// Open until somebody says this at its beginning, which does not pass any more; then dumb.
    Until(&'static str),
    /// Open for what is asked and answered; what a PostgreSQL says by itself is lost.
    Deaf,
    /// Connections stay, and new ones are taken; nothing passes.
    Dumb,
    /// Connections stay, and what comes on them is gone for ever.
    Hole,
    /// Connections are closed, and new ones are closed at once.
    Cut,
}

/// Passes on what comes to its port. Ends with all its connections where it is dropped.
pub(crate) struct Line {
    port: u16,
    way: Arc<watch::Sender<Way>>,
    _connections: JoinSet<()>,
}

impl Line {
    /// A line to somewhere, open.
    ///
    /// # Errors
    /// Where there is no port to be had.
    pub(crate) async fn to(end: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let way = Arc::new(watch::Sender::new(Way::Open));
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, end, Arc::clone(&way)));
        Ok(Self {
            port,
            way,
            _connections: connections,
        })
    }

    /// Where it begins.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Lets pass what comes, and what was held back.
    pub(crate) fn open(&self) {
        self.way.send_replace(Way::Open);
    }

    /// Lets nothing pass, and tells nobody: as where a cable is pulled.
    pub(crate) fn dumb(&self) {
        self.way.send_replace(Way::Dumb);
    }

    /// Lets nothing pass from the moment on when somebody says this at its beginning.
    pub(crate) fn dumb_at(&self, words: &'static str) {
        self.way.send_replace(Way::Until(words));
    }

    /// Loses the notifications of a PostgreSQL.
    pub(crate) fn deaf(&self) {
        self.way.send_replace(Way::Deaf);
    }

    /// Swallows what comes, and tells nobody: as a router that forgot its connections. Those
    /// of that time stay dead afterwards.
    pub(crate) fn swallow(&self) {
        self.way.send_replace(Way::Hole);
    }

    /// Closes all connections, and those that are still to come.
    pub(crate) fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }
}

async fn accept(listener: TcpListener, end: SocketAddr, way: Arc<watch::Sender<Way>>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        connections.spawn(connect(near, end, Arc::clone(&way)));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(near: TcpStream, end: SocketAddr, way: Arc<watch::Sender<Way>>) {
    let mut cut = way.subscribe();
    // While it is dumb, a connection is made here and gets no further.
    let found = cut.wait_for(|way| *way != Way::Dumb).await.map(|way| *way);
    match found {
        Ok(Way::Hole) => {
            let (near, _silent) = near.into_split();
            return swallow(near).await;
        }
        Ok(Way::Cut) | Err(_) => return,
        Ok(_) => {}
    }
    let Ok(far) = TcpStream::connect(end).await else {
        return;
    };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let there = pass(near_in, far_out, &way, asked);
    let back = pass(far_in, near_out, &way, answered);
    tokio::select! {
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
        _ = async { tokio::join!(there, back) } => {}
    }
}

/// What comes from the beginning: whether it may pass at all.
fn asked(piece: &mut [u8], way: &watch::Sender<Way>) -> bool {
    let (said, instead) = WAIT;
    for at in 0..piece.len() {
        if piece[at..].starts_with(said) {
            piece[at..at + said.len()].copy_from_slice(instead);
        }
    }
    let now = *way.borrow();
    if let Way::Until(words) = now
        && piece
            .windows(words.len())
            .any(|some| some == words.as_bytes())
    {
        way.send_replace(Way::Dumb);
    }
    true
}

/// What comes from the end: whether it may pass at all.
fn answered(piece: &mut [u8], way: &watch::Sender<Way>) -> bool {
    *way.borrow() != Way::Deaf || piece[0] != NOTIFICATION
}

/// One direction, until its end.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    line: &watch::Sender<Way>,
    may_pass: fn(&mut [u8], &watch::Sender<Way>) -> bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    let (mut way, mut hole) = (line.subscribe(), line.subscribe());
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => Some(read),
            () = async { drop(hole.wait_for(|way| *way == Way::Hole).await) } => None,
        };
        let read = match read {
            Some(Ok(read @ 1..)) => read,
            Some(_) => return,
            None => return swallow(from).await,
        };
        if !may_pass(&mut buffer[..read], line) {
            continue;
        }
        // What came before the line went dumb is lost on it until it is open again.
        let passes = |way: &Way| !matches!(way, Way::Dumb | Way::Cut);
        match way.wait_for(passes).await.map(|way| *way) {
            Ok(Way::Hole) => return swallow(from).await,
            Ok(_) => {}
            Err(_) => return,
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Takes what comes until the one who sends it gives up, which nobody is told of.
async fn swallow(mut from: OwnedReadHalf) {
    let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    std::future::pending::<()>().await;
}
