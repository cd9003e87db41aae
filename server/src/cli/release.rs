//! `serin release`: what the judge says of windows, wherever they come from.

mod document;
mod judge;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Judge releases by recorded evidence, without a server
#[derive(Args, Clone, Debug)]
pub(super) struct Release {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Judge(judge::JudgeOptions),
}

/// Does what the command line says.
pub(super) fn run(arguments: &Release) -> ExitCode {
    match &arguments.command {
        Command::Judge(options) => judge::run(options),
    }
}
