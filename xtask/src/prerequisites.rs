//! What the tests need beside Rust: a browser with its driver, PostgreSQL, Prometheus, fonts, node, python, and
//! Rust's own target for the web.
//!
//! On Debian as root what is missing is installed; elsewhere the command to type is printed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Result, bail};
use tokio::process::Command;

use crate::{command, workspace::Workspace};

const TARGET: &str = "wasm32-unknown-unknown";

/// Something that a Debian package brings.
pub(crate) struct Need {
    package: &'static str,
    present: fn() -> bool,
}

const BROWSER: &[Need] = &[
    Need {
        package: "chromium",
        present: || chromium().is_some(),
    },
    Need {
        package: "chromium-driver",
        present: || command::find(&["chromedriver"]).is_some(),
    },
    Need {
        package: "fonts-dejavu-core",
        present: || Path::new("/usr/share/fonts").is_dir(),
    },
    // Brings what judges whether everybody can use the pages.
    Need {
        package: "npm",
        present: || command::find(&["npm"]).is_some(),
    },
];
/// Bring OpenFeature's clients; npm does, too.
const CLIENTS: &[Need] = &[
    Need {
        package: "nodejs",
        present: || command::find(&["node"]).is_some(),
    },
    // Debian has what makes an environment with pip in it in a package of its own.
    Need {
        package: "python3-venv",
        present: || python_finds(&["venv", "ensurepip"]),
    },
];
/// Runs what browsers run, without a browser.
const NODE: &[Need] = &[Need {
    package: "nodejs",
    present: || command::find(&["node"]).is_some(),
}];
/// A source of what releases are judged by.
const PROMETHEUS: &[Need] = &[Need {
    package: "prometheus",
    present: || command::find(&["prometheus"]).is_some(),
}];
const DATABASE: &[Need] = &[Need {
    package: "postgresql",
    present: || postgres_programs().is_some(),
}];

/// Makes sure that wasm can be built.
///
/// # Errors
/// Where the target is missing and cannot be added.
pub(crate) async fn wasm(workspace: &Workspace) -> Result<()> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc
        .args(["--print", "sysroot"])
        .current_dir(workspace.root());
    let sysroot = command::output(rustc).await?;
    if Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .is_dir()
    {
        return Ok(());
    }
    if command::find(&["rustup"]).is_none() {
        bail!(
            "Rust's target {TARGET} is missing: install it with your Rust (`rustup target add {TARGET}`)"
        );
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", TARGET])
        .current_dir(workspace.root());
    command::run(add).await
}

/// What the tests of the databases run.
pub(crate) fn database() -> &'static [Need] {
    match env::var_os("TEST_DATABASE_URL") {
        Some(_) => &[],
        None => DATABASE,
    }
}

/// What runs wasm without a browser.
pub(crate) fn node() -> &'static [Need] {
    NODE
}

/// What the tests in the browser run.
pub(crate) fn browser() -> &'static [Need] {
    BROWSER
}

/// What brings OpenFeature's clients, and runs them.
pub(crate) fn clients() -> &'static [Need] {
    CLIENTS
}

/// What counts in place of programs.
pub(crate) fn prometheus() -> &'static [Need] {
    PROMETHEUS
}

/// The packages of what is not here, which can be installed here.
///
/// # Errors
/// Names the command to type where something is missing and cannot be installed here.
pub(crate) fn missing(needs: &[&Need]) -> Result<Vec<&'static str>> {
    let mut missing: Vec<_> = needs
        .iter()
        .filter(|need| !(need.present)())
        .map(|need| need.package)
        .collect();
    missing.sort_unstable();
    missing.dedup();
    let packages = missing.join(" ");
    if missing.is_empty() {
        return Ok(missing);
    }
    if command::find(&["apt-get"]).is_none() {
        bail!("the tests need what Debian packages as: {packages}. Install that, then try again");
    }
    if !is_root() {
        bail!(
            "the tests need more programs. Install them with: sudo apt-get install -y {packages}"
        );
    }
    Ok(missing)
}

/// Installs what is missing.
///
/// # Errors
/// As [`missing`], and where the installation fails.
pub(crate) async fn install(needs: &[&Need]) -> Result<()> {
    let missing = missing(needs)?;
    if missing.is_empty() {
        return Ok(());
    }
    apt_get(&["update"]).await?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], &*missing].concat()).await?;
    match needs.iter().find(|need| !(need.present)()) {
        Some(need) => bail!(
            "{} is installed, but what it brings is not found",
            need.package
        ),
        None => Ok(()),
    }
}

async fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.arg("-qq")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command::run(apt).await
}

/// Whether this program runs as root.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// The folder of PostgreSQL's server programs, the newest where there are several.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<_> = versions
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            let programs = version.path().join("bin");
            programs
                .join("initdb")
                .is_file()
                .then_some((number, programs))
        })
        .collect();
    found.sort();
    let on_path = || Some(command::find(&["initdb"])?.parent()?.to_path_buf());
    found.pop().map(|(_, programs)| programs).or_else(on_path)
}

fn python_finds(modules: &[&str]) -> bool {
    let mut python = std::process::Command::new("python3");
    python.args(["-c", &format!("import {}", modules.join(", "))]);
    let outcome = python.stdout(Stdio::null()).stderr(Stdio::null()).status();
    outcome.is_ok_and(|status| status.success())
}

fn chromium() -> Option<PathBuf> {
    command::find(&[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ])
}
