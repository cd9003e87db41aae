//! Where a test's server keeps its data: on each of the two databases.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context as _, Result, bail};

/// A database of one test's own.
#[derive(Debug)]
pub(crate) enum Database {
    /// A file in the server's folder.
    Sqlite,
    /// A database on the PostgreSQL of `TEST_DATABASE_URL`; it goes when this is dropped.
    Postgres { server: String, name: String },
}

impl Database {
    /// A fresh PostgreSQL database; `None` where there is no PostgreSQL and that is fine.
    ///
    /// # Errors
    /// Where there is none but `REQUIRE_POSTGRES` is set, or it makes no database.
    pub(crate) fn postgres() -> Result<Option<Self>> {
        let Ok(server) = env::var("TEST_DATABASE_URL") else {
            if env::var_os("REQUIRE_POSTGRES").is_some() {
                bail!("TEST_DATABASE_URL is not set: `cargo xtask test` starts a PostgreSQL");
            }
            return Ok(None);
        };
        Self::on(&server).map(Some)
    }

    /// A fresh database on the PostgreSQL at this address.
    ///
    /// # Errors
    /// Where it makes none.
    pub(crate) fn on(server: &str) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("serin_e2e_{}_{number}", process::id());
        run("createdb", &[&format!("--maintenance-db={server}"), &name])?;
        Ok(Self::Postgres {
            server: server.to_owned(),
            name,
        })
    }

    /// What the server is told, where its files lie in `folder`.
    pub(crate) fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("serin.db").display()),
            Self::Postgres { server, name } => {
                let (address, _) = server.rsplit_once('/').unwrap_or((server, ""));
                format!("{address}/{name}")
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            // A cluster that is thrown away takes the database along anyway.
            let maintenance = format!("--maintenance-db={server}");
            let _ = run("dropdb", &["--force", &maintenance, name]);
        }
    }
}

/// Runs a program to its end.
///
/// # Errors
/// What it says, where it fails.
pub(super) fn run(program: &str, arguments: &[impl AsRef<OsStr>]) -> Result<()> {
    let output = Command::new(find(program)).args(arguments).output();
    let output = output.with_context(|| format!("starting {program}"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// The program itself, and not the wrapper that some systems put on the path.
pub(super) fn find(program: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<_> = versions
        .map(|version| version.path().join("bin").join(program))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| program.into())
}
