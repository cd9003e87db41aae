//! Three nodes on PostgreSQL of which one after the other is killed, for as long as one likes:
//! the end-to-end test of that name, which takes some seconds among the others.

use anyhow::Result;

use crate::{
    command::{self, cargo},
    postgres::Postgres,
    prerequisites,
    workspace::Workspace,
};

#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Arguments {
    /// For how many minutes nodes are killed.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// What decides which node is killed when; the same seed kills in the same order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Builds the server and runs it; ends by itself.
///
/// # Errors
/// Where something does not build, or what was promised does not hold.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    let needs: Vec<_> = prerequisites::database().iter().collect();
    prerequisites::install(&needs).await?;
    // For the whole workspace, as for the tests: nothing is compiled for it alone.
    let build = ["build", "--workspace", "--bin", "serin"];
    command::run(cargo(workspace, &build)).await?;
    let what = [
        "test",
        "--workspace",
        "--test",
        "e2e",
        "--",
        "soak::",
        "--nocapture",
    ];
    let mut test = cargo(workspace, &what);
    test.env("REQUIRE_POSTGRES", "1")
        .env("SERIN_SOAK_SECONDS", (60 * arguments.minutes).to_string())
        // What makes numbers at random does not take a zero.
        .env("SERIN_SOAK_SEED", arguments.seed.max(1).to_string());
    let database = match std::env::var("TEST_DATABASE_URL") {
        Ok(_) => None,
        Err(_) => Some(Postgres::start().await?),
    };
    if let Some(database) = &database {
        test.env("TEST_DATABASE_URL", database.url());
    }
    let outcome = command::run(test).await;
    drop(database);
    outcome
}
