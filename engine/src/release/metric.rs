//! What a release is judged by, as a project keeps it.

use serde::{Deserialize, Serialize};

use super::Direction;

mod source;
mod validate;

pub use source::{Placeholder, Places, Prometheus, Source, placeholders, render};
pub use validate::validate_metric;

/// A metric of a project: what programs report under its key, or what is asked of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Who is asked for it; programs report it where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The part of units that is to have no event, such as 0.999: with it the metric is an
    /// objective too, which guards of `slo` name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<f64>,
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

impl Metric {
    /// The queries of a metric that Prometheus is asked for.
    pub fn prometheus(&self) -> Option<&Prometheus> {
        self.source
            .as_ref()
            .map(|Source::Prometheus(queries)| queries)
    }

    /// Whether it tells the arms of a release apart, so that they can be compared by it. What
    /// programs report always does.
    pub fn compares(&self) -> bool {
        self.prometheus().is_none_or(Prometheus::tells_arms_apart)
    }
}
