//! Releases on made-up traffic: what the machine and the judge, which a server runs, make of
//! windows that nobody measured.
//!
//! Everything is seeded: the same scenario gives the same outcomes on every machine.
//! `serin release simulate` asks it, and `cargo xtask bench canary` takes its traffic from here.

mod behaviour;
mod run;
mod scenario;
mod summary;
pub mod traffic;

use std::thread;

pub use behaviour::{Behaviour, Incident, Level, Traffic};
pub use run::{Ended, Outcome, run};
pub use scenario::Scenario;
pub use summary::{Share, Summary, percentile};

/// Does something for each of so many releases, on all cores, and gives what came of it in order.
pub fn each<T: Send>(releases: u64, simulate: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let simulate = &simulate;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                let (from, to) = (releases * part / threads, releases * (part + 1) / threads);
                scope.spawn(move || (from..to).map(simulate).collect::<Vec<T>>())
            })
            .collect();
        let parts = parts.into_iter().filter_map(|part| part.join().ok());
        parts.flatten().collect()
    })
}

#[cfg(test)]
mod tests;
