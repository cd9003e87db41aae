//! The rules about what may depend on what, checked over `cargo metadata` and the
//! sources. ARCHITECTURE.md says why they are there.

mod crates;
mod files;
mod links;
mod sources;

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// Checks every rule.
///
/// # Errors
/// Lists each place that breaks one.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let offences = offences(workspace)?;
    if !offences.is_empty() {
        bail!(
            "{} rules are broken:\n- {}",
            offences.len(),
            offences.join("\n- ")
        );
    }
    println!("tidy");
    Ok(())
}

fn offences(workspace: &Workspace) -> Result<Vec<String>> {
    let mut offences = crates::offences(&metadata(workspace)?)?;
    for (name, text) in files::sources(workspace)? {
        offences.extend(sources::offences(&name, &text));
    }
    offences.extend(files::offences(workspace)?);
    offences.extend(links::offences(workspace)?);
    Ok(offences)
}

fn metadata(workspace: &Workspace) -> Result<serde_json::Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(workspace.root())
        .output()
        .context("starting cargo metadata")?;
    serde_json::from_slice(&output.stdout).context("reading the output of cargo metadata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_keeps_its_rules() {
        let offences = offences(&Workspace::find().unwrap()).unwrap();
        assert!(offences.is_empty(), "\n- {}\n", offences.join("\n- "));
    }
}
