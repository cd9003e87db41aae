//! The command line.

mod audit;
mod database;
mod evaluate;
mod explain;
mod import;
mod listen;
mod log;
mod relay;
mod release;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Serve;

/// Feature flags and canary releases, in one binary
#[derive(Debug, Parser)]
#[command(name = "serin", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, the streams and the web UI
    Serve(Box<Serve>),
    Relay(Box<relay::RelayOptions>),
    Evaluate(evaluate::Evaluate),
    Explain(explain::Explain),
    Import(import::Import),
    Release(release::Release),
    Audit(audit::Audit),
    User(user::User),
}

/// Does what the command line says. 0 is success, 1 a failure, 2 a wrong use.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(options) => serve::run(&options),
        Command::Relay(options) => relay::run(&options),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Release(arguments) => release::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::User(arguments) => user::run(&arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_of_what_serves_is_explained_and_has_a_variable() {
        let command = Cli::command();
        let subcommand = |name| command.find_subcommand(name).unwrap().get_arguments();
        for option in subcommand("serve")
            .chain(subcommand("relay"))
            .filter(|option| option.get_id() != "help")
        {
            let name = option.get_id();
            assert!(option.get_help().is_some(), "{name} is not explained");
            let variable = option
                .get_env()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            assert!(
                variable.starts_with("SERIN_"),
                "{name} has the variable {variable:?}"
            );
        }
    }
}
