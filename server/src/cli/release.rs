//! `serin release`: what the judge says of windows, wherever they come from: recorded ones, those of a
//! release on a server, and made-up ones.

mod document;
mod input;
mod judge;
mod remote;
mod replay;
mod simulate;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Args, Subcommand};

/// Judge releases by recorded evidence, replay them through another policy, simulate them
#[derive(Args, Clone, Debug)]
pub(super) struct Release {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Judge(judge::JudgeOptions),
    Replay(Box<replay::ReplayOptions>),
    Simulate(simulate::SimulateOptions),
}

/// Does what the command line says.
pub(super) fn run(arguments: &Release) -> ExitCode {
    match &arguments.command {
        Command::Judge(options) => judge::run(options),
        Command::Replay(options) => replay::run(options),
        Command::Simulate(options) => simulate::run(options),
    }
}

/// Tells what nobody knows in a file.
fn warn(warnings: &[String]) {
    for warning in warnings {
        // Where standard error is closed nobody reads.
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
}

/// What cannot be used: told, and status 2.
fn refused(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "serin: {message}");
    ExitCode::from(2)
}
