//! Which SDKs run behind this relay, and what of them the upstream was told: a release waits until
//! they have its stage.
//!
//! The upstream is told numbers, so that what it takes does not grow with the SDKs; and by itself
//! only what a release waits for, so that who comes and goes, and other flags, cost nothing.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use serin_api::sdk::Running;
use serin_engine::ruleset::Ruleset;
use uuid::Uuid;

use crate::service::{
    release::propagation::RECENT,
    usage::{Batch, MAX_INSTANCES},
};

/// How many are known of an environment at most.
const MOST: usize = MAX_INSTANCES as usize;
/// How many revisions are told apart at most. No more are in use, but for lies.
const REVISIONS: usize = 50;
/// For how long an SDK is waited for that lacks a stage and says nothing, since this relay has the
/// stage. One that is connected says within some seconds that it has it, and one that evaluates says
/// every ten what it runs. Whose connection died finds out after 45 s of silence, and is back in the
/// other 15. Who is silent for longer has ended, or is behind another relay, which counts it.
const SILENT: TimeDelta = TimeDelta::seconds(60);
/// How often it is said who lacks a stage, though nothing else changes: behind another relay they
/// count as silent since this one said so last.
const REPEAT: TimeDelta = TimeDelta::seconds(SILENT.num_seconds() / 2);
/// How often it is looked who fell silent, where nothing else changes.
const LOOK: TimeDelta = TimeDelta::seconds(5);

/// The SDKs of one environment.
#[derive(Default)]
pub(super) struct Instances {
    known: HashMap<Uuid, Known>,
    /// When this relay last evaluated itself.
    evaluated_at: Option<DateTime<Utc>>,
    told: Vec<Running>,
    told_at: DateTime<Utc>,
    stages: Stages,
    /// Whether something may be news that was not told.
    changed: bool,
    /// When all of them were last looked at.
    looked_at: DateTime<Utc>,
    /// When those that fell silent were last forgotten to make room.
    pruned_at: DateTime<Utc>,
}

/// The stages that SDKs are waited for with.
#[derive(Default)]
struct Stages {
    /// Whether any release lives.
    live: bool,
    /// The newest revision that changed a flag of them, which is what the server asks for. It is the
    /// flags' own: others may come before this relay looks, and who has that one has nothing more to say.
    since: u64,
    /// When this relay saw it first.
    seen_at: DateTime<Utc>,
    /// Of the ruleset that was last looked at.
    revision: u64,
}

/// What somebody said last.
struct Known {
    at: DateTime<Utc>,
    /// The number of the report: an answer that is lost may let an older one come later.
    sequence: u64,
    running: Saying,
}

#[derive(PartialEq)]
enum Saying {
    /// An SDK, of itself.
    Itself(u64),
    /// A relay that follows this one, of its SDKs.
    Others(Vec<Running>),
}

impl Instances {
    /// Somebody reports.
    pub(super) fn heard(&mut self, batch: &Batch, now: DateTime<Utc>) {
        let others = batch.running.clone();
        let running = others.map_or(Saying::Itself(batch.revision), Saying::Others);
        let last = self.known.get(&batch.instance);
        if last.is_some_and(|last| last.sequence > batch.sequence) {
            return;
        }
        self.changed |= last.is_none_or(|last| last.running != running);
        if last.is_some() || self.has_room(now) {
            let known = Known {
                at: now,
                sequence: batch.sequence,
                running,
            };
            self.known.insert(batch.instance, known);
        }
    }

    /// Whether one more may be known. Who fell silent gives way, which is looked for now and then:
    /// there are many to look through.
    fn has_room(&mut self, now: DateTime<Utc>) -> bool {
        if self.known.len() >= MOST && is_time(self.pruned_at, now) {
            self.pruned_at = now;
            self.prune(now);
        }
        self.known.len() < MOST
    }

    fn prune(&mut self, now: DateTime<Utc>) {
        self.known.retain(|_, known| now - known.at <= RECENT);
    }

    /// The relay evaluated for somebody who has no SDK.
    pub(super) fn evaluated(&mut self, now: DateTime<Utc>) {
        self.changed |= self.evaluated_at.is_none_or(|at| now - at > RECENT);
        self.evaluated_at = Some(now);
    }

