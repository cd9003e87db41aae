//! Measuring. The engine is measured in a workspace of its own, so that the other engines are none of the
//! product's dependencies; the server in the product's, whose libraries it shares.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{
    command::{self, cargo},
    postgres::Postgres,
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
    /// Measure only the parts whose names begin with this.
    #[arg(long)]
    only: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// The engine and the SDK, beside other engines.
    Engine,
    /// Evaluations over HTTP, evidence, rulesets, durable writes on both databases and the start.
    Server,
    /// Event streams: idle ones, and how a change reaches all of them.
    Stream,
    /// The judge of releases, by simulation: error rates, delays, and other systems' rules.
    Canary,
}

/// Builds what measures and runs it; its figures go where our output goes.
///
/// # Errors
/// Where a target is missed, something that it needs is not here, or it cannot be built.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    let mut passed_on: Vec<OsString> = Vec::new();
    if let Some(file) = &arguments.json {
        passed_on.extend(["--json".into(), std::path::absolute(file)?.into()]);
    }
    if let Some(part) = &arguments.only {
        passed_on.extend(["--only".into(), part.into()]);
    }
    match arguments.what {
        What::Engine => engine(workspace, &passed_on).await,
        What::Server => {
            // The only part that needs it; its start takes as long as another part.
            let writes = arguments
                .only
                .is_none_or(|part| "writes".starts_with(&part));
            server(workspace, "server", writes, &passed_on).await
        }
        What::Stream => server(workspace, "stream", false, &passed_on).await,
        What::Canary => canary(workspace, &passed_on).await,
    }
}

async fn engine(workspace: &Workspace, passed_on: &[OsString]) -> Result<()> {
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
    measure.args(passed_on);
    command::run(measure).await
}

async fn canary(workspace: &Workspace, passed_on: &[OsString]) -> Result<()> {
    let what = [
        "run",
        "--release",
        "--locked",
        "-p",
        "serin-bench-canary",
        "--",
    ];
    let mut measure = cargo(workspace, &what);
    measure.args(passed_on);
    command::run(measure).await
}

async fn server(
    workspace: &Workspace,
    what: &str,
    needs_postgres: bool,
    passed_on: &[OsString],
) -> Result<()> {
    let packages = ["-p", "serin", "-p", "serin-bench-server"];
    let mut build = cargo(workspace, &["build", "--release", "--locked"]);
    build.args(packages);
    command::run(build).await?;
    let programs = workspace.target().join("release");
    let mut measure = tokio::process::Command::new(programs.join("serin-bench-server"));
    measure.kill_on_drop(true).arg(what);
    measure.arg("--serin").arg(programs.join("serin"));
    measure.args(passed_on);
    // It ends after what was measured with it.
    let postgres = match needs_postgres {
        true => Some(Postgres::start_durable().await?),
        false => None,
    };
    if let Some(postgres) = &postgres {
        measure.arg("--postgres").arg(postgres.url());
    }
    command::run(measure).await
}
