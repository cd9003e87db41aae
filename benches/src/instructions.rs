//! Instructions an evaluation takes: the figure without noise.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::client;
use crate::engines::{Engine, Eppo, LaunchDarkly, PostHog, SerinPrepared, Yggdrasil};
use crate::evaluation::repeat;

type Repeat = fn(&str, u64) -> Result<()>;

pub const ENGINES: [(&str, Repeat); 6] = [
    (SerinPrepared::NAME, repeat::<SerinPrepared>),
    (client::NAME, client::repeat),
    (LaunchDarkly::NAME, repeat::<LaunchDarkly>),
    (Yggdrasil::NAME, repeat::<Yggdrasil>),
    (Eppo::NAME, repeat::<Eppo>),
    (PostHog::NAME, repeat::<PostHog>),
];

pub const CASES: [(&str, &str); 4] = [
    ("A", "flag-a"),
    ("B", "flag-b"),
    ("C", "flag-c"),
    ("E", "flag-e"),
];

/// Case, engine and instructions.
pub fn measure() -> Result<Vec<(&'static str, &'static str, f64)>> {
    let mut all = Vec::new();
    for (engine, _) in ENGINES {
        for (case, key) in CASES {
            // What is not evaluation is in both runs.
            let few = run(engine, key, 100)?;
            let many = run(engine, key, 1100)?;
            all.push((case, engine, (many - few) as f64 / 1000.0));
        }
    }
    Ok(all)
}

/// What the child does.
pub fn child(engine: &str, key: &str, count: u64) -> Result<()> {
    let (_, repeat) = ENGINES
        .iter()
        .find(|(name, _)| *name == engine)
        .context("no such engine")?;
    repeat(key, count)
}

fn run(engine: &str, key: &str, count: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["repeat", engine, key, &count.to_string()])
        .output()
        .context("starting valgrind")?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("valgrind failed: {report}");
    }
    let collected = report
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .context("valgrind says nothing of instructions")?;
    Ok(collected.1.trim().parse()?)
}
