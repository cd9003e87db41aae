//! Metrics, and where they are used.

use serin_api::{
    entity::Entity,
    metric::{MetricSources, MetricUses},
    paths,
};
use serin_engine::release::Metric;

use super::{Error, all_pages, get};

/// A project's metrics.
pub(crate) async fn metrics(project: &str) -> Result<Vec<Entity<Metric>>, Error> {
    all_pages(&paths::metrics(project)).await
}

/// What is judged by them.
pub(crate) async fn metric_uses(project: &str) -> Result<MetricUses, Error> {
    get(&paths::metric_uses(project)).await
}

/// Who can be asked for them.
pub(crate) async fn metric_sources(project: &str) -> Result<MetricSources, Error> {
    get(&paths::metric_sources(project)).await
}
