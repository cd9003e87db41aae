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

/// How the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
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
        connections.spawn(connect(near, end, way.subscribe()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(near: TcpStream, end: SocketAddr, mut way: watch::Receiver<Way>) {
    // While it is dumb, a connection is made here and gets no further.
    let found = way.wait_for(|way| *way != Way::Dumb).await.map(|way| *way);
    match found {
        Ok(Way::Open) => {}
        Ok(Way::Hole) => {
            let (near, _silent) = near.into_split();
            return swallow(near).await;
        }
        _ => return,
    }
    let Ok(far) = TcpStream::connect(end).await else {
        return;
    };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = way.clone();
    tokio::select! {
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
        _ = async { tokio::join!(pass(near_in, far_out, way.clone()), pass(far_in, near_out, way)) } => {}
    }
}

/// One direction, until its end.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut hole = way.clone();
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
        // What came before the line went dumb is lost on it until it is open again.
        let passes = |way: &Way| matches!(way, Way::Open | Way::Hole);
        match way.wait_for(passes).await.map(|way| *way) {
            Ok(Way::Open) => {}
            Ok(_) => return swallow(from).await,
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
