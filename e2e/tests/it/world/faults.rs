//! What befalls the machine under a program: its clock is set, its disk is full. A small
//! library between the program and the system does it, so that the program is the one that
//! is shipped, and the rest of the machine is left alone.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

const SOURCE: &str = include_str!("faults.c");
/// Where the file says how far ahead the clock is, in seconds, and whether the disk is full.
const SECONDS_AHEAD: u64 = 0;
const DISK_FULL: u64 = 8;

/// None at first. Programs that are started with [`Self::environment`] have what is set here.
pub(crate) struct Faults {
    folder: TempDir,
    state: File,
}

impl Faults {
    /// Builds the library, with the C compiler that linking Rust takes anyway.
    ///
    /// # Errors
    /// Where there is none, or it fails.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("serin-e2e-faults-")
            .tempdir()?;
        let source = folder.path().join("faults.c");
        std::fs::write(&source, SOURCE)?;
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library(folder.path()), &source])
            .output()
            .context("starting cc")?;
        let said = String::from_utf8_lossy(&built.stderr);
        ensure!(built.status.success(), "cc: {said}");
        let state = File::create(state(folder.path()))?;
        state.set_len(16)?;
        Ok(Self { folder, state })
    }

    /// What a program is started with that they are to befall.
    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 2] {
        let folder = self.folder.path();
        [
            ("LD_PRELOAD", library(folder)),
            ("SERIN_E2E_FAULTS", state(folder)),
        ]
    }

    /// Where all of it lies, for one who needs to let others read it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sets the clock so far ahead.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub(crate) fn clock_ahead(&self, by: Duration) -> Result<()> {
        self.write(SECONDS_AHEAD, i64::try_from(by.as_secs())?)
    }

    /// Sets the clock so far behind.
    ///
    /// # Errors
    /// As [`Self::clock_ahead`].
    pub(crate) fn clock_behind(&self, by: Duration) -> Result<()> {
        self.write(SECONDS_AHEAD, -i64::try_from(by.as_secs())?)
    }

    /// Lets no file grow, or every file again.
    ///
    /// # Errors
    /// As [`Self::clock_ahead`].
    pub(crate) fn disk_full(&self, full: bool) -> Result<()> {
        self.write(DISK_FULL, full.into())
    }

    fn write(&self, at: u64, value: i64) -> Result<()> {
        self.state.write_all_at(&value.to_ne_bytes(), at)?;
        Ok(())
    }
}

fn library(folder: &Path) -> PathBuf {
    folder.join("faults.so")
}

fn state(folder: &Path) -> PathBuf {
    folder.join("state")
}
