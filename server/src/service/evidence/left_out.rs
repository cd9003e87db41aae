//! What is left out of windows that are taken. Who reports is told in the answer, which an SDK does not
//! read: so it is counted and logged for those who run the server or the relay.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use uuid::Uuid;

/// How many metrics of a report are logged at most.
const OF_A_REPORT: usize = 100;
/// How many metrics of a release are logged at most: programs choose their names.
const OF_A_RELEASE: usize = 20;
/// How many releases are remembered.
const RELEASES: usize = 1000;

/// What was left out of one report.
#[derive(Clone, Debug, Default)]
pub(crate) struct LeftOut {
    /// Of how many windows something was.
    windows: u64,
    /// Release and metric, and why.
    metrics: BTreeMap<(Uuid, String), &'static str>,
}

/// What was left out since the start.
#[derive(Default)]
pub(crate) struct AllLeftOut {
    windows: AtomicU64,
    /// By release, the metrics that the log has.
    logged: Mutex<BTreeMap<Uuid, BTreeSet<String>>>,
}

impl LeftOut {
    /// Something was left out of one more window.
    pub(super) fn window(&mut self) {
        self.windows += 1;
    }

    /// A metric was left out of a window of a release.
    pub(super) fn metric(&mut self, release: Uuid, metric: &str, code: &'static str) {
        if self.metrics.len() < OF_A_REPORT {
            self.metrics.insert((release, metric.to_owned()), code);
        }
    }
}

impl AllLeftOut {
    /// Counts what was left out of a report, and logs each metric of a release once.
    pub(crate) fn add(&self, left_out: &LeftOut) {
        self.windows.fetch_add(left_out.windows, Ordering::Relaxed);
        for ((release_id, metric), code) in &left_out.metrics {
            if self.is_new(*release_id, metric) {
                tracing::warn!(release.id = %release_id, metric.key = metric, code, "evidence of a metric is left out");
            }
        }
    }

    /// Of how many windows something was left out.
    pub(crate) fn windows(&self) -> u64 {
        self.windows.load(Ordering::Relaxed)
    }

    fn is_new(&self, release_id: Uuid, metric: &str) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() >= RELEASES && !logged.contains_key(&release_id) {
            logged.clear();
        }
        let metrics = logged.entry(release_id).or_default();
        metrics.len() < OF_A_RELEASE && metrics.insert(metric.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_of_a_release_is_logged_once_and_not_too_many_are() {
        let all = AllLeftOut::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let new = [(one, "a"), (one, "a"), (one, "b"), (other, "a"), (one, "b")];
        let new = new.map(|(release, metric)| all.is_new(release, metric));
        assert_eq!(new, [true, false, true, true, false]);
        let made_up = (0..1000).filter(|number| all.is_new(one, &format!("made-up-{number}")));
        assert_eq!(made_up.count(), OF_A_RELEASE - 2);
    }

    #[test]
    fn windows_are_counted_and_not_metrics() {
        let all = AllLeftOut::default();
        let mut left_out = LeftOut::default();
        left_out.window();
        for metric in 0..OF_A_REPORT * 2 {
            left_out.metric(Uuid::nil(), &metric.to_string(), "unknown_metric");
        }
        assert_eq!(left_out.metrics.len(), OF_A_REPORT);
        all.add(&left_out);
        all.add(&left_out);
        assert_eq!(all.windows(), 2);
    }
}
