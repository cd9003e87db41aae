//! The machine by table, by whole lives, by property and as several runners play it.

mod evidence;
mod evidence_gates;
mod life;
mod metric;
mod policy;
mod property;
mod runners;
mod segments;
mod serve;
mod shadow;
mod span;
mod state;
mod table;
mod validate;
mod watch;
mod windows;

use std::time::Duration;

use serde_json::json;

use super::{Document, Observation, Phase, Policy, Position, Site, Stage, State};

/// 1 % for a minute, 10 % until a person advances, 100 % for a minute.
fn document() -> Document {
    Document {
        flag: "new-checkout".to_owned(),
        site: Site::Default,
        baseline: "off".to_owned(),
        candidate: "on".to_owned(),
        unit: None,
        policy: Policy::default(),
        guards: Vec::new(),
        stages: vec![
            stage(1.0, Some("1m")),
            stage(10.0, None),
            stage(100.0, Some("1m")),
        ],
        windows: None,
        then: None,
    }
}

/// 1 % for one to three minutes, half the same with an admin's approval, then 99 %
/// watched for a minute; one guard that has to be safe.
fn guarded() -> Document {
    let stages = json!([
        {"weight": 1, "min_bake": "1m", "max_bake": "3m"},
        {"weight": 50, "min_bake": "1m", "max_bake": "3m", "approval": {"role": "admin"}},
        {"weight": 100, "watch": "1m", "holdback": 1},
    ]);
    let guards = json!([{"metric": "errors", "bad": "up", "require_safe": 0.5}]);
    Document {
        guards: serde_json::from_value(guards).unwrap(),
        stages: serde_json::from_value(stages).unwrap(),
        ..document()
    }
}

fn stage(weight: f64, min_bake: Option<&str>) -> Stage {
    Stage {
        weight,
        min_bake: min_bake.map(|text| text.parse().unwrap()),
        ..Stage::default()
    }
}

fn at(stage: usize, phase: Phase, baked_ms: u64) -> Position {
    Position {
        baked_ms,
        ..Position::begin(stage, 1, phase)
    }
}

fn running(stage: usize, phase: Phase, baked_ms: u64) -> State {
    State::Running(at(stage, phase, baked_ms))
}

/// So many seconds since the last look, all of them of minutes with the candidate.
fn seconds(seconds: u64) -> Observation {
    let since_last = Duration::from_secs(seconds);
    Observation {
        since_last,
        observed: since_last,
        ..Observation::default()
    }
}
