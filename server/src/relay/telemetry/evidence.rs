//! Evidence on its way to the upstream: windows of many instances, summed into one each.

mod counts;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serin_api::evidence::EvidenceWindow;
use serin_engine::release::evidence::{Arm, Tally};
use uuid::Uuid;

pub(crate) use counts::Counts;

/// How many bytes of windows a report holds, more or less.
const REPORT: usize = 256 << 10;

/// Sums by release, stage and when they began.
#[derive(Default)]
pub(super) struct Windows(BTreeMap<(DateTime<Utc>, Uuid, usize), EvidenceWindow>);

impl Windows {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds windows that are good. Whether they come late is for the server to say.
    pub(super) fn add(&mut self, windows: Vec<EvidenceWindow>) {
        for window in windows {
            let name = (window.at, window.release, window.stage);
            match self.0.get_mut(&name) {
                Some(sum) => {
                    sum.baseline.merge(&window.baseline);
                    sum.candidate.merge(&window.candidate);
                }
                None => drop(self.0.insert(name, window)),
            }
        }
    }

    /// In portions that fit a report, the oldest first.
    pub(super) fn into_portions(self) -> Vec<Vec<EvidenceWindow>> {
        let mut portions: Vec<Vec<EvidenceWindow>> = Vec::new();
        let mut size = REPORT;
        for window in self.0.into_values() {
            if size >= REPORT {
                portions.push(Vec::new());
                size = 0;
            }
            size += bytes(&window.baseline) + bytes(&window.candidate);
            if let Some(portion) = portions.last_mut() {
                portion.push(window);
            }
        }
        portions
    }
}

/// About how many bytes of JSON an arm takes.
fn bytes(arm: &Arm) -> usize {
    let metrics = arm.metrics.iter().map(|(key, tally)| match tally {
        Tally::Events(_) => key.len() + 40,
        Tally::Counter(_) => key.len() + 100,
        Tally::Histogram(histogram) => key.len() + 40 + 16 * histogram.0.len(),
    });
    metrics.sum::<usize>() + 200
}
