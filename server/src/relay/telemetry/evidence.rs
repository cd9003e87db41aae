//! Evidence on its way to the upstream: windows of many instances, summed into one each.

mod counts;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serin_api::evidence::{Accepted, EvidenceWindow};
use serin_engine::release::evidence::{Arm, Tally};
use uuid::Uuid;

use super::{Forwarder, WINDOWS};
use crate::service::{
    Error, Result,
    evidence::{Asked, Checked, Report},
};

pub(crate) use counts::Counts;

/// How many bytes of windows a report holds, more or less.
const REPORT: usize = 256 << 10;

impl Forwarder {
    /// Takes a report into the sums of its environment.
    pub(super) fn take_evidence(&self, environment_id: Uuid, report: &Report) -> Result<Accepted> {
        let snapshot = self.publisher.snapshot(environment_id);
        let asked = snapshot.map_or_else(Asked::default, |it| Asked::by(&it.ruleset));
        let mut checked = Checked::read(report, &asked, self.clock.now())?;
        let mut waiting = self.lock();
        let windows: usize = waiting.sums.values().map(|sums| sums.windows.len()).sum();
        if windows + checked.good.len() > WINDOWS {
            return Err(Error::Unavailable);
        }
        let last = &mut waiting.last_evidence;
        if !last.is_new(environment_id, report.instance, report.sequence) {
            return Ok(Accepted {
                duplicate: true,
                ..Accepted::default()
            });
        }
        let good = std::mem::take(&mut checked.good);
        let (taken, refused) = (good.len(), checked.mistakes.len());
        if taken > 0 {
            waiting.of(environment_id).windows.add(good);
        }
        drop(waiting);
        // That may log, which is slow at times.
        self.evidence.came(taken, &checked);
        // Whether they count is for the server to say.
        Ok(Accepted {
            passed_on: taken as u64,
            refused: refused as u64,
            left_out: checked.told,
            ..Accepted::default()
        })
    }
}

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
