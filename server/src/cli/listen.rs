//! What is listened on: a socket of our own, or one that whoever started us holds.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, Result, bail};
use listenfd::ListenFd;

/// A socket that listens.
pub(super) struct Listening {
    pub(super) listener: TcpListener,
    /// Somebody else has it too: it goes on taking connections while nobody serves them.
    pub(super) is_held: bool,
}

/// Takes the socket that was handed over by systemd's protocol (`LISTEN_FDS`), or else makes one at the
/// address. To be called before there are other threads: it takes the variables out.
pub(super) fn listen(address: SocketAddr) -> Result<Listening> {
    let mut handed_over = ListenFd::from_env();
    if handed_over.len() > 1 {
        let count = handed_over.len();
        bail!("{count} sockets were handed over: it listens on one");
    }
    let held = handed_over.take_tcp_listener(0);
    if let Some(listener) = held.context("the socket that was handed over")? {
        tracing::info!("listening on the socket that was handed over");
        return Ok(Listening {
            listener,
            is_held: true,
        });
    }
    let listener = TcpListener::bind(address).with_context(|| format!("listening on {address}"))?;
    Ok(Listening {
        listener,
        is_held: false,
    })
}
