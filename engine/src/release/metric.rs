//! What a release is judged by, as a project keeps it.

use serde::{Deserialize, Serialize};

use super::Direction;

/// A metric of a project: what programs report under its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is reported.
    pub kind: MetricKind,
    /// What values are measured in, for people: `ms`, `€`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Which way is bad.
    #[serde(default)]
    pub direction: Direction,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What is reported of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// That something happened to a unit: an error, an order.
    Count,
    /// How much of something there was: milliseconds, bytes.
    Value,
}
