//! OpenFeature's released clients, which the end-to-end tests run against the server: those
//! for JavaScript, Python and Rust, at the versions that `e2e/clients` pins.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{
    command::{self, cargo},
    workspace::Workspace,
};

/// Written last, with what was installed: another version installs anew.
const INSTALLED: &str = "installed";

/// Where the clients are.
pub(crate) struct Clients {
    /// A folder with the stories and the packages that they load.
    javascript: PathBuf,
    /// An interpreter that finds the packages.
    python: PathBuf,
    /// A program.
    rust: PathBuf,
}

impl Clients {
    /// Brings them; what is here already is left alone.
    ///
    /// # Errors
    /// Where one cannot be installed or built.
    pub(crate) async fn bring(workspace: &Workspace) -> Result<Self> {
        Ok(Self {
            javascript: javascript(workspace).await?,
            python: python(workspace).await?,
            rust: rust(workspace).await?,
        })
    }

    /// Tells tests of them.
    pub(crate) fn tell(&self, tests: &mut Command) {
        tests.env("OPENFEATURE_JAVASCRIPT", &self.javascript);
        tests.env("OPENFEATURE_PYTHON", &self.python);
        tests.env("OPENFEATURE_RUST", &self.rust);
    }
}

async fn javascript(workspace: &Workspace) -> Result<PathBuf> {
    let source = workspace.path("e2e/clients/javascript");
    let folder = workspace.target().join("xtask/openfeature-javascript");
    fs::create_dir_all(&folder)?;
    // The stories lie beside the packages, where node looks for them.
    for file in Workspace::files(&source, None)? {
        if let Some(name) = file.file_name() {
            fs::copy(&file, folder.join(name))?;
        }
    }
    let lock = fs::read_to_string(source.join("package-lock.json"))?;
    if !is_installed(&folder, &lock) {
        let npm = command::find(&["npm"]).context("npm is missing: it brings the clients")?;
        let mut install = Command::new(npm);
        install
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(&folder);
        command::output(install).await?;
        fs::write(folder.join(INSTALLED), lock)?;
    }
    Ok(folder)
}

async fn python(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.path("e2e/clients/python/requirements.txt");
    let folder = workspace.target().join("xtask/openfeature-python");
    let python = folder.join("bin/python");
    let pinned = fs::read_to_string(&requirements)?;
    if !is_installed(&folder, &pinned) {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&folder);
        command::output(make).await?;
        let mut install = Command::new(&python);
        install
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
            ])
            .arg("--requirement")
            .arg(&requirements);
        command::output(install).await?;
        fs::write(folder.join(INSTALLED), pinned)?;
    }
    Ok(python)
}

/// In a workspace of its own, with its own features: it compiles nothing of the product.
async fn rust(workspace: &Workspace) -> Result<PathBuf> {
    let target = workspace.target().join("clients");
    let manifest = "e2e/clients/rust/Cargo.toml";
    let mut build = cargo(
        workspace,
        &["build", "--locked", "--manifest-path", manifest],
    );
    build.env("CARGO_TARGET_DIR", &target);
    command::run(build).await?;
    Ok(target.join("debug/serin-openfeature-client"))
}

fn is_installed(folder: &Path, what: &str) -> bool {
    fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|installed| installed == what)
}
