//! chromedriver: a process that starts browsers.

use std::{env, process::Stdio};

use anyhow::{Context as _, Result};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::{Browser, webdriver::Session};

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1400,1000",
    // What moves while it is clicked may be missed.
    "--force-prefers-reduced-motion",
];

/// A running chromedriver on a port of its own.
pub(crate) struct Driver {
    process: Child,
    url: String,
    /// The browsers' profiles.
    folder: TempDir,
}

impl Driver {
    /// Starts it and waits until it says where it is.
    pub(crate) async fn start() -> Result<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").kill_on_drop(true);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let missing = "chromedriver does not start: run `cargo xtask test --only e2e`";
        let mut process = command.spawn().context(missing)?;
        let output = process.stdout.take().context("chromedriver says nothing")?;
        let mut lines = BufReader::new(output).lines();
        let port = loop {
            let line = lines.next_line().await?.context("chromedriver ended")?;
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // What it says later is of no interest, but it must be able to say it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let folder = tempfile::Builder::new()
            .prefix("serin-browser-")
            .tempdir()?;
        Ok(Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
            folder,
        })
    }

    /// Starts a browser with nothing in it.
    pub(crate) async fn browser(&self, site: &str) -> Result<Browser> {
        let profile = tempfile::tempdir_in(self.folder.path())?.keep();
        let mut flags: Vec<_> = FLAGS.iter().map(ToString::to_string).collect();
        flags.push(format!("--user-data-dir={}", profile.display()));
        let wishes = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": chromium()?, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let session = Session::begin(&self.url, wishes)
            .await
            .context("starting a browser")?;
        Ok(Browser::new(session, site))
    }

    /// Ends it; its browsers have been quit before.
    pub(crate) async fn stop(mut self) {
        // It ends with its parent in any case.
        let _ = self.process.kill().await;
    }
}

fn chromium() -> Result<String> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    let mut files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = files
        .find(|file| file.is_file())
        .context("no Chromium on the path")?;
    Ok(found.display().to_string())
}
