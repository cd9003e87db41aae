//! The metrics that a release is judged by.

use serin_engine::release::{Document, Guard};

/// The keys of the metrics that its guards and its shadow stages name; objectives are metrics too.
pub(crate) fn metrics(document: &Document) -> impl Iterator<Item = &str> {
    let shadows = document
        .stages
        .iter()
        .filter_map(|stage| stage.shadow.as_ref());
    let latencies = shadows.filter_map(|shadow| shadow.latency.as_deref());
    document.guards.iter().map(Guard::key).chain(latencies)
}
