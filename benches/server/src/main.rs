//! Measures the server as a process, beside floors that run as processes too:
//! `cargo xtask bench server` and `cargo xtask bench stream`.
//!
//! The load comes from this process, by way of loopback. `docs/performance.md` says what is
//! measured and what a floor is.

mod child;
mod evaluation;
mod floor;
mod ingest;
mod load;
mod relays;
#[allow(
    dead_code,
    reason = "shared with the engine's benchmarks, which use the rest"
)]
#[path = "../../src/report.rs"]
mod report;
mod ruleset;
mod site;
mod startup;
mod streams;
mod wire;
mod writes;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};

use crate::report::Row;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Evaluations, rulesets, writes and the start.
    Server(Options),
    /// Event streams.
    Stream(Options),
    /// What nothing can be faster than; started by the others.
    #[command(hide = true)]
    Floor { port: u16 },
}

#[derive(clap::Args)]
pub struct Options {
    /// The program that is measured.
    #[arg(long)]
    serin: PathBuf,
    /// A PostgreSQL server that syncs to disk, where databases may be made; what needs one is left out without it.
    #[arg(long)]
    postgres: Option<String>,
    /// Write the figures to this file as well.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Seconds that each load lasts.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How often floor and server take turns; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Streams that are reached by way of relays.
    #[arg(long, default_value_t = 10_000)]
    streams: usize,
    /// Only the parts whose names begin with this.
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> ExitCode {
    match run(Arguments::parse().what) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every target holds.
fn run(what: What) -> Result<bool> {
    let (options, parts): (Options, &[Part]) = match what {
        What::Floor { port } => return floor::serve(port).map(|()| true),
        What::Server(options) => (
            options,
            &[
                ("start", startup::measure),
                ("evaluation", evaluation::measure),
                ("ingest", ingest::measure),
                ("ruleset", ruleset::measure),
                ("writes", writes::measure),
            ],
        ),
        What::Stream(options) => (
            options,
            &[
                ("idle", streams::idle),
                ("acknowledged", streams::acknowledged),
                ("relays", relays::measure),
            ],
        ),
    };
    let mut all: Vec<Row> = Vec::new();
    for (name, measure) in parts {
        if name.starts_with(&*options.only) {
            println!("\n== {name} ==");
            for row in measure(&options).with_context(|| format!("measuring {name}"))? {
                row.print();
                all.push(row);
            }
        }
    }
    if all.is_empty() {
        bail!("there is no part of that name");
    }
    if let Some(file) = &options.json {
        let rows: Vec<_> = all.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&rows)?;
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    let missed: Vec<_> = all.iter().filter(|row| !row.holds()).collect();
    println!("\n{} targets missed", missed.len());
    missed.iter().for_each(|row| row.print());
    Ok(missed.is_empty())
}

/// A part of a benchmark, and its name.
type Part = (&'static str, fn(&Options) -> Result<Vec<Row>>);

/// The middle one.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The one that so many of a hundred are not above.
pub fn percentile(mut samples: Vec<f64>, percent: usize) -> f64 {
    samples.sort_by(f64::total_cmp);
    let at = (samples.len() * percent / 100).min(samples.len().saturating_sub(1));
    samples.get(at).copied().unwrap_or(f64::NAN)
}
