//! `cargo xtask run`: a server to click around in, with demo data and traffic on it.
//!
//! Built without optimisation: somebody who tries Serin for the first time waits about a
//! third as long for the first page, and a demo's load does not feel the difference.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

use crate::{
    command::{self, cargo},
    demo::Demo,
    http, prerequisites, ui,
    workspace::Workspace,
};

const USUAL_PORT: u16 = 8080;
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(10);
const TRAFFIC: &str = "demo_traffic";
const WATCH: &str = "watch";
/// A flag of the demo that may be switched without ending the release that it shows.
const WATCHED: &str = "gift-wrapping";

#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Arguments {
    /// The port to listen on; 8080, or a free one where that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// Build with optimisation.
    #[arg(long)]
    release: bool,
    /// Forget the demo's data of earlier runs.
    #[arg(long)]
    fresh: bool,
}

/// Builds and starts everything, says how to sign in, and waits for Ctrl-C.
///
/// # Errors
/// Where something does not build or start, or ends before it is told to.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    prerequisites::wasm(workspace).await?;
    ui::build(workspace, ui::Arguments::any_size()).await?;
    build(workspace, arguments.release).await?;
    let folder = workspace.target().join("demo");
    if arguments.fresh {
        Demo::reset(&folder)?;
    }
    let demo = Demo::open(folder)?;
    let port = port(arguments.port)?;
    let mut programs = Programs {
        workspace,
        release: arguments.release,
        running: Vec::new(),
    };
    let outcome = programs.serve(&demo, port).await;
    programs.stop().await;
    outcome
}

async fn build(workspace: &Workspace, release: bool) -> Result<()> {
    // With the features that the tests build it with, so that neither builds it again.
    let what = [
        "build",
        "--workspace",
        "--bin",
        "serin",
        "--example",
        TRAFFIC,
        "--example",
        WATCH,
    ];
    let how: &[&str] = if release { &["--release"] } else { &[] };
    command::run(cargo(workspace, &[&what, how].concat())).await
}

fn port(wanted: Option<u16>) -> Result<u16> {
    let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let taken = || format!("port {} is taken", wanted.unwrap_or_default());
    let listener = match wanted {
        Some(port) => free(port).with_context(taken)?,
        None => free(USUAL_PORT).or_else(|_| free(0))?,
    };
    Ok(listener.local_addr()?.port())
}

/// The programs that were started.
struct Programs<'w> {
    workspace: &'w Workspace,
    release: bool,
    running: Vec<(&'static str, Child)>,
}

impl Programs<'_> {
    async fn serve(&mut self, demo: &Demo, port: u16) -> Result<()> {
        let mut server = self.program("serin");
        server.args(["serve", "--demo", "--listen", &format!("127.0.0.1:{port}")]);
        server.args(["--database-url", &demo.database_url()]);
        server
            .env("SERIN_ADMIN_PASSWORD", demo.password())
            .env("SERIN_DEMO_KEY", demo.key());
        self.start("the server", server)?;
        self.ready(port).await?;

        let url = format!("http://127.0.0.1:{port}");
        let mut traffic = self.program(&format!("examples/{TRAFFIC}"));
        traffic.args([&*url, demo.key()]);
        self.start("the traffic", traffic)?;
        let watch = self.path(&format!("examples/{WATCH}"));
        let shown = watch.strip_prefix(self.workspace.root()).unwrap_or(&watch);
        print_welcome(&url, demo, shown);
        self.wait().await
    }

    fn program(&self, name: &str) -> Command {
        Command::new(self.path(name))
    }

    fn path(&self, name: &str) -> PathBuf {
        let profile = if self.release { "release" } else { "debug" };
        self.workspace.target().join(profile).join(name)
    }

    fn start(&mut self, name: &'static str, mut command: Command) -> Result<()> {
        let child = command
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        self.running.push((name, child));
        Ok(())
    }

    async fn ready(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while !http::answers(port, "/health/ready").await {
            self.check()?;
            if begun.elapsed() > STARTS_WITHIN {
                bail!(
                    "the server was not ready within {} s",
                    STARTS_WITHIN.as_secs()
                );
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Fails if a program has ended.
    fn check(&mut self) -> Result<()> {
        for (name, child) in &mut self.running {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended ({status})");
            }
        }
        Ok(())
    }

    /// Waits until somebody ends us, or one of the programs ends.
    async fn wait(&mut self) -> Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                () = sleep(Duration::from_millis(500)) => self.check()?,
            }
        }
    }

    /// Asks each program to end, the last one first, and kills those that do not.
    async fn stop(&mut self) {
        while let Some((name, mut child)) = self.running.pop() {
            if let Some(id) = child.id() {
                // A program that is gone by now needs no signal.
                let _ = Command::new("kill")
                    .args(["-TERM", &id.to_string()])
                    .status()
                    .await;
            }
            if timeout(STOPS_WITHIN, child.wait()).await.is_err() {
                eprintln!("{name} did not end by itself and is killed");
            }
        }
    }
}

fn print_welcome(url: &str, demo: &Demo, watch: &Path) {
    let (password, key, watch) = (demo.password(), demo.key(), watch.display());
    println!(
        "\n  Serin is ready.\n\n  open      {url}\n  sign in   admin / {password}\n  \
         watch     {watch} {url} {key} {WATCHED}\n\n  \
         Switch {WATCHED} in production off and on, and see it arrive. The data is kept in\n  \
         target/demo (`--fresh` forgets it). Ctrl-C ends everything.\n"
    );
}
