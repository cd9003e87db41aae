//! A relay, as a process that can be killed.

use std::{
    fs::{self, OpenOptions},
    process::Stdio,
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use super::{PATIENCE, eventually, port, server::program};

/// It keeps its copy of rulesets in a folder of its own, and ends where this is dropped.
pub(crate) struct Relay {
    port: u16,
    upstream: String,
    key: String,
    process: Mutex<Option<Child>>,
    folder: TempDir,
}

impl Relay {
    /// Starts one and waits until it is ready.
    ///
    /// # Errors
    /// Where it is not built, or not ready in time.
    pub(crate) async fn of(upstream: &str, key: &str) -> Result<Self> {
        let port = port::reserve()?;
        let relay = Self {
            port,
            upstream: upstream.to_owned(),
            key: key.to_owned(),
            process: Mutex::new(None),
            folder: tempfile::Builder::new()
                .prefix("serin-e2e-relay-")
                .tempdir()?,
        };
        relay.restart().await?;
        Ok(relay)
    }

    /// Starts it again, on the copy that it left.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) async fn restart(&self) -> Result<()> {
        let folder = self.folder.path();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("relay.log"))?;
        let mut command = Command::new(program()?);
        command
            .args(["relay", "--upstream", &self.upstream, "--data", "copy"])
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .env("SERIN_RELAY_KEYS", &self.key)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        *self.process.lock().await = Some(command.spawn().context("starting the relay")?);
        let url = format!("{}/health/ready", self.url());
        let ready = eventually("the relay is ready", PATIENCE, async || {
            let answer = reqwest::get(&url).await?;
            Ok(answer.status().is_success().then_some(()))
        });
        ready.await.with_context(|| self.log())
    }

    /// Whether it has written down what it serves, and to whom: the latter comes last, and
    /// without it there is no copy.
    pub(crate) fn has_copy(&self) -> bool {
        let copy = self.folder.path().join("copy");
        let files = fs::read_dir(&copy);
        let mut names = files
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| file.file_name());
        let opened = fs::read_to_string(copy.join("state"));
        names.any(|name| name.to_string_lossy().ends_with(".ruleset"))
            && opened.is_ok_and(|state| state.contains(r#""hash":"#))
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it as a power cut would: at once.
    ///
    /// # Errors
    /// Where it is not running.
    pub(crate) async fn kill(&self) -> Result<()> {
        let process = self.process.lock().await.take();
        let mut process = process.context("the relay is not running")?;
        process.kill().await.context("killing the relay")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("relay.log")).unwrap_or_default()
    }
}
