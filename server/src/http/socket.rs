//! What the kernel does for connections: it lets many come at once, and ends those that
//! are dead or take nothing.
//!
//! A stream whose reader does not read is not asked for more frames, so that it costs
//! no more than what is on its way to it. But it would stay for ever, and so would one whose
//! reader vanished without a word. The kernel knows both: data that is not acknowledged, or cannot
//! be sent since the other side has no room, and questions that are not answered. It
//! resets such a connection, without any timer of ours.

use std::{io, net::TcpListener, time::Duration};

use socket2::{SockRef, TcpKeepalive};

/// How many connections may wait to be accepted: after a restart all SDKs come at once.
const BACKLOG: i32 = 4096;

/// Prepares the socket that listens; those that it accepts inherit it.
pub(crate) fn prepare(listener: &TcpListener, stall: Duration) -> io::Result<()> {
    let socket = SockRef::from(listener);
    socket.listen(BACKLOG)?;
    // The kernel counts these in whole seconds.
    let probe = (stall / 3).max(Duration::from_secs(1));
    let keepalive = TcpKeepalive::new().with_time(probe).with_interval(probe);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(stall))?;
    Ok(())
}
