//! `serin user`: for those who cannot sign in any more.

use std::{
    io::{self, BufRead as _, Write as _},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Subcommand};

use super::database;
use crate::{
    app::{App, Options},
    clock::SystemClock,
    ids::{self, SystemRandom},
    service::{self, Actor, user},
};

/// Look after users
#[derive(Args, Clone, Debug)]
pub(super) struct User {
    #[command(subcommand)]
    task: Task,
}

#[derive(Clone, Debug, Subcommand)]
enum Task {
    /// Give a user a new password, for instance an admin who lost theirs
    ///
    /// Makes a password up and prints it, or takes the first line of standard input. It ends
    /// the user's sessions, and the audit log says so. It may run beside a server.
    SetPassword(SetPassword),
}

#[derive(Args, Clone, Debug)]
struct SetPassword {
    /// The user's name
    username: String,

    /// Take the password from standard input instead of making one up
    #[arg(long)]
    stdin: bool,

    /// Where Serin keeps everything, as for `serin serve`
    #[arg(
        long,
        env = "SERIN_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://serin.db",
        hide_env_values = true
    )]
    database_url: String,
}

/// Runs the command.
pub(super) fn run(arguments: &User) -> ExitCode {
    let Task::SetPassword(arguments) = &arguments.task;
    match set_password(arguments) {
        Ok(said) => {
            let _ = writeln!(io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err((code, message)) => {
            let _ = writeln!(io::stderr(), "serin: {message}");
            ExitCode::from(code)
        }
    }
}

fn set_password(arguments: &SetPassword) -> Result<String, (u8, String)> {
    let unusable = |message: String| (2, message);
    database::require(&arguments.database_url).map_err(unusable)?;
    let password = if arguments.stdin {
        first_line().map_err(|error| unusable(format!("standard input: {error}")))?
    } else {
        ids::secret("serin", &SystemRandom)
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|error| unusable(error.to_string()))?;
    runtime.block_on(async {
        let options = Options {
            database_url: arguments.database_url.clone(),
            ..Options::default()
        };
        let (app, _) = App::open(options, Arc::new(SystemClock), Arc::new(SystemRandom))
            .await
            .map_err(|error| unusable(format!("opening the database: {error}")))?;
        let actor = Actor::system("command-line");
        let set = user::set_password(&app, &actor, &arguments.username, &password).await;
        app.shutdown().await;
        set.map_err(|error| (1, described(error, &arguments.username)))
    })?;
    let username = &arguments.username;
    Ok(if arguments.stdin {
        format!("{username} has a new password.")
    } else {
        format!("{username} has the password {password} now, which is shown this once.")
    })
}

fn first_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn described(error: service::Error, username: &str) -> String {
    match error {
        service::Error::NotFound => format!("there is no user {username:?}"),
        service::Error::Invalid(details) => details
            .into_iter()
            .map(|detail| detail.message)
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}
