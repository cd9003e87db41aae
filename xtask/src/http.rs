//! As much HTTP as it takes to ask a server on this machine for something.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// A server on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    /// What requests carry as bearer token.
    pub(crate) token: String,
}

impl Server {
    /// Whether a GET is answered with a status of 200.
    pub(crate) async fn answers(&self, path: &str) -> bool {
        matches!(self.exchange("GET", path, "").await, Ok((200, _)))
    }

    /// Posts JSON and returns the answer's.
    ///
    /// # Errors
    /// Where there is no answer, or its status is not in the 200s.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.exchange("POST", path, &body.to_string()).await?;
        if !(200..300).contains(&status) {
            bail!("POST {path} was answered with {status}: {answer}");
        }
        serde_json::from_str(&answer).with_context(|| format!("the answer to POST {path}"))
    }

    async fn exchange(&self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            self.token,
            body.len(),
        );
        timeout(ANSWERS_WITHIN, self.send(&request))
            .await
            .context("no answer in time")?
    }

    /// HTTP/1.0, so that the answer ends where the connection does.
    async fn send(&self, request: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("the answer is not HTTP")?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok((status.context("the answer has no status")?, body.to_owned()))
    }
}
