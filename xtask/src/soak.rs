//! End-to-end tests of faults that take some seconds among the others, for as long as they last in earnest.

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    command::{self, cargo},
    postgres::Postgres,
    prerequisites,
    workspace::Workspace,
};

#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Arguments {
    /// What befalls it.
    #[arg(value_enum, default_value = "nodes")]
    what: What,
    /// For how many minutes; ten of kills, or five of a hole.
    #[arg(long)]
    minutes: Option<u64>,
    /// What decides which node is killed when; the same seed kills in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Three nodes on PostgreSQL of which one after the other is killed while releases go on.
    Nodes,
    /// Nothing passes between SDKs, as they are by default, and their server.
    Hole,
}

impl What {
    /// Its test, how that is told how long it is to last, and the minutes that it lasts.
    fn test(self) -> (&'static str, &'static str, u64) {
        match self {
            Self::Nodes => ("soak::", "SERIN_SOAK_SECONDS", 10),
            Self::Hole => ("hostile::hole::", "SERIN_HOLE_SECONDS", 5),
        }
    }
}

/// Builds the server and runs it; ends by itself.
///
/// # Errors
/// Where something does not build, or what was promised does not hold.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    let (name, seconds, minutes) = arguments.what.test();
    let minutes = arguments.minutes.unwrap_or(minutes);
    let needs_postgres = arguments.what == What::Nodes;
    if needs_postgres {
        let needs: Vec<_> = prerequisites::database().iter().collect();
        prerequisites::install(&needs).await?;
    }
    // For the whole workspace, as for the tests: nothing is compiled for it alone.
    let build = ["build", "--workspace", "--bin", "serin"];
    command::run(cargo(workspace, &build)).await?;
    let what = [
        "test",
        "--workspace",
        "--test",
        "e2e",
        "--",
        name,
        "--nocapture",
    ];
    let mut test = cargo(workspace, &what);
    test.env(seconds, (60 * minutes).to_string())
        // What makes numbers at random does not take a zero.
        .env("SERIN_SOAK_SEED", arguments.seed.max(1).to_string());
    let database = match std::env::var("TEST_DATABASE_URL") {
        Err(_) if needs_postgres => Some(Postgres::start().await?),
        _ => None,
    };
    if needs_postgres {
        test.env("REQUIRE_POSTGRES", "1");
    }
    if let Some(database) = &database {
        test.env("TEST_DATABASE_URL", database.url());
    }
    let outcome = command::run(test).await;
    drop(database);
    outcome
}
