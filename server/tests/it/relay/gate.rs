//! A door between a relay and its upstream, which tests shut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::JoinHandle,
};

/// Hands connections on while it is open.
pub(crate) struct Gate {
    pub(crate) url: String,
    open: watch::Sender<bool>,
    /// Answers are swallowed.
    mute: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Gate {
    /// An open gate before an address.
    pub(crate) async fn before(url: &str) -> Self {
        let target: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        let mute = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(serve(listener, target, is_open, Arc::clone(&mute)));
        Self {
            url: format!("http://{address}"),
            open,
            mute,
            task,
        }
    }

    /// Cuts all connections and takes no new ones.
    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Lets questions through and no answers.
    pub(crate) fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::SeqCst);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    target: SocketAddr,
    open: watch::Receiver<bool>,
    mute: Arc<AtomicBool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if !*open.borrow() {
            continue;
        }
        let (mut open, mute) = (open.clone(), Arc::clone(&mute));
        tokio::spawn(async move {
            tokio::select! {
                () = pass(client, target, mute) => {}
                _ = open.wait_for(|open| !open) => {}
            }
        });
    }
}

async fn pass(client: TcpStream, target: SocketAddr, mute: Arc<AtomicBool>) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (mut questions, client) = client.into_split();
    let (answers, mut server) = server.into_split();
    tokio::select! {
        _ = copy(&mut questions, &mut server) => {}
        () = answer(answers, client, mute) => {}
    }
}

async fn answer(mut answers: OwnedReadHalf, mut client: OwnedWriteHalf, mute: Arc<AtomicBool>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length) = answers.read(&mut buffer).await {
        if length == 0 {
            return;
        }
        let muted = mute.load(Ordering::SeqCst);
        if !muted && client.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
