//! The metrics that a release is judged by.

use serin_engine::release::{Document, Guard, Stage};

/// The keys of the metrics that its guards and its shadow stages name; objectives are metrics too.
pub(crate) fn metrics(document: &Document) -> impl Iterator<Item = &str> {
    named(&document.guards, &document.stages)
}

/// The same of guards and stages, which templates have too.
pub(crate) fn named<'d>(guards: &'d [Guard], stages: &'d [Stage]) -> impl Iterator<Item = &'d str> {
    let shadows = stages.iter().filter_map(|stage| stage.shadow.as_ref());
    let latencies = shadows.filter_map(|shadow| shadow.latency.as_deref());
    guards.iter().map(Guard::key).chain(latencies)
}
