//! What became of webhooks' deliveries.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::Outcome;
use crate::webhook::Counts;

#[derive(Debug)]
pub(super) struct Deliveries(pub(super) Arc<Counts>);

impl Collector for Deliveries {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counts = &self.0;
        let mut attempts = encoder.encode_descriptor(
            "webhook_attempts",
            "Times that this node posted a webhook's delivery, by what became of it",
            None,
            MetricType::Counter,
        )?;
        for (outcome, count) in [("delivered", &counts.delivered), ("failed", &counts.failed)] {
            let count = ConstCounter::new(count.load(Ordering::Relaxed));
            count.encode(attempts.encode_family(&Outcome { outcome })?)?;
        }
        let dead = ConstCounter::new(counts.dead.load(Ordering::Relaxed));
        dead.encode(encoder.encode_descriptor(
            "webhook_deliveries_dead",
            "Deliveries that this node gave up",
            None,
            MetricType::Counter,
        )?)?;
        let waiting = counts.waiting.load(Ordering::Relaxed);
        let waiting = ConstGauge::new(i64::try_from(waiting).unwrap_or(i64::MAX));
        waiting.encode(encoder.encode_descriptor(
            "webhook_deliveries_waiting",
            "Deliveries of all nodes that wait to be sent, or to be sent again",
            None,
            MetricType::Gauge,
        )?)
    }
}
