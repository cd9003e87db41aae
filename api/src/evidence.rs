//! Evidence for releases: what was counted in both arms, in windows of ten seconds.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serin_engine::release::{MetricKind, evidence::Arm};
use uuid::Uuid;

use crate::error::Detail;

/// How long a window is, in seconds. It begins at a multiple of that.
pub const WINDOW_SECS: i64 = 10;

/// What one instance saw of one stage of a release within a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceWindow {
    /// The release's id, as the ruleset has it.
    pub release: Uuid,
    /// The stage that it was measured in, from 0, as the ruleset has it.
    pub stage: usize,
    /// When it began, by the clock of whoever measured it.
    pub at: DateTime<Utc>,
    /// Who kept what there was.
    pub baseline: Arm,
    /// Who got what is new.
    pub candidate: Arm,
}

/// `POST /sdk/v1/events`: what a program counted itself. Known by (instance, sequence), so
/// that a retry counts once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// A running program: random, new with each start.
    pub instance: Uuid,
    /// Grows with each report. One that is not greater than the last was counted already.
    pub sequence: u64,
    /// When it was sent, by the clock that the windows are dated by: a clock that is wrong
    /// is set right by it. Absent where that clock is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    /// At least one.
    pub windows: Vec<EvidenceWindow>,
}

/// What became of the windows of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// They count.
    pub taken: u64,
    /// They came after their stretch of time was judged, or are of before the release began.
    pub late: u64,
    /// Of a release that there is not or that is over, of a stage that was not entered,
    /// from the future, of long ago, or impossible.
    pub refused: u64,
    /// Whether the whole report came before, and was counted then.
    pub duplicate: bool,
    /// A relay has them, in memory, and passes them on: the server says later, and not to who
    /// reported, whether they count, are late or are refused. A server passes nothing on.
    #[serde(default, skip_serializing_if = "is_none")]
    pub passed_on: u64,
    /// What was left out of windows that were taken, with its place and the reason; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Detail>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What a shadow stage wants to be told of: in the `shadow` of the ruleset's `releases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedShadow {
    /// Of how many units results are compared, of 100 000.
    pub slots: u32,
    /// The metric of results that differ.
    pub mismatch: String,
    /// The metric of how long either way takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
}

/// A metric that a live release wants to be told of: in the `metrics` of the ruleset's
/// `releases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedMetric {
    /// The metric's key.
    pub key: String,
    /// What is reported of it.
    pub kind: MetricKind,
}
