//! Counts from SDKs and of evaluations here, summed up until the upstream takes them.
//!
//! Sums grow with the number of flags and not with that of SDKs or with time. They are
//! bounded all the same: beyond the bound batches are turned away, which SDKs keep and
//! bring again; nobody waits.

mod evidence;
mod seen;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use futures_util::future::{BoxFuture, ready};
use serde_json::Value;
use serin_api::{
    evidence::Accepted,
    sdk::{EvaluationCount, Telemetry},
};
use uuid::Uuid;

use crate::{
    clock::Clock,
    publish::Publisher,
    service::{
        Error, Result,
        evidence::{Checked, Report},
        usage::{Batch, Sink, Tallied, Tally, fits},
    },
};
use evidence::Windows;
use seen::Seen;

/// How many sums wait at most, of all environments together.
const MOST: usize = 200_000;
/// How many unknown flags are remembered of an environment between two reports.
const UNKNOWN: usize = 1000;
/// How many contexts: as many as a report brings.
const CONTEXTS: usize = 50;
/// How many windows of evidence wait at most.
const WINDOWS: usize = 50_000;
/// How many bytes of keys a report holds, so that it stays below what a server takes
/// whatever is in them.
const REPORT: usize = 128 << 10;

/// Takes counts for an upstream.
pub struct Forwarder {
    clock: Arc<dyn Clock>,
    publisher: Arc<Publisher>,
    own: Tally,
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
    /// How many sums were taken and are not with the upstream yet.
    under_way: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    seen: Seen,
    /// Reports of evidence have the numbers of the batches that they come with.
    seen_evidence: Seen,
    sums: BTreeMap<Uuid, Sums>,
    /// How many sums there are in all environments.
    size: usize,
}

/// What waits of one environment.
#[derive(Default)]
struct Sums {
    /// By the hour in which they ended, flag and variation (empty where there is none).
    counts: BTreeMap<(DateTime<Utc>, String, String), Sum>,
    unknown: BTreeSet<String>,
    contexts: VecDeque<Value>,
    windows: Windows,
    revision: u64,
}

/// How often, and when first and last.
struct Sum {
    count: u64,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Forwarder {
    pub(super) fn new(clock: Arc<dyn Clock>, publisher: Arc<Publisher>) -> Self {
        Self {
            clock,
            publisher,
            own: Tally::default(),
            waiting: Mutex::default(),
            dropped: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
        }
    }

    /// How many sums wait.
    pub fn waiting(&self) -> usize {
        self.lock().size + self.under_way.load(Ordering::Relaxed)
    }

    /// A report that was taken is with the upstream, or never will be.
    pub(super) fn done(&self, report: &Telemetry) {
        let sums = report.evaluations.len();
        self.under_way.fetch_sub(sums, Ordering::Relaxed);
    }

    /// How many evaluations were not counted, because too many waited or because the
    /// upstream refused them for good.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn drop_counts(&self, batch: &Telemetry) {
        let lost: u64 = batch.evaluations.iter().map(|count| count.count).sum();
        self.dropped.fetch_add(lost, Ordering::Relaxed);
    }

    /// The environments of which something waits.
    pub(super) fn due(&self) -> Vec<Uuid> {
        self.take_own();
        self.lock().sums.keys().copied().collect()
    }

    /// Takes what waits of an environment, as reports that are not numbered yet.
    pub(super) fn take(&self, environment_id: Uuid) -> Vec<Telemetry> {
        let mut waiting = self.lock();
        let Some(sums) = waiting.sums.remove(&environment_id) else {
            return Vec::new();
        };
        waiting.size -= sums.counts.len();
        self.under_way
            .fetch_add(sums.counts.len(), Ordering::Relaxed);
        drop(waiting);
        sums.into_reports(self.clock.now())
    }

    /// Adds up what was evaluated here.
    fn take_own(&self) {
        let now = self.clock.now();
        for tallied in self.own.take() {
            let Tallied {
                environment_id,
                flag,
                variation,
                count,
            } = tallied;
            let mut waiting = self.lock();
            if waiting.size >= MOST {
                self.dropped.fetch_add(count, Ordering::Relaxed);
                continue;
            }
            waiting.add(environment_id, (flag, variation, count), now, now);
            let revision = self.revision(environment_id);
            waiting.of(environment_id).revision = revision;
        }
    }

    fn revision(&self, environment_id: Uuid) -> u64 {
        let snapshot = self.publisher.snapshot(environment_id);
        snapshot.map_or(0, |snapshot| snapshot.revision)
    }

