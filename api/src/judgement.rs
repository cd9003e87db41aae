//! What is known of a release's candidate, and how it came to be known.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serin_engine::release::{judge::Judgement, thresholds::Rule};

/// `GET …/releases/{id}/judgements`: what the evidence said, window by window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgements {
    /// From where on evidence suffices.
    pub limits: Limits,
    /// Oldest first. Of many windows every so manieth is shown, and always the newest and the
    /// first of each stage.
    pub points: Vec<Point>,
    /// What rules with a fixed threshold would have done with the same counts, by guard; none
    /// where counts are only kept by the hour any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// How many reports came after their stretch of time was judged, and did not count.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub late: u64,
    /// A window is judged so many milliseconds after it began, since reports may be late.
    #[serde(default)]
    pub complete_after_ms: u64,
    /// The newest window that began longer ago than so many milliseconds is not the newest that
    /// there could be: evidence stays away.
    #[serde(default)]
    pub old_after_ms: u64,
}

/// What a rule with a fixed threshold would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The guard's metric.
    pub metric: String,
    /// The rule.
    pub rule: Rule,
    /// When it would have rolled back; absent where it would not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back_at: Option<DateTime<Utc>>,
    /// How many minutes with traffic it takes before it can do anything, where there were not as
    /// many: that it did nothing says nothing then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u32>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
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
