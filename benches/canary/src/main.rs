//! Simulates releases, and holds the judge to its guarantees: `cargo xtask bench canary`.
//!
//! The judge is the one that the server runs; the traffic is made up, and seeded. Unless a line says
//! otherwise, a release goes through 1, 5, 10, 25 and 50 % for half an hour each, with one look a
//! minute, 6000 requests a minute, a base rate of 0.5 %, and no margin, which is the hardest.

mod checks;
mod figure;
mod nodes;
mod rivals;
mod speed;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use serin_simulation::traffic;

use crate::figure::Figure;

#[derive(Parser)]
struct Arguments {
    /// Write the figures to this file as well.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How many releases are simulated where the most are.
    #[arg(long, default_value_t = 20_000)]
    releases: u64,
    /// Only the parts whose names begin with this.
    #[arg(long, default_value = "")]
    only: String,
}

/// A part of the benchmark, its name, and the part of the releases that it needs.
type Part = (&'static str, fn(u64) -> Vec<Figure>, u64);

const PARTS: [Part; 10] = [
    ("health", checks::health, 1),
    ("information", checks::information_spent, 10),
    ("onset", checks::onset, 10),
    ("safety", checks::safety, 1),
    ("sample ratio", checks::sample_ratio, 1),
    ("bursts", checks::bursts, 1),
    ("order", checks::order, 100),
    ("doubling", checks::doubling, 10),
    ("nodes", nodes::nodes, 2),
    ("speed", speed::judge, 1),
];

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every figure holds.
fn run(arguments: &Arguments) -> Result<bool> {
    let start = Instant::now();
    let mut all: Vec<Figure> = Vec::new();
    for (name, simulate, part) in PARTS {
        if name.starts_with(&*arguments.only) {
            println!("\n== {name} ==");
            let figures = simulate((arguments.releases / part).max(8));
            figures.iter().for_each(Figure::print);
            all.extend(figures);
        }
    }
    if all.is_empty() {
        bail!("there is no part of that name");
    }
    if let Some(file) = &arguments.json {
        let figures: Vec<_> = all.iter().map(Figure::json).collect();
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    let missed: Vec<_> = all.iter().filter(|figure| !figure.holds()).collect();
    println!(
        "\n{} figures missed, after {:.0} s",
        missed.len(),
        start.elapsed().as_secs_f64()
    );
    missed.iter().for_each(|figure| figure.print());
    Ok(missed.is_empty())
}
