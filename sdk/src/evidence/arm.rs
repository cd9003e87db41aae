//! What was counted in one arm since the window began.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use serin_api::evidence::WantedMetric;
use serin_engine::release::MetricKind;
use serin_engine::release::evidence::{self as engine, Histogram, bucket};

/// The lowest bucket: some 10⁻¹¹. What is below, zero too, is counted there.
const LOWEST: i32 = -512;
/// How many buckets: the last is some 10¹⁶. What is above is counted there.
const BUCKETS: usize = 1280;

/// Counts of one arm. On cache lines of its own, so that arms do not slow each other down.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Arm {
    exposed: AtomicU64,
    first: AtomicU64,
    metrics: Box<[Counts]>,
}

#[derive(Debug)]
enum Counts {
    Events(AtomicU64),
    Values(Box<[AtomicU32]>),
}

impl Arm {
    pub(super) fn new(metrics: &[WantedMetric]) -> Self {
        let counts = |metric: &WantedMetric| match metric.kind {
            MetricKind::Count => Counts::Events(AtomicU64::new(0)),
            MetricKind::Value => Counts::Values((0..BUCKETS).map(|_| AtomicU32::new(0)).collect()),
        };
        Self {
            exposed: AtomicU64::new(0),
            first: AtomicU64::new(0),
            metrics: metrics.iter().map(counts).collect(),
        }
    }

    pub(super) fn expose(&self, first: bool) {
        self.exposed.fetch_add(1, Ordering::Relaxed);
        if first {
            self.first.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn event(&self, metric: usize) {
        if let Some(Counts::Events(events)) = self.metrics.get(metric) {
            events.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn value(&self, metric: usize, value: f64) {
        if let (Some(Counts::Values(buckets)), Some(bucket)) =
            (self.metrics.get(metric), bucket(value))
        {
            let place = bucket.saturating_sub(LOWEST).clamp(0, BUCKETS as i32 - 1);
            buckets[place as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes what was counted, and begins anew.
    pub(super) fn take(&self, metrics: &[WantedMetric]) -> engine::Arm {
        let mut arm = engine::Arm {
            exposed: 0.0,
            first: Some(self.first.swap(0, Ordering::Relaxed) as f64),
            metrics: BTreeMap::new(),
        };
        let mut exposed = self.exposed.swap(0, Ordering::Relaxed);
        for (metric, counts) in metrics.iter().zip(&self.metrics) {
            let tally = match counts {
                Counts::Events(events) => {
                    let events = events.swap(0, Ordering::Relaxed);
                    // A filter may have taken somebody for seen who had an event.
                    exposed = exposed.max(events);
                    engine::Tally::Events(events as f64)
                }
                Counts::Values(buckets) => engine::Tally::Histogram(taken(buckets)),
            };
            arm.metrics.insert(metric.key.clone(), tally);
        }
        arm.exposed = exposed as f64;
        arm
    }
}

fn taken(buckets: &[AtomicU32]) -> Histogram {
    let mut histogram = Histogram::default();
    for (bucket, count) in (LOWEST..).zip(buckets) {
        if count.load(Ordering::Relaxed) > 0 {
            histogram.add(bucket, u64::from(count.swap(0, Ordering::Relaxed)));
        }
    }
    histogram
}
