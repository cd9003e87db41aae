//! Counts from SDKs and of evaluations here, summed up until the upstream takes them.
//!
//! Sums grow with the number of flags and not with that of SDKs or with time. They are
//! bounded all the same: beyond the bound batches are turned away, which SDKs keep and
//! bring again; nobody waits.

mod evidence;
mod fleet;
mod instances;
mod reports;
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
use serin_api::{evidence::Accepted, sdk::Telemetry};
use uuid::Uuid;

use crate::{
    clock::Clock,
    publish::Publisher,
    service::{
        Error, Result,
        evidence::Report,
        usage::{Batch, Sink, Tallied, Tally, fits},
    },
};
pub(crate) use evidence::Counts;
use evidence::Windows;
use fleet::Fleet;
use reports::Template;
use seen::{Last, Seen};

/// How many sums wait at most, of all environments together.
const MOST: usize = 200_000;
/// How many unknown flags are remembered of an environment between two reports.
const UNKNOWN: usize = 1000;
/// How many contexts: as many as a report brings.
const CONTEXTS: usize = 50;
/// How many windows of evidence wait at most.
const WINDOWS: usize = 50_000;

/// Takes counts for an upstream.
pub struct Forwarder {
    clock: Arc<dyn Clock>,
    publisher: Arc<Publisher>,
    own: Tally,
    fleet: Fleet,
    waiting: Mutex<Waiting>,
    dropped: AtomicU64,
    evidence: Counts,
    /// How many sums were taken and are not with the upstream yet.
    under_way: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    seen: Seen,
    /// Reports of evidence have the numbers of the batches that they come with.
    last_evidence: Last,
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
            fleet: Fleet::new(Arc::clone(&clock), Arc::clone(&publisher)),
            clock,
            publisher,
            own: Tally::default(),
            waiting: Mutex::default(),
            dropped: AtomicU64::new(0),
            evidence: Counts::default(),
            under_way: AtomicUsize::new(0),
        }
    }

    /// How many sums wait.
    pub fn waiting(&self) -> usize {
        self.lock().size + self.under_way.load(Ordering::Relaxed)
    }

    /// What became of evidence.
    pub(crate) fn evidence(&self) -> &Counts {
        &self.evidence
    }

    /// A report is with the upstream, which says perhaps what became of its evidence.
    pub(super) fn delivered(&self, report: &Telemetry, told: Option<&Accepted>) {
        self.evidence.passed_on(report.evidence.len(), told);
        self.done(report);
    }

    /// The upstream will never take a report: nobody counts what is in it, or knows who runs what.
    pub(super) fn turned_down(&self, environment_id: Uuid, report: &Telemetry) {
        self.fleet.untold(environment_id);
        let lost: u64 = report.evaluations.iter().map(|count| count.count).sum();
        self.dropped.fetch_add(lost, Ordering::Relaxed);
        self.evidence.turned_down(report.evidence.len());
        self.done(report);
    }

    fn done(&self, report: &Telemetry) {
        let sums = report.evaluations.len();
        self.under_way.fetch_sub(sums, Ordering::Relaxed);
    }

    /// How many evaluations were not counted, because too many waited or because the
    /// upstream refused them for good.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The environments of which something waits.
    pub(super) fn due(&self) -> Vec<Uuid> {
        self.take_own();
        self.lock().sums.keys().copied().collect()
    }

    /// The environments whose SDKs a release may wait for, and of which the upstream does not know
    /// by now what they run.
    pub(super) fn unacknowledged(&self) -> Vec<Uuid> {
        self.fleet.news()
    }

    /// A report that is not numbered yet and says what SDKs run, and nothing else.
    pub(super) fn acknowledge(&self, environment_id: Uuid) -> Telemetry {
        let now = self.clock.now();
        self.template(environment_id).report(now, now)
    }

    /// This relay ends: its SDKs go elsewhere, and reports say so from now on.
    pub(super) fn end(&self) {
        self.fleet.end();
    }

    fn template(&self, environment_id: Uuid) -> Template {
        let snapshot = self.publisher.snapshot(environment_id);
        Template {
            revision: snapshot.map_or(0, |snapshot| snapshot.revision),
            running: self.fleet.tell(environment_id),
        }
    }

    /// Takes what waits of an environment, as reports that are not numbered yet.
    pub(super) fn take(&self, environment_id: Uuid) -> Vec<Telemetry> {
        let now = self.clock.now();
        let mut waiting = self.lock();
        let Some(sums) = waiting.sums.remove(&environment_id) else {
            return Vec::new();
        };
        waiting.size -= sums.counts.len();
        self.under_way
            .fetch_add(sums.counts.len(), Ordering::Relaxed);
        drop(waiting);
        sums.into_reports(&self.template(environment_id), now)
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
            self.fleet.evaluated(environment_id);
            let mut waiting = self.lock();
            if waiting.size >= MOST {
                self.dropped.fetch_add(count, Ordering::Relaxed);
                continue;
            }
            waiting.add(environment_id, (flag, variation, count), now, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Forwarder {
    fn record(&self, environment_id: Uuid, mut telemetry: Telemetry) -> Result<()> {
        let now = self.clock.now();
        let unknown = std::mem::take(&mut telemetry.unknown_flags);
        let from = telemetry.from;
        let batch = Batch::read(environment_id, telemetry, now)?;
        self.fleet.heard(&batch);
        let mut waiting = self.lock();
        if waiting.size >= MOST {
            return Err(Error::Unavailable);
        }
        if !waiting.seen.is_new(batch.name()) {
            return Ok(());
        }
        if batch.counts.is_empty() && unknown.is_empty() && batch.contexts.is_empty() {
            // It said what it runs.
            return Ok(());
        }
        let from = from.clamp(batch.at - TimeDelta::hours(1), batch.at);
        for count in batch.counts {
            waiting.add(environment_id, count, from, batch.at);
        }
        let sums = waiting.of(environment_id);
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

#[cfg(test)]
mod tests;
