//! `cargo xtask`: everything about this repository that is typed more than once.
//!
//! It starts other programs (cargo, PostgreSQL, the server) and holds no logic of the
//! product. It depends on none of the workspace's crates, so that it builds early and
//! can check them from outside.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod accessibility;
mod bench;
mod command;
mod demo;
mod dist;
mod fuzz;
mod http;
mod openfeature;
mod postgres;
mod prerequisites;
mod run;
mod soak;
mod test;
mod tidy;
mod ui;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::workspace::Workspace;

/// Build, test and try Serin.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the web UI into web-ui/dist.
    Ui(ui::Arguments),
    /// Start a server with demo data and traffic on it, and print how to sign in.
    Run(run::Arguments),
    /// Run every check and every test there is.
    Test(test::Arguments),
    /// Build the binary as it is shipped, and check its size and that the web UI is in it.
    Dist,
    /// Look for input that the engine cannot take.
    Fuzz(fuzz::Arguments),
    /// Measure Serin beside other engines and what nothing can be faster than.
    Bench(bench::Arguments),
    /// Let a fault last as in earnest: nodes killed at random while releases go on, or a black hole.
    Soak(soak::Arguments),
    /// Check the rules about what may depend on what.
    Tidy,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match perform(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does some work until it ends or somebody ends it. Being dropped is what ends the
/// programs that it started, so nothing is left behind in either case.
async fn interruptible(work: impl Future<Output = Result<()>>) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = work => outcome,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

async fn perform(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Ui(arguments) => interruptible(ui::build(&workspace, arguments)).await,
        Command::Test(arguments) => interruptible(test::run(&workspace, arguments)).await,
        Command::Bench(arguments) => interruptible(bench::run(&workspace, arguments)).await,
        Command::Dist => interruptible(dist::build(&workspace)).await,
        Command::Fuzz(arguments) => interruptible(fuzz::run(&workspace, arguments)).await,
        Command::Soak(arguments) => interruptible(soak::run(&workspace, arguments)).await,
        // Ends its programs by itself, and in peace.
        Command::Run(arguments) => run::run(&workspace, arguments).await,
        Command::Tidy => tidy::run(&workspace),
    }
}
