//! Rules about which files there are.

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

const CRATES: &[&str] = &[
    "engine",
    "api",
    "documents",
    "simulation",
    "web-engine",
    "sdk",
    "server",
    "web-ui",
    "e2e",
    "xtask",
];

/// Every Rust file of ours: its name from the root on, and its text.
///
/// # Errors
/// Where one cannot be read.
pub(crate) fn sources(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let mut sources = Vec::new();
    for folder in CRATES {
        for path in Workspace::files(&workspace.path(folder), Some("rs"))? {
            let text =
                fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let name = path
                .strip_prefix(workspace.root())?
                .to_string_lossy()
                .replace('\\', "/");
            sources.push((name, text));
        }
    }
    Ok(sources)
}

/// What is missing.
///
/// # Errors
/// Where a folder cannot be read.
pub(crate) fn offences(workspace: &Workspace) -> Result<Vec<String>> {
    let names = |database: &str| -> Result<BTreeSet<String>> {
        let files = Workspace::files(&workspace.path("migrations").join(database), Some("sql"))?;
        Ok(files
            .iter()
            .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
            .collect())
    };
    let (sqlite, postgres) = (names("sqlite")?, names("postgres")?);
    let one_sided = sqlite.symmetric_difference(&postgres);
    Ok(one_sided
        .map(|name| format!("migrations: {name} is there for one database only"))
        .collect())
}
