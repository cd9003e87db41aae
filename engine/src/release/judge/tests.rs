//! The judge against oracles by brute force, against itself, and at the bounds of what there is.

mod counter;
mod errors;
mod limit;
mod lines;
mod oracle;
mod property;
mod simulation;
mod single;
mod values;
mod verdict;

use serde_json::json;

use super::{Judge, Judgement};
use crate::{
    json::read,
    release::{
        Guard, Policy,
        evidence::{Arm, At, Tally, Window},
    },
};

fn guards(value: serde_json::Value) -> Vec<Guard> {
    read(value).unwrap()
}

/// One guard on `errors`.
fn judge(guard: serde_json::Value) -> Judge {
    let mut guard = guard;
    guard["metric"] = json!("errors");
    Judge::new(&Policy::default(), &guards(json!([guard])))
}

/// Exposures and events of the baseline, then those of the candidate, in the n-th minute.
fn window(minute: i64, baseline: (f64, f64), candidate: (f64, f64)) -> Window {
    let arm = |(exposed, events)| Arm {
        exposed,
        first: None,
        metrics: [("errors".to_owned(), Tally::Events(events))].into(),
    };
    Window {
        release: None,
        at: At::from_millis(minute * 60_000),
        stage: 0,
        weight: 0.5,
        baseline: arm(baseline),
        candidate: arm(candidate),
    }
}

fn enter_all(judge: &mut Judge, windows: &[Window]) -> Judgement {
    let judgements = windows.iter().map(|window| judge.enter(window).unwrap());
    judgements.last().unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    let scale = 1.0 + expected.abs();
    assert!(
        (found - expected).abs() <= within * scale,
        "{found} where {expected} belongs"
    );
}
