//! Where metrics are used, and where they come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `GET …/projects/{p}/metric-uses`: what is judged by the project's metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MetricUses {
    /// By the metric's key; a metric that nothing names is not there.
    pub metrics: BTreeMap<String, MetricUse>,
}

/// What is judged by one metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MetricUse {
    /// Releases that are not over, in all environments. A live one keeps the metric from being
    /// removed.
    pub releases: Vec<ReleaseUse>,
    /// The keys of release templates.
    pub templates: Vec<String>,
}

/// A release that a metric judges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReleaseUse {
    /// The release.
    pub id: Uuid,
    /// Its environment's key.
    pub environment: String,
    /// The flag that it moves.
    pub flag: String,
    /// Whether it lives, or is yet to start.
    pub live: bool,
}

/// `GET …/projects/{p}/metric-sources`: who can be asked for metrics, beside the programs that
/// report them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MetricSources {
    /// Whether the server was told of a Prometheus. Where it was not, nobody counts metrics with
    /// such a source, and releases that are guarded by them are held.
    pub prometheus: bool,
}