    /// How many run which revision, of those that were heard of lately. `own` is what the relay
    /// itself runs.
    fn running(&mut self, own: u64, now: DateTime<Utc>) -> Vec<Running> {
        self.prune(now);
        let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
        let mut add = |revision, instances: u64| {
            let sum = sums.entry(revision).or_default();
            *sum = sum.saturating_add(instances);
        };
        for known in self.known.values() {
            let mut add = |revision, instances| {
                if self.stages.waits_for(revision, known.at, now) {
                    add(revision, instances);
                }
            };
            match &known.running {
                Saying::Itself(revision) => add(*revision, 1),
                Saying::Others(others) => {
                    others.iter().for_each(|of| add(of.revision, of.instances));
                }
            }
        }
        if self.evaluated_at.is_some_and(|at| now - at <= RECENT) {
            add(own, 1);
        }
        let running = |(revision, instances)| Running {
            revision,
            instances,
        };
        let mut newest: Vec<_> = sums.into_iter().rev().map(running).collect();
        // The oldest are one: they lack what anybody waits for.
        let rest = newest.split_off(newest.len().min(REVISIONS));
        if let Some(last) = newest.last_mut()
            && let Some(oldest) = rest.last()
        {
            let more = rest.iter().map(|of| of.instances);
            last.instances = more.fold(last.instances, u64::saturating_add);
            last.revision = oldest.revision;
        }
        newest
    }

    /// Whether the upstream is to know more of who lacks what releases wait for, and of whether
    /// anybody has it. It is so until it is told.
    pub(super) fn is_news(&mut self, ruleset: &Ruleset, now: DateTime<Utc>) -> bool {
        self.changed |= self.stages.follow(ruleset, now);
        if !self.stages.live || !(self.changed || is_time(self.looked_at, now)) {
            return false;
        }
        let running = self.running(ruleset.revision(), now);
        let lacks = |of: &&Running| of.revision < self.stages.since;
        let somebody_has = |running: &[Running]| !running.iter().all(|of| lacks(&of));
        let is_old = (now - self.told_at).abs() >= REPEAT;
        self.changed = is_old && running.iter().any(|of| lacks(&of))
            || somebody_has(&running) != somebody_has(&self.told)
            || !running
                .iter()
                .filter(lacks)
                .eq(self.told.iter().filter(lacks));
        self.looked_at = now;
        self.changed
    }

    /// How many run which revision, as it is told to the upstream now.
    pub(super) fn tell(&mut self, own: u64, now: DateTime<Utc>) -> Vec<Running> {
        self.told = self.running(own, now);
        self.told_at = now;
        self.changed = false;
        self.told.clone()
    }

    /// The upstream does not have what it was told.
    pub(super) fn untold(&mut self) {
        self.told.clear();
        self.changed = true;
    }
}

impl Stages {
    /// Looks at what releases wait for SDKs with. Whether it is something else than before.
    fn follow(&mut self, ruleset: &Ruleset, now: DateTime<Utc>) -> bool {
        if self.revision == ruleset.revision() {
            return false;
        }
        self.revision = ruleset.revision();
        let releases = ruleset.releases();
        let changed = releases.iter().filter_map(|it| changed_at(ruleset, it));
        let (live, since) = (!releases.is_empty(), changed.max().unwrap_or_default());
        if (live, since) == (self.live, self.since) {
            return false;
        }
        (self.live, self.since, self.seen_at) = (live, since, now);
        true
    }

    /// Whether who was heard of then with a revision is to be counted now.
    fn waits_for(&self, revision: u64, heard_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let has = !self.live || revision >= self.since;
        has || now - heard_at.max(self.seen_at) <= SILENT
    }
}

/// Whether to look again, be it that the clock was set back.
fn is_time(last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - last).abs() >= LOOK
}

/// The revision at which the flag of a release last changed.
fn changed_at(ruleset: &Ruleset, release: &Value) -> Option<u64> {
    let flag = ruleset.flag(release.get("flag")?.as_str()?)?;
    Some(flag.version)
}

#[cfg(test)]
mod tests;
