//! `serin release simulate`: a release on made-up traffic, many times.

mod scenario;

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use serde::Serialize;
use serin_simulation::{Outcome, Scenario, Share, Summary, each, run as simulate};

use super::{input, refused, warn};

/// Simulate a release on made-up traffic, many times: how often a healthy candidate is taken back,
/// and how soon a bad one is found
///
/// The file, in YAML or JSON, has the release document (or the name of a file with it) and what the
/// traffic does; docs/command-line.md says how. The same file and seed give the same figures.
/// Approvals are given at once, windows are open, and SDKs have each stage as soon as it begins.
///
/// The exit status is 0 whatever is found, and 2 where the file cannot be used.
#[derive(Args, Clone, Debug)]
pub(super) struct SimulateOptions {
    /// The scenario; - for standard input
    #[arg(value_name = "FILE")]
    scenario: PathBuf,

    /// How often, in place of what the file says
    #[arg(long, value_name = "COUNT")]
    runs: Option<u64>,

    /// Another seed gives other runs
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Write the figures as JSON
    #[arg(long)]
    json: bool,
}

/// What is told.
#[derive(Serialize)]
struct Report {
    seed: u64,
    alpha: f64,
    /// With a candidate that is like the baseline.
    healthy: Summary,
    /// With the candidate as the scenario has it; nothing where that is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<Summary>,
}

/// Runs the command.
pub(super) fn run(options: &SimulateOptions) -> ExitCode {
    let done = load(options)
        .and_then(|scenario| report(&scenario))
        .and_then(|report| {
            let text = if options.json {
                serde_json::to_string_pretty(&report).map_err(|error| error.to_string())? + "\n"
            } else {
                words(&report)
            };
            match io::stdout().lock().write_all(text.as_bytes()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
                _ => Ok(()),
            }
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => refused(&format!("{}: {message}", input::name(&options.scenario))),
    }
}

fn load(options: &SimulateOptions) -> Result<Scenario, String> {
    let text = input::text(&options.scenario)?;
    let folder = options.scenario.parent().unwrap_or(Path::new(""));
    let mut scenario = scenario::parse(&text, folder)?;
    scenario.runs = options.runs.unwrap_or(scenario.runs);
    scenario.seed = options.seed.unwrap_or(scenario.seed);
    let mistakes = scenario.mistakes();
    if !mistakes.is_empty() {
        return Err(mistakes.join("\n"));
    }
    warn(&scenario.warnings());
    Ok(scenario)
}

fn report(scenario: &Scenario) -> Result<Report, String> {
    let onset = scenario
        .traffic
        .onset
        .map_or(Duration::ZERO, |onset| onset.0);
    let healthy = runs(&scenario.healthy(), "healthy")?;
    let candidate = match scenario.has_harm() {
        true => Some(Summary::of(&runs(scenario, "candidate")?, onset)),
        false => None,
    };
    Ok(Report {
        seed: scenario.seed,
        alpha: scenario.release.policy.alpha,
        healthy: Summary::of(&healthy, Duration::ZERO),
        candidate,
    })
}

fn runs(scenario: &Scenario, name: &str) -> Result<Vec<Outcome>, String> {
    let outcomes = each(scenario.runs, |number| simulate(scenario, name, number));
    let outcomes: Result<Vec<_>, _> = outcomes.into_iter().collect();
    outcomes.map_err(|refused| refused.to_string())
}

fn words(report: &Report) -> String {
    let mut text = String::new();
    let healthy = &report.healthy;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "a healthy candidate, {} runs", healthy.runs);
    let _ = writeln!(
        text,
        "  rolled back (false)  {}; at most {} % is promised",
        share(healthy.rolled_back),
        100.0 * report.alpha
    );
    let _ = writeln!(
        text,
        "  completed            {}{}",
        share(healthy.completed),
        after(healthy.minutes_to_complete)
    );
    let _ = writeln!(text, "  not done in time     {}", share(healthy.unfinished));
    let Some(found) = &report.candidate else {
        return text;
    };
    let _ = writeln!(
        text,
        "the candidate as it is said to be, {} runs",
        found.runs
    );
    let _ = writeln!(text, "  harm found           {}", share(found.found));
    if let (Some(half), Some(most)) = (found.minutes_to_find, found.minutes_to_find_p90) {
        let _ = writeln!(
            text,
            "  time to detection    {half:.1} min (median), {most:.1} min (90 %)"
        );
    }
    let _ = writeln!(text, "  found too early      {}", share(found.too_early));
    let _ = writeln!(text, "  rolled back          {}", share(found.rolled_back));
    let _ = writeln!(
        text,
        "  completed            {}{}",
        share(found.completed),
        after(found.minutes_to_complete)
    );
    let _ = writeln!(
        text,
        "  excess events        {:.1} on average",
        found.excess_events
    );
    for (culprit, count) in &found.culprits {
        let _ = writeln!(text, "  shown by {culprit} in {count} runs");
    }
    text
}

fn share(share: Share) -> String {
    format!(
        "{:.2} % (between {:.2} and {:.2})",
        100.0 * share.share,
        100.0 * share.low,
        100.0 * share.high
    )
}

fn after(minutes: Option<f64>) -> String {
    minutes.map_or_else(String::new, |minutes| {
        format!(", after {minutes:.0} min (median)")
    })
}
