//! What is asked of Serin, beside what was measured.

use crate::client::Figures;
use crate::engines::{Engine as _, Serin, SerinJson, SerinPrepared};
use crate::loading::Loaded;
use crate::report::Row;
use crate::timing::Timed;

/// How many times faster than the fastest peer.
const TIMES: [(&str, f64); 8] = [
    ("A", 3.0),
    ("B", 5.0),
    ("C", 8.0),
    ("D", 2.0),
    ("D miss", 2.0),
    ("E", 3.0),
    ("F", 3.0),
    ("G", 8.0),
];

pub fn of_evaluation(timed: &[Timed]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (case, times) in TIMES {
        // All flags are one call, which prepares the context itself.
        let way = if case == "G" {
            SerinJson::NAME
        } else {
            SerinPrepared::NAME
        };
        let Some(own) = find(timed, case, way) else {
            continue;
        };
        if let Some(peer) = fastest_peer(timed, case) {
            let against = (times, &*peer.engine, peer.nanoseconds);
            rows.push(Row::faster(case, own, "ns", against));
        }
        if let Some(floor) = find(timed, case, "floor") {
            rows.push(Row::at_most_times(
                format!("{case} over the floor"),
                own,
                "ns",
                (1.5, "floor", floor),
            ));
        }
    }
    let fresh = find(timed, "A+context", Serin::NAME);
    if let (Some(own), Some(peer)) = (fresh, fastest_peer(timed, "A+context")) {
        let against = (3.0, &*peer.engine, peer.nanoseconds);
        rows.push(Row::faster(
            "A with the context built for the call",
            own,
            "ns",
            against,
        ));
    }
    rows
}

/// All times, for those who want more than the targets.
pub fn times(timed: &[Timed]) -> impl Iterator<Item = Row> {
    timed.iter().map(|one| {
        Row::info(
            format!("{} {}", one.case, one.engine),
            one.nanoseconds,
            "ns",
        )
    })
}

fn find(timed: &[Timed], case: &str, engine: &str) -> Option<f64> {
    let found = timed
        .iter()
        .find(|one| one.case == case && one.engine == engine);
    found.map(|one| one.nanoseconds)
}

fn is_peer(engine: &str) -> bool {
    engine != "floor" && !engine.starts_with("serin")
}

fn fastest_peer<'t>(timed: &'t [Timed], case: &str) -> Option<&'t Timed> {
    timed
        .iter()
        .filter(|one| one.case == case && is_peer(&one.engine))
        .min_by(|left, right| left.nanoseconds.total_cmp(&right.nanoseconds))
}

pub fn of_allocations(counts: &[(&'static str, u64)]) -> impl Iterator<Item = Row> {
    counts.iter().map(|(case, count)| {
        let name = format!("{case}: allocations in 1000 evaluations");
        Row::at_most(name, *count as f64, "", 0.0)
    })
}

pub fn of_client(figures: &Figures) -> Vec<Row> {
    let (alone, two) = (figures.one_prepared, &figures.two);
    vec![
        Row::at_most("SDK, A with reason and counter", alone, "ns", 30.0),
        Row::info("SDK, A with a JSON context", figures.one, "ns"),
        Row::info("SDK, B with reason and counter", figures.with_rules, "ns"),
        Row::info("SDK, each of two threads on one flag", two.together, "ns")
            .beside("by itself", two.alone),
        Row::at_most("SDK, two threads on one flag", two.ratio, "× one", 1.05),
    ]
}

pub fn of_loading(loaded: &[Loaded]) -> Vec<Row> {
    let mut rows = Vec::new();
    let own = loaded.iter().find(|one| one.engine == SerinPrepared::NAME);
    let peers = loaded.iter().filter(|one| is_peer(one.engine));
    let leanest = peers.clone().min_by_key(|one| one.bytes);
    if let (Some(own), Some(leanest)) = (own, leanest) {
        rows.push(Row::at_most(
            "H parse and compile",
            own.milliseconds,
            "ms",
            75.0,
        ));
        let against = (0.45, leanest.engine, megabytes(leanest.bytes));
        rows.push(Row::at_most_times(
            "H resident memory",
            megabytes(own.bytes),
            "MB",
            against,
        ));
    }
    for peer in peers {
        rows.push(Row::info(
            format!("H {} load", peer.engine),
            peer.milliseconds,
            "ms",
        ));
        rows.push(Row::info(
            format!("H {} memory", peer.engine),
            megabytes(peer.bytes),
            "MB",
        ));
    }
    rows
}

pub fn of_patch(milliseconds: f64) -> Row {
    Row::at_most("one changed flag of 10 000", milliseconds, "ms", 1.0)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

pub fn of_instructions(counts: &[(&'static str, &'static str, f64)]) -> impl Iterator<Item = Row> {
    const MOST: [(&str, f64); 4] = [("A", 250.0), ("B", 2500.0), ("C", 600.0), ("E", 700.0)];
    counts.iter().map(|(case, engine, count)| {
        let name = format!("{case} {engine}");
        let most = MOST.iter().find(|(one, _)| one == case);
        match most {
            Some((_, most)) if *engine == SerinPrepared::NAME => {
                Row::at_most(name, *count, "instructions", *most)
            }
            _ => Row::info(name, *count, "instructions"),
        }
    })
}
