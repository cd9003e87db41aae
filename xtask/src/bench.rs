//! Measuring, in a workspace of its own: the other engines are none of the product's
//! dependencies.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{
    command::{self, cargo},
    workspace::Workspace,
};

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Arguments {
    /// What is measured.
    #[arg(value_enum)]
    what: What,
    /// Write the figures to this file as well.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// The engine and the SDK, beside other engines.
    Engine,
}

/// Builds what measures and runs it; its figures go where our output goes.
///
/// # Errors
/// Where a target is missed, valgrind is not here, or it cannot be built.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    let What::Engine = arguments.what;
    if command::find(&["valgrind"]).is_none() {
        bail!("valgrind counts the instructions; install it (Debian: apt install valgrind)");
    }
    let mut measure = cargo(
        workspace,
        &[
            "run",
            "--release",
            "--locked",
            "--manifest-path",
            "benches/Cargo.toml",
            "--",
        ],
    );
    measure.env("CARGO_TARGET_DIR", workspace.target().join("benches"));
    if let Some(file) = arguments.json {
        measure.arg("--json").arg(std::path::absolute(file)?);
    }
    command::run(measure).await
}
