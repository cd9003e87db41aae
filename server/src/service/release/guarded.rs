//! The metrics that a release is judged by.

use serin_engine::release::{Document, Guard};

/// The keys of the metrics that its guards name.
pub(crate) fn metrics(document: &Document) -> impl Iterator<Item = &str> {
    let guards = document.guards.iter().filter_map(Guard::metric);
    guards.map(|guard| guard.metric.as_str())
}
