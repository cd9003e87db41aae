//! The machine by table, by whole lives, and by property.

mod evidence;
mod life;
mod policy;
mod property;
mod serve;
mod span;
mod state;
mod table;
mod validate;

use std::time::Duration;

use super::{Document, Observation, Phase, Position, Site, Stage, State};

/// 1 % for a minute, 10 % until a person advances, 100 % for a minute.
fn document() -> Document {
    Document {
        flag: "new-checkout".to_owned(),
        site: Site::Default,
        baseline: "off".to_owned(),
        candidate: "on".to_owned(),
        unit: None,
        stages: vec![
            stage(1.0, Some("1m")),
            stage(10.0, None),
            stage(100.0, Some("1m")),
        ],
    }
}

fn stage(weight: f64, min_bake: Option<&str>) -> Stage {
    Stage {
        name: None,
        weight,
        min_bake: min_bake.map(|text| text.parse().unwrap()),
    }
}

fn at(stage: usize, phase: Phase, baked_ms: u64) -> Position {
    Position {
        stage,
        phase,
        baked_ms,
    }
}

fn running(stage: usize, phase: Phase, baked_ms: u64) -> State {
    State::Running(at(stage, phase, baked_ms))
}

fn seconds(seconds: u64) -> Observation {
    Observation {
        since_last: Duration::from_secs(seconds),
    }
}
