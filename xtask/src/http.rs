//! As much HTTP as it takes to see whether a server on this machine is ready.

use std::time::Duration;

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// Whether a GET on 127.0.0.1 is answered with a status of 200.
pub(crate) async fn answers(port: u16, path: &str) -> bool {
    matches!(
        timeout(ANSWERS_WITHIN, status(port, path)).await,
        Ok(Ok(true))
    )
}

/// By HTTP/1.0, so that the answer ends where the connection does.
async fn status(port: u16, path: &str) -> Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let line = String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    Ok(line.split(' ').nth(1) == Some("200"))
}
