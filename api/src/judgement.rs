//! What is known of a release's candidate, and how it came to be known.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serin_engine::release::judge::Judgement;

/// `GET …/releases/{id}/judgements`: what the evidence said, window by window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgements {
    /// From where on evidence suffices.
    pub limits: Limits,
    /// Oldest first. Of many windows every so manieth is shown, and always the newest and the
    /// first of each stage.
    pub points: Vec<Point>,
}

/// From where on evidence suffices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// ln 1/α: what `ln_e_harm` is held against.
    pub ln_e_harm: f64,
    /// ln 1/β: what a guard's `ln_e_safe` is held against.
    pub ln_e_safe: f64,
}

/// What was known after a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When the window began.
    pub at: DateTime<Utc>,
    /// The index of its stage.
    pub stage: usize,
    /// Units counted in all windows until then; one that is seen in two of them counts twice.
    pub exposed: Exposed,
    /// What was known.
    pub judgement: Judgement,
}

/// Units, by arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exposed {
    /// Who kept what there was.
    pub baseline: f64,
    /// Who got what is new.
    pub candidate: f64,
}
