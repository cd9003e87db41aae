//! `cargo xtask fuzz`: random input against the engine, by coverage (engine/fuzz).

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::{
    command::{self, cargo},
    workspace::Workspace,
};

/// Where the fuzz crate is.
const FOLDER: &str = "engine/fuzz";
const TARGETS: &[&str] = &["ruleset", "condition", "evaluation", "patch", "release"];
/// The longest input: enough for several flags, short enough for thousands of tries a second.
const LONGEST_INPUT: u32 = 8192;
/// An input that takes longer is a finding, in seconds.
const SLOWEST: u32 = 10;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Arguments {
    /// Fuzz this target only; all, one after another, where it is not given.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(TARGETS))]
    target: Option<String>,
    /// For how long, each.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    seconds: u32,
}

impl Arguments {
    /// All targets, for so many seconds each.
    pub(crate) fn all(seconds: u32) -> Self {
        Self {
            target: None,
            seconds,
        }
    }
}

/// Fuzzes until the time is over or there is a finding, which cargo-fuzz keeps in
/// engine/fuzz/artifacts.
///
/// # Errors
/// A finding, or where the fuzzer cannot be built.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    install(workspace).await?;
    let chosen = arguments.target.as_deref();
    for target in TARGETS
        .iter()
        .filter(|it| chosen.is_none_or(|one| one == **it))
    {
        fuzz(workspace, target, arguments.seconds)
            .await
            .with_context(|| format!("fuzzing {target}"))?;
    }
    Ok(())
}

async fn install(workspace: &Workspace) -> Result<()> {
    if command::find(&["cargo-fuzz"]).is_some() {
        return Ok(());
    }
    // It only starts others: how fast it runs itself is nothing, how soon it is there is something.
    command::run(cargo(
        workspace,
        &["install", "cargo-fuzz", "--locked", "--debug"],
    ))
    .await
}

async fn fuzz(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let folder = workspace.path(FOLDER);
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let seeds = folder.join("seeds").join(target);
    let inputs: Vec<PathBuf> = [corpus, seeds]
        .into_iter()
        .filter(|it| it.is_dir())
        .collect();
    // There is no unsafe code for a sanitizer to watch, and without one stable Rust will do.
    let mut fuzz = cargo(
        workspace,
        &[
            "fuzz",
            "run",
            "--sanitizer",
            "none",
            "--fuzz-dir",
            FOLDER,
            target,
        ],
    );
    fuzz.args(inputs)
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST_INPUT}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-dict={}", folder.join("dictionary.txt").display()))
        .arg("-print_final_stats=1")
        .arg("-verbosity=0")
        .env("CARGO_TARGET_DIR", workspace.target().join("fuzz"));
    command::run(fuzz).await
}
