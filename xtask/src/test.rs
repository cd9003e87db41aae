//! Every check and every test, in the order in which a mistake is cheapest to find.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use futures_util::future::join_all;
use tokio::process::Command;

use crate::{
    accessibility,
    command::{self, cargo},
    fuzz,
    openfeature::Clients,
    postgres::Postgres,
    prerequisites::{self, Need},
    ui,
    workspace::Workspace,
};

/// How long the random questions to both engines may take, building included.
const AGREES_WITHIN: Duration = Duration::from_secs(900);
/// Most tests wait for a disk or another process most of their time. Those that start processes
/// themselves let only some of them run at a time.
const TESTS_AT_ONCE: &str = "4";
/// A folder in memory, on Linux.
const MEMORY: &str = "/dev/shm";
/// How many megabytes it has to have.
const ROOM: u64 = 2000;
/// How long each fuzzer runs here: enough to see that it does. `cargo xtask fuzz` takes its time.
const FUZZ_SECONDS: u32 = 8;

#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct Arguments {
    /// Run one part only.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// A part of the whole that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, lints and documentation.
    Style,
    /// The web UI with the engine beside it, and that it decides as servers do.
    Ui,
    /// The tests of every crate but the end-to-end tests.
    Unit,
    /// The end-to-end tests: the real server, a real browser, the real SDK, OpenFeature's clients.
    E2e,
    /// A short run of the fuzzers.
    Fuzz,
}

#[derive(Clone, Copy)]
enum Step {
    Prerequisites,
    Format,
    Programs,
    Lints,
    WebUi,
    Build,
    Agreement,
    Tests,
    Fuzzing,
    Documentation,
}

/// What is side by side runs side by side: each has a part where only one processor is busy.
/// Nothing runs beside the tests.
const ALL: &[&[Step]] = &[
    &[Step::Prerequisites],
    &[Step::Format],
    &[Step::Lints, Step::WebUi, Step::Programs],
    &[Step::Build],
    &[Step::Tests],
    &[Step::Agreement, Step::Fuzzing, Step::Documentation],
];

impl Step {
    fn title(self) -> &'static str {
        match self {
            Self::Prerequisites => "prerequisites",
            Self::Format => "formatting",
            Self::Programs => "what the tests run",
            Self::Lints => "lints",
            Self::WebUi => "web UI",
            Self::Agreement => "whether browsers decide as servers do",
            Self::Build => "building the tests",
            Self::Tests => "tests",
            Self::Fuzzing => "fuzzing for a short while",
            Self::Documentation => "documentation",
        }
    }

    /// Whether it is run for this part; everything is where no part is asked for.
    fn belongs_to(self, part: Option<Part>) -> bool {
        match (self, part) {
            (_, None) | (Self::Prerequisites | Self::Programs, _) => true,
            (Self::Format | Self::Lints | Self::Documentation, Some(part)) => part == Part::Style,
            (Self::WebUi, Some(part)) => matches!(part, Part::Ui | Part::E2e),
            (Self::Agreement, Some(part)) => part == Part::Ui,
            (Self::Fuzzing, Some(part)) => part == Part::Fuzz,
            (Self::Build | Self::Tests, Some(part)) => matches!(part, Part::Unit | Part::E2e),
        }
    }

    async fn run(self, workspace: &Workspace, part: Option<Part>) -> Result<()> {
        match self {
            Self::Prerequisites => prepare(workspace, part).await,
            Self::Format => command::run(cargo(workspace, &["fmt", "--all", "--check"])).await,
            Self::Programs => bring(workspace, part).await,
            Self::Lints => lint(workspace).await,
            Self::WebUi => ui::build(workspace, ui::Arguments::default()).await,
            Self::Agreement => agree(workspace).await,
            Self::Build => build(workspace, part).await,
            Self::Tests => test(workspace, part).await,
            Self::Fuzzing => fuzz::run(workspace, fuzz::Arguments::all(FUZZ_SECONDS)).await,
            Self::Documentation => document(workspace).await,
        }
    }
}

/// Runs the steps until one fails, then says how long each took.
///
/// # Errors
/// The first failure.
pub(crate) async fn run(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    let begun = Instant::now();
    let mut timings = Vec::new();
    let mut outcome = Ok(());
    for steps in ALL {
        let chosen = steps.iter().filter(|step| step.belongs_to(arguments.only));
        let played = chosen.map(|step| play(*step, workspace, arguments.only));
        for (timing, result) in join_all(played).await {
            timings.push(timing);
            outcome = outcome.and(result);
        }
        if outcome.is_err() {
            break;
        }
    }
    print_summary(&timings, begun.elapsed());
    outcome
}

