//! `serin audit`: whether the log is as it was written.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Args, Subcommand};

use super::database;
use crate::{
    service::audit::{self, Broken},
    store::Db,
};

/// Check the audit log
#[derive(Args, Clone, Debug)]
pub(super) struct Audit {
    #[command(subcommand)]
    task: Task,
}

#[derive(Clone, Debug, Subcommand)]
enum Task {
    /// Follow the chain of hashes from the first entry to the last
    ///
    /// Prints how many entries there are and the last one's hash, which one may keep
    /// elsewhere to compare with later. The exit status is 1 where an entry does not fit,
    /// which is named, and 2 where the database cannot be read.
    Verify(Verify),
}

#[derive(Args, Clone, Debug)]
struct Verify {
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

/// Runs the command and prints what it found.
pub(super) fn run(arguments: &Audit) -> ExitCode {
    let Task::Verify(arguments) = &arguments.task;
    let (code, message) = match verify(&arguments.database_url) {
        Ok(found) => {
            let _ = writeln!(io::stdout(), "{found}");
            return ExitCode::SUCCESS;
        }
        Err(failure) => failure,
    };
    let _ = writeln!(io::stderr(), "serin: {message}");
    ExitCode::from(code)
}

fn verify(database_url: &str) -> Result<String, (u8, String)> {
    let unusable = |error: &dyn std::fmt::Display| (2, error.to_string());
    let runtime = tokio::runtime::Runtime::new().map_err(|error| unusable(&error))?;
    // A typing mistake must not become an empty log that verifies.
    database::require(database_url).map_err(|message| (2, message))?;
    runtime.block_on(async {
        let db = Db::open(database_url)
            .await
            .map_err(|error| unusable(&error))?;
        let verified = audit::verify(&db).await;
        db.close().await;
        match verified {
            Ok(verified) => Ok(format!(
                "{} entries, unbroken; the last one's hash is {}",
                verified.entries, verified.head
            )),
            Err(Broken::Store(error)) => Err(unusable(&error)),
            Err(broken) => Err((1, broken.to_string())),
        }
    })
}
