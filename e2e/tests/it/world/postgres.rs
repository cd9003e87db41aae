//! A PostgreSQL of a test's own, for what would befall the others' too.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::process::Child;

use super::{
    Database, Faults, PATIENCE,
    database::{find, run},
    eventually, port,
};

/// Who it runs as where we are root, which it refuses to be.
const ACCOUNT: &str = "postgres";

/// It ends, and its folder goes, where this is dropped.
pub(crate) struct Postgres {
    url: String,
    _server: Child,
    _folder: TempDir,
}

impl Postgres {
    /// Makes a fresh one, which `faults` befall.
    ///
    /// # Errors
    /// Where it is not installed, or does not start.
    pub(crate) async fn start(faults: &Faults) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("serin-e2e-pg-").tempdir()?;
        if is_root() {
            let owner = format!("{ACCOUNT}:");
            for path in [folder.path(), faults.folder()] {
                run("chown", &["-R".as_ref(), owner.as_ref(), path.as_os_str()])?;
            }
        }
        let data = folder.path().join("data");
        initialise(folder.path(), &data)?;
        let port = port::reserve()?;
        let mut server = as_account("postgres");
        server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
        ] {
            server.args(["-c", setting]);
        }
        server.envs(faults.environment()).current_dir(folder.path());
        server.stdin(Stdio::null());
        server.stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = tokio::process::Command::from(server);
        let server = server.kill_on_drop(true).spawn()?;
        let port = port.to_string();
        eventually("PostgreSQL is ready", PATIENCE, async || {
            let asked = Command::new(find("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port])
                .status()?;
            Ok(asked.success().then_some(()))
        })
        .await?;
        Ok(Self {
            url: format!("postgres://serin@127.0.0.1:{port}/postgres"),
            _server: server,
            _folder: folder,
        })
    }

    /// A fresh database in it.
    ///
    /// # Errors
    /// Where it makes none.
    pub(crate) fn database(&self) -> Result<Database> {
        Database::on(&self.url)
    }
}

fn initialise(folder: &Path, data: &Path) -> Result<()> {
    let mut initdb = as_account("initdb");
    initdb
        .args(["--username=serin", "--auth=trust", "--no-sync"])
        .args(["--encoding=UTF8", "--locale=C", "--pgdata"])
        .arg(data)
        .current_dir(folder);
    let made = initdb.output().context("starting initdb")?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "initdb: {said}");
    Ok(())
}

/// The program as somebody other than root, and ended by the kernel with this process.
fn as_account(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"]);
    }
    command
        .args(["--pdeathsig", "INT"])
        .arg::<&OsStr>(find(program).as_ref());
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
