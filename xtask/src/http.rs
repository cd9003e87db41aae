//! As much HTTP as it takes to look at a server on this machine.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// Whether a GET on 127.0.0.1 is answered with a status of 200.
pub(crate) async fn answers(port: u16, path: &str) -> bool {
    get(port, path).await.is_ok()
}

/// What a GET on 127.0.0.1 is answered with.
///
/// # Errors
/// Where it is not answered in time, or not with a status of 200.
pub(crate) async fn get(port: u16, path: &str) -> Result<String> {
    let answer = timeout(ANSWERS_WITHIN, exchange(port, path))
        .await
        .context("no answer")??;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the answer is not HTTP")?;
    if head.split(' ').nth(1) != Some("200") {
        bail!("GET {path}: {}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}

/// By HTTP/1.0, so that the answer ends where the connection does.
async fn exchange(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
