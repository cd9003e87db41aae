//! A Prometheus of a test's own, and what it scrapes.

use std::{process::Stdio, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::JoinHandle,
};

use super::PATIENCE;

/// It ends, and its folder goes, where this is dropped.
pub(crate) struct Prometheus {
    url: String,
    target: Target,
    _server: Child,
    _folder: TempDir,
}

/// What it scrapes, each second: counters that grow evenly.
struct Target {
    address: String,
    task: JoinHandle<()>,
}

impl Drop for Target {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Prometheus {
    /// Starts one that scrapes `rates`: series, and how much each counts in a second.
    ///
    /// # Errors
    /// Where it is not installed, or does not start.
    pub(crate) async fn start(rates: &'static [(&'static str, f64)]) -> Result<Self> {
        let target = Target::start(rates).await?;
        let folder = tempfile::Builder::new()
            .prefix("serin-e2e-prometheus-")
            .tempdir()?;
        let settings = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: shop, static_configs: [{{targets: ['{}']}}]}}]\n",
            target.address
        );
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, settings)?;
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg("--web.listen-address=127.0.0.1:0")
            .args(["--log.level=info", "--log.format=logfmt"])
            .current_dir(folder.path())
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut server = command
            .spawn()
            .context("starting `prometheus`: `cargo xtask test` installs it")?;
        let log = server.stderr.take().context("no log")?;
        let port = tokio::time::timeout(PATIENCE, port(BufReader::new(log)))
            .await
            .context("Prometheus does not say where it listens")??;
        Ok(Self {
            url: format!("http://127.0.0.1:{port}"),
            target,
            _server: server,
            _folder: folder,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it scrapes.
    pub(crate) fn target(&self) -> &str {
        &self.target.address
    }
}

/// The port, from its log; goes on reading that, or it would stop at a full pipe.
async fn port(mut log: BufReader<tokio::process::ChildStderr>) -> Result<u16> {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        if log.read_line(&mut line).await? == 0 {
            anyhow::bail!("Prometheus ended:\n{all}");
        }
        let address = line
            .split("address=")
            .nth(1)
            .filter(|_| line.contains("Listening on"));
        if let Some(address) = address {
            let port = address.trim().trim_matches('"').rsplit(':').next();
            let port = port.context("an address without a port")?.parse()?;
            tokio::spawn(async move {
                let mut rest = Vec::new();
                drop(log.read_to_end(&mut rest).await);
            });
            return Ok(port);
        }
        all += &line;
    }
}

impl Target {
    async fn start(rates: &'static [(&'static str, f64)]) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let begun = Arc::new(Instant::now());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, rates, Arc::clone(&begun)));
            }
        });
        Ok(Self { address, task })
    }
}

/// One scrape.
async fn answer(mut stream: TcpStream, rates: &[(&str, f64)], begun: Arc<Instant>) {
    let mut request = [0; 4096];
    if !matches!(stream.read(&mut request).await, Ok(read) if read > 0) {
        return;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let lines: String = rates
        .iter()
        .map(|(series, rate)| format!("{series} {}\n", (rate * seconds).floor()))
        .collect();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        lines.len()
    );
    drop(stream.write_all((head + &lines).as_bytes()).await);
    drop(stream.shutdown().await);
}
