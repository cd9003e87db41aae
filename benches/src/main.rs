//! Measures Serin's engine and SDK beside other engines: `cargo xtask bench engine`.
//!
//! Every engine is given the same logical flags in its own format, and is first held to
//! serve what the case is about. `docs/performance.md` says how the figures are made.

mod allocations;
mod client;
mod engines;
mod evaluation;
mod floor;
mod instructions;
mod loading;
#[allow(dead_code, reason = "shared with the server's benchmarks, which use the rest")]
mod report;
mod targets;
mod timing;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};

use crate::report::Row;

#[derive(Parser)]
struct Arguments {
    /// Write the figures to this file as well.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How often everything is measured; the median counts.
    #[arg(long, default_value_t = 151)]
    rounds: usize,
    /// Leave out the instruction counts, which take a minute.
    #[arg(long)]
    no_instructions: bool,
    /// Measure only these, for when one of them is worked on.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    #[command(subcommand)]
    child: Option<Child>,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Evaluation,
    Sdk,
    Loading,
    Instructions,
}

/// What this program starts itself for.
#[derive(Subcommand)]
enum Child {
    #[command(hide = true)]
    Memory { engine: String, file: String },
    #[command(hide = true)]
    Repeat {
        engine: String,
        key: String,
        count: u64,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<bool> {
    match arguments.child {
        Some(Child::Memory { engine, file }) => loading::memory(&engine, &file).map(|()| true),
        Some(Child::Repeat { engine, key, count }) => {
            instructions::child(&engine, &key, count).map(|()| true)
        }
        None => measure(&arguments),
    }
}

/// Measures everything, and says whether every target holds.
fn measure(arguments: &Arguments) -> Result<bool> {
    let mut all = Vec::new();
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    if wanted(Part::Evaluation) {
        let timed = evaluation::measure(arguments.rounds, Duration::from_micros(200))?;
        section(&mut all, "Times of each engine", targets::times(&timed));
        section(&mut all, "Evaluation", targets::of_evaluation(&timed));
        let counts = evaluation::allocations()?;
        section(
            &mut all,
            "Allocations with a prepared context",
            targets::of_allocations(&counts),
        );
    }
    if wanted(Part::Sdk) {
        let figures = client::measure(arguments.rounds)?;
        section(&mut all, "The whole SDK", targets::of_client(&figures));
    }
    if wanted(Part::Loading) {
        let loaded = loading::measure()?;
        section(
            &mut all,
            "10 000 flags of five rules",
            targets::of_loading(&loaded),
        );
        section(&mut all, "Changes", [targets::of_patch(loading::patch()?)]);
    }
    if wanted(Part::Instructions) && !arguments.no_instructions {
        let counts = instructions::measure()?;
        section(&mut all, "Instructions", targets::of_instructions(&counts));
    }
    if let Some(file) = &arguments.json {
        let rows: Vec<_> = all.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&rows)?;
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    let missed: Vec<_> = all.iter().filter(|row| !row.holds()).collect();
    println!("\n{} targets missed", missed.len());
    missed.iter().for_each(|row| row.print());
    Ok(missed.is_empty())
}

fn section(all: &mut Vec<Row>, title: &str, rows: impl IntoIterator<Item = Row>) {
    println!("\n== {title} ==");
    for row in rows {
        row.print();
        all.push(row);
    }
}