    fn take_evidence(&self, environment_id: Uuid, report: &Report) -> Result<Accepted> {
        let checked = Checked::read(report, self.clock.now())?;
        let mut waiting = self.lock();
        let windows: usize = waiting.sums.values().map(|sums| sums.windows.len()).sum();
        if windows + checked.good.len() > WINDOWS {
            return Err(Error::Unavailable);
        }
        let name = (environment_id, report.instance, report.sequence);
        if !waiting.seen_evidence.is_new(name) {
            return Ok(Accepted {
                duplicate: true,
                ..Accepted::default()
            });
        }
        Ok(waiting.of(environment_id).windows.add(checked))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Forwarder {
    fn record(&self, environment_id: Uuid, mut telemetry: Telemetry) -> Result<()> {
        let now = self.clock.now();
        let unknown = std::mem::take(&mut telemetry.unknown_flags);
        let (from, revision) = (telemetry.from, telemetry.revision);
        let batch = Batch::read(environment_id, telemetry, now)?;
        let mut waiting = self.lock();
        if waiting.size >= MOST {
            return Err(Error::Unavailable);
        }
        if !waiting.seen.is_new(batch.name()) {
            return Ok(());
        }
        let from = from.clamp(batch.at - TimeDelta::hours(1), batch.at);
        for count in batch.counts {
            waiting.add(environment_id, count, from, batch.at);
        }
        let sums = waiting.of(environment_id);
        sums.revision = sums.revision.max(revision);
        for flag in unknown.into_iter().filter(|flag| fits(flag)) {
            if sums.unknown.len() < UNKNOWN {
                sums.unknown.insert(flag);
            }
        }
        sums.contexts.extend(batch.contexts);
        let surplus = sums.contexts.len().saturating_sub(CONTEXTS);
        drop(sums.contexts.drain(..surplus));
        Ok(())
    }

    fn count(&self, environment_id: Uuid, flag: &str, variation: Option<&str>) {
        self.own.count(environment_id, flag, variation);
    }

    fn evidence(&self, environment_id: Uuid, report: Report) -> BoxFuture<'_, Result<Accepted>> {
        Box::pin(ready(self.take_evidence(environment_id, &report)))
    }
}

impl Waiting {
    fn of(&mut self, environment_id: Uuid) -> &mut Sums {
        self.sums.entry(environment_id).or_default()
    }

    fn add(
        &mut self,
        environment_id: Uuid,
        (flag, variation, count): (String, String, u64),
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) {
        let hour = to.duration_trunc(TimeDelta::hours(1)).unwrap_or(to);
        let sums = self.of(environment_id);
        let before = sums.counts.len();
        let sum = sums
            .counts
            .entry((hour, flag, variation))
            .or_insert(Sum { count: 0, from, to });
        sum.count = sum.count.saturating_add(count);
        sum.from = sum.from.min(from);
        sum.to = sum.to.max(to);
        self.size += sums.counts.len() - before;
    }
}

impl Sums {
    /// Reports of one hour each, since a server counts a report for the hour in which it
    /// ended; their instance and sequence are for whoever sends them.
    fn into_reports(self, now: DateTime<Utc>) -> Vec<Telemetry> {
        let revision = self.revision;
        let mut reports: Vec<Telemetry> = Vec::new();
        let (mut hour, mut size) = (None, 0);
        for ((of, flag, variation), sum) in self.counts {
            size += flag.len() + variation.len() + 64;
            if hour != Some(of) || size > REPORT {
                hour = Some(of);
                size = flag.len() + variation.len() + 64;
                reports.push(empty(revision, sum.from, sum.to));
            }
            if let Some(report) = reports.last_mut() {
                report.from = report.from.min(sum.from);
                report.to = report.to.max(sum.to);
                report.evaluations.push(EvaluationCount {
                    flag,
                    variation: Some(variation).filter(|variation| !variation.is_empty()),
                    count: sum.count,
                });
            }
        }
        if !self.unknown.is_empty() || !self.contexts.is_empty() {
            let mut report = empty(revision, now, now);
            report.unknown_flags = self.unknown.into_iter().collect();
            report.contexts = self.contexts.into();
            reports.push(report);
        }
        for portion in self.windows.into_portions() {
            let mut report = empty(revision, now, now);
            report.evidence = portion;
            reports.push(report);
        }
        reports
    }
}

fn empty(revision: u64, from: DateTime<Utc>, to: DateTime<Utc>) -> Telemetry {
    Telemetry {
        instance: Uuid::nil(),
        sequence: 0,
        revision,
        from,
        to,
        evaluations: Vec::new(),
        unknown_flags: Vec::new(),
        contexts: Vec::new(),
        sent_at: None,
        evidence: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
