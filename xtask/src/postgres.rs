//! A PostgreSQL that lives as long as a test run, in a folder of its own.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command as Blocking, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{command, prerequisites};

/// Who the server runs as where we are root, which it refuses to be.
const ACCOUNT: &str = "postgres";
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A running server; it stops and its folder goes when this is dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    server: Child,
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Makes a fresh cluster and starts it on a free port of this machine.
    ///
    /// # Errors
    /// Where PostgreSQL is not installed or does not start; its log is in the message.
    pub(crate) async fn start() -> Result<Self> {
        // What makes a database outlive a power cut costs time, and this one is thrown away.
        Self::start_with(&["fsync=off"]).await
    }

    /// The same, which syncs to disk as one that is relied on does.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn start_durable() -> Result<Self> {
        Self::start_with(&["fsync=on", "synchronous_commit=on"]).await
    }

    async fn start_with(settings: &[&str]) -> Result<Self> {
        let programs = prerequisites::postgres_programs().context("PostgreSQL is not installed")?;
        let folder = tempfile::Builder::new()
            .prefix("serin-postgres-")
            .tempdir()?;
        if prerequisites::is_root() {
            let mut chown = Command::new("chown");
            chown.arg(format!("{ACCOUNT}:")).arg(folder.path());
            command::output(chown).await?;
        }
        let data = folder.path().join("data");
        let mut initdb = as_account(&programs.join("initdb"));
        initdb.args([
            "--username=serin",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
        ]);
        initdb
            .arg("--locale=C")
            .arg("--pgdata")
            .arg(&data)
            .current_dir(folder.path());
        command::output(Command::from(initdb)).await?;

        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let log = std::fs::File::create(folder.path().join("log"))?;
        let mut server = as_account(&programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        let always = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=400",
        ];
        for setting in always.iter().chain(settings) {
            server.args(["-c", setting]);
        }
        server
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .current_dir(folder.path());
        let server = Command::from(server).kill_on_drop(true).spawn()?;
        let mut postgres = Self {
            programs,
            server,
            folder,
            port,
        };
        postgres.ready().await?;
        Ok(postgres)
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://serin@127.0.0.1:{}/postgres", self.port)
    }

    async fn ready(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            let mut probe = Command::new(self.programs.join("pg_isready"));
            probe.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if probe.status().await?.success() {
                return Ok(());
            }
            if self.server.try_wait()?.is_some() || begun.elapsed() > STARTS_WITHIN {
                let log =
                    std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                bail!("PostgreSQL did not start:\n{log}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = as_account(&self.programs.join("pg_ctl"));
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"])
            .arg(self.folder.path().join("data"));
        stop.current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if stop.status().is_ok_and(|status| status.success()) {
            return;
        }
        // Without its own way to stop it has `kill_on_drop`.
        eprintln!("PostgreSQL did not stop by itself and is killed");
    }
}

/// The program, as somebody other than root, and ended by the kernel if we are.
fn as_account(program: &Path) -> Blocking {
    let Some(setpriv) = command::find(&["setpriv"]) else {
        return Blocking::new(program);
    };
    let mut command = Blocking::new(setpriv);
    if prerequisites::is_root() {
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "INT"]).arg(program);
    command
}
