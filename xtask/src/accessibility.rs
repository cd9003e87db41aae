//! axe-core, which finds what keeps people with disabilities out of a page. It is brought by
//! npm where that is there, and never kept in the repository.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use tokio::process::Command;

use crate::{command, workspace::Workspace};

const PACKAGE: &str = "axe-core@4.14.1";

/// The script, fetched on the first call.
///
/// # Errors
/// Where npm does not bring it.
pub(crate) async fn script(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("xtask").join(PACKAGE);
    let script = folder.join("package/axe.min.js");
    if script.is_file() {
        return Ok(script);
    }
    let npm = command::find(&["npm"]).context("npm is missing: it brings axe-core")?;
    std::fs::create_dir_all(&folder)?;
    let mut pack = Command::new(npm);
    pack.args(["pack", PACKAGE, "--silent"])
        .current_dir(&folder);
    let printed = command::output(pack).await?;
    let archive = printed
        .lines()
        .last()
        .context("npm names no archive")?
        .trim()
        .to_owned();
    let mut tar = Command::new("tar");
    tar.args(["xzf", &archive]).current_dir(&folder);
    command::output(tar).await?;
    Ok(script)
}
