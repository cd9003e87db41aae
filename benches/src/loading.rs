//! Case H, and one changed flag.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serin_engine::ruleset::{Patch, PatchError, Ruleset};

use crate::engines::{Engine, Eppo, LaunchDarkly, PostHog, SerinPrepared, Yggdrasil};
use crate::timing::median;
use crate::world::World;

/// An engine's figures for 10 000 flags.
pub struct Loaded {
    pub engine: &'static str,
    /// Reading and compiling.
    pub milliseconds: f64,
    /// What a process has grown by afterwards.
    pub bytes: u64,
}

type Load = fn(&str) -> Result<Box<dyn std::any::Any>>;

/// An engine's name, its document, and how often it is loaded.
const ENGINES: [(&str, fn(&World) -> String, Load, usize); 5] = [
    (
        SerinPrepared::NAME,
        SerinPrepared::document,
        boxed::<SerinPrepared>,
        9,
    ),
    (
        LaunchDarkly::NAME,
        LaunchDarkly::document,
        boxed::<LaunchDarkly>,
        9,
    ),
    (Eppo::NAME, Eppo::document, boxed::<Eppo>, 5),
    (PostHog::NAME, PostHog::document, boxed::<PostHog>, 5),
    // It takes seconds.
    (Yggdrasil::NAME, Yggdrasil::document, boxed::<Yggdrasil>, 1),
];

fn boxed<E: Engine<Loaded: 'static>>(document: &str) -> Result<Box<dyn std::any::Any>> {
    Ok(Box::new(E::load(document)?))
}

pub fn measure() -> Result<Vec<Loaded>> {
    let world = World::large();
    ENGINES
        .iter()
        .map(|(engine, document, load, times)| {
            let document = document(&world);
            let samples = (0..*times).map(|_| {
                let begun = on_processor()?;
                let loaded = load(black_box(&document))?;
                let took = on_processor()? - begun;
                drop(loaded);
                Ok(took as f64 / 1e6)
            });
            Ok(Loaded {
                engine,
                milliseconds: median(samples.collect::<Result<_>>()?),
                bytes: memory_of_child(engine, &document)?,
            })
        })
        .collect()
}

/// The nanoseconds that this thread was on a processor: what others take of a busy
/// machine does not count. It is some milliseconds behind at most.
fn on_processor() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("no schedstat")?;
    Ok(nanoseconds.parse()?)
}

/// Loads in a process of its own, so that nothing else is counted.
fn memory_of_child(engine: &str, document: &str) -> Result<u64> {
    let file = std::env::temp_dir().join(format!("serin-bench-{}.json", std::process::id()));
    std::fs::write(&file, document)?;
    let output = Command::new(std::env::current_exe()?)
        .args(["memory", engine])
        .arg(&file)
        .output();
    std::fs::remove_file(&file)?;
    let output = output?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// What the child does: prints by how much it has grown.
pub fn memory(engine: &str, file: &str) -> Result<()> {
    let (.., load, _) = ENGINES
        .iter()
        .find(|(name, ..)| *name == engine)
        .context("no such engine")?;
    let document = std::fs::read_to_string(file)?;
    let before = resident()? - document.len() as u64;
    let loaded = load(&document)?;
    drop(document);
    println!("{}", resident()?.saturating_sub(before));
    drop(loaded);
    Ok(())
}

/// The resident memory of this process, in bytes.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// The milliseconds that Serin takes to apply one changed flag of 10 000.
pub fn patch() -> Result<f64> {
    let world = World::large();
    let base = SerinPrepared::load(&SerinPrepared::document(&world))?;
    let mut flag = crate::engines::serin_flag(&world.flags[77]);
    flag["version"] = 2.into();
    let mut patch = Patch {
        from: 1,
        to: 2,
        flags: [("flag-77".to_owned(), Some(flag))].into(),
        segments: Default::default(),
        releases: Vec::new(),
        fingerprint: String::new(),
    };
    if let Err(PatchError::Fingerprint { found, .. }) = base.apply(&patch) {
        patch.fingerprint = found;
    }
    let mut samples = Vec::new();
    for _ in 0..101 {
        let begun = Instant::now();
        let patched: (Ruleset, _) = base.apply(black_box(&patch))?;
        samples.push(begun.elapsed().as_secs_f64() * 1e3);
        drop(patched);
    }
    Ok(median(samples))
}