/// A step, how long it took, and whether it passed.
type Timing = (&'static str, Duration, bool);

async fn play(step: Step, workspace: &Workspace, part: Option<Part>) -> (Timing, Result<()>) {
    println!("\n== {} ==", step.title());
    let begun = Instant::now();
    let outcome = step.run(workspace, part).await;
    let timing = (step.title(), begun.elapsed(), outcome.is_ok());
    (timing, outcome.context(step.title()))
}

fn print_summary(timings: &[Timing], total: Duration) {
    println!("\n== summary ==");
    for (title, took, passed) in timings {
        println!(
            "{:<40} {:>7.1} s  {}",
            title,
            took.as_secs_f64(),
            if *passed { "ok" } else { "FAILED" }
        );
    }
    println!("{:<40} {:>7.1} s", "all", total.as_secs_f64());
}

/// Sees to what is compiled with, and says at once what cannot be had here.
async fn prepare(workspace: &Workspace, part: Option<Part>) -> Result<()> {
    if part.is_none_or(|part| matches!(part, Part::Ui | Part::E2e)) {
        prerequisites::wasm(workspace).await?;
    }
    match prerequisites::missing(&needs(part))?.join(", ") {
        none if none.is_empty() => println!("all here"),
        missing => println!("to be installed: {missing}"),
    }
    Ok(())
}

/// What the tests run.
fn needs(part: Option<Part>) -> Vec<&'static Need> {
    let mut needs = Vec::new();
    if part.is_none_or(|part| part == Part::Ui) {
        needs.extend(prerequisites::node());
    }
    if part.is_none_or(|part| matches!(part, Part::Unit | Part::E2e)) {
        needs.extend(prerequisites::database());
    }
    if part.is_none_or(|part| part == Part::E2e) {
        needs.extend(prerequisites::browser());
        needs.extend(prerequisites::clients());
        needs.extend(prerequisites::prometheus());
    }
    needs
}

/// Brings what the tests run.
async fn bring(workspace: &Workspace, part: Option<Part>) -> Result<()> {
    prerequisites::install(&needs(part)).await?;
    if part.is_none_or(|part| part == Part::E2e) {
        accessibility::script(workspace).await?;
        Clients::bring(workspace).await?;
    }
    Ok(())
}

async fn lint(workspace: &Workspace) -> Result<()> {
    let all = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    command::run(cargo(workspace, &all)).await
}

/// Tries what is in front of the engine that browsers load, and how deep that may go; then
/// asks it, and the same engine here, the same random questions.
async fn agree(workspace: &Workspace) -> Result<()> {
    let dist = workspace.path("web-ui/dist");
    let mut queue = Command::new("node");
    queue.arg("--test");
    queue.arg(workspace.path("web-ui/tests/engine.mjs"));
    command::run(queue).await?;
    let mut stack = Command::new("node");
    stack.arg(workspace.path("web-ui/tests/stack.mjs"));
    stack.arg(&dist);
    command::run(stack).await?;
    // For the whole workspace, as the tests: nothing is compiled for it alone.
    command::run(cargo(
        workspace,
        &["build", "--workspace", "--example", "agreement"],
    ))
    .await?;
    let mut questions = Command::new(workspace.target().join("debug/examples/agreement"));
    questions.arg(dist).kill_on_drop(true);
    let outcome = tokio::time::timeout(AGREES_WITHIN, command::run(questions)).await;
    outcome.context("the engines took too long to answer")?
}

/// Builds the server's program where the tests look for it, and the tests.
///
/// Always for the whole workspace: a choice of crates would be compiled with a choice of
/// features, and so a second time.
async fn build(workspace: &Workspace, part: Option<Part>) -> Result<()> {
    if part == Some(Part::E2e) {
        command::run(cargo(
            workspace,
            &["build", "--workspace", "--bin", "serin"],
        ))
        .await?;
    }
    command::run(cargo(
        workspace,
        &[&["test"], selection(part), &["--no-run"]].concat(),
    ))
    .await
}

fn selection(part: Option<Part>) -> &'static [&'static str] {
    match part {
        Some(Part::E2e) => &["--workspace", "--test", "e2e"],
        Some(Part::Unit) => &["--workspace", "--exclude", "serin-e2e"],
        _ => &["--workspace"],
    }
}

async fn test(workspace: &Workspace, part: Option<Part>) -> Result<()> {
    let mut tests = cargo(
        workspace,
        &[&["test"], selection(part), &["--no-fail-fast"]].concat(),
    );
    tests.env("REQUIRE_POSTGRES", "1");
    tests.env("RUST_TEST_THREADS", TESTS_AT_ONCE);
    if has_room(MEMORY).await {
        tests.env("TEST_SQLITE_FOLDER", MEMORY);
    }
    // A failure says what was waited for; where from is no help, and hides it.
    tests.env("RUST_LIB_BACKTRACE", "0");
    // Bound to a name of its own, so that the database lives until the tests have ended.
    let database = match std::env::var("TEST_DATABASE_URL") {
        Ok(_) => None,
        Err(_) => Some(Postgres::start().await?),
    };
    if let Some(database) = &database {
        tests.env("TEST_DATABASE_URL", database.url());
    }
    if part != Some(Part::Unit) {
        tests.env("AXE_SCRIPT", accessibility::script(workspace).await?);
        Clients::bring(workspace).await?.tell(&mut tests);
    }
    let outcome = command::run(tests).await;
    drop(database);
    outcome
}

/// Whether there is such a folder, with room for all that the tests put there.
async fn has_room(folder: &str) -> bool {
    let mut df = Command::new("df");
    df.args(["--output=avail", "--block-size=1M", folder]);
    let printed = command::output(df).await.unwrap_or_default();
    let megabytes = printed
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok());
    megabytes.is_some_and(|megabytes: u64| megabytes >= ROOM)
}

async fn document(workspace: &Workspace) -> Result<()> {
    let mut doc: Command = cargo(workspace, &["doc", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    command::run(doc).await
}
