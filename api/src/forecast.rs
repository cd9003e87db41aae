//! What the evidence of a release is going to take, before it starts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `POST …/releases/plan`: what is to be expected of a document that was not written yet, at
/// the traffic that there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReleaseForecast {
    /// The traffic of the flag; absent where nothing is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<FlagTraffic>,
    /// For each guard of a metric, in the document's order.
    pub guards: Vec<GuardForecast>,
}

/// How many units a flag has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FlagTraffic {
    /// Units a minute, in both arms together.
    pub units_per_minute: f64,
    /// How that is known.
    pub source: TrafficSource,
}

/// How traffic is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum TrafficSource {
    /// From the last hour of windows of an earlier release of the flag.
    Windows,
    /// From the evaluations of the last day: one unit may be evaluated many times, so that
    /// there are fewer units than that.
    Evaluations,
}

/// What a guard is going to take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GuardForecast {
    /// The metric's key.
    pub metric: String,
    /// Events a unit of the baseline; absent where the metric was not counted lately, and for
    /// values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The release that this was counted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_for: Option<Uuid>,
    /// For each stage.
    pub stages: Vec<StageForecast>,
}

/// What a guard is going to take in a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StageForecast {
    /// Minutes until a doubling of what is bad (a halving of what is good) is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_in: Option<f64>,
    /// Minutes until a candidate that is like the baseline is known to be safe; absent where
    /// the guard does not ask for that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_in: Option<f64>,
    /// Why `found_in` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Unforeseen>,
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Unforeseen {
    /// Nothing is known of the flag's traffic.
    Traffic,
    /// The metric was not counted lately.
    Rate,
    /// It comes as values, of which the forecast does not know how they spread.
    Values,
    /// The stage is for a segment, and nobody counts how many of the units are in it.
    Segment,
    /// Everybody has the candidate: there is nothing to compare with.
    OneArm,
    /// A doubling is within the guard's margin, or more than there can be.
    WithinMargin,
}
