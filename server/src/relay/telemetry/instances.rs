//! Which SDKs run behind this relay, and what of them the upstream was told: a release waits until
//! they have its stage.
//!
//! The upstream is told numbers, so that what it takes does not grow with the SDKs; and by itself
//! only what a release waits for, so that who comes and goes, and other flags, cost nothing.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_api::sdk::Running;
use serin_engine::ruleset::{Found, Ruleset, SameFlag};
use uuid::Uuid;

use crate::service::release::propagation::RECENT;

/// How many are known of an environment at most.
const MOST: usize = 100_000;
/// How many revisions are told apart at most. No more are in use, but for lies.
const REVISIONS: usize = 50;

/// The SDKs of one environment.
#[derive(Default)]
pub(super) struct Instances {
    known: HashMap<Uuid, Known>,
    /// When this relay last evaluated itself.
    evaluated_at: Option<DateTime<Utc>>,
    told: Vec<Running>,
    stages: Stages,
}

/// The releases that live, each with its flag as it was compiled, and since which revision they and
/// the flags are as they are.
#[derive(Default)]
struct Stages {
    lives: Vec<(Value, SameFlag)>,
    since: u64,
}

/// What somebody said last.
struct Known {
    at: DateTime<Utc>,
    running: Saying,
}

enum Saying {
    /// An SDK, of itself.
    Itself(u64),
    /// A relay that follows this one, of its SDKs.
    Others(Vec<Running>),
}

impl Instances {
    /// Somebody reports.
    pub(super) fn heard(
        &mut self,
        instance: Uuid,
        revision: u64,
        others: Option<Vec<Running>>,
        now: DateTime<Utc>,
    ) {
        if self.known.len() >= MOST && !self.known.contains_key(&instance) {
            return;
        }
        let running = others.map_or(Saying::Itself(revision), Saying::Others);
        self.known.insert(instance, Known { at: now, running });
    }

    /// The relay evaluated for somebody who has no SDK.
    pub(super) fn evaluated(&mut self, now: DateTime<Utc>) {
        self.evaluated_at = Some(now);
    }

    /// How many run which revision, of those that were heard of lately. `own` is what the relay
    /// itself runs.
    pub(super) fn running(&mut self, own: u64, now: DateTime<Utc>) -> Vec<Running> {
        self.known.retain(|_, known| now - known.at <= RECENT);
        let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
        let mut add = |revision, instances: u64| {
            let sum = sums.entry(revision).or_default();
            *sum = sum.saturating_add(instances);
        };
        for known in self.known.values() {
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
    /// anybody has it.
    pub(super) fn is_news(&mut self, ruleset: &Ruleset, now: DateTime<Utc>) -> bool {
        let Some(since) = self.stages.follow(ruleset) else {
            return false;
        };
        let running = self.running(ruleset.revision(), now);
        let lacks = |of: &&Running| of.revision < since;
        let somebody_has = |running: &[Running]| !running.iter().all(|of| lacks(&of));
        somebody_has(&running) != somebody_has(&self.told)
            || !running
                .iter()
                .filter(lacks)
                .eq(self.told.iter().filter(lacks))
    }

    /// How many run which revision, as it is told to the upstream now.
    pub(super) fn tell(&mut self, own: u64, now: DateTime<Utc>) -> Vec<Running> {
        self.told = self.running(own, now);
        self.told.clone()
    }
}

impl Stages {
    /// Since which revision releases wait for SDKs; nothing where none lives.
    fn follow(&mut self, ruleset: &Ruleset) -> Option<u64> {
        let releases = ruleset.releases();
        let known = self.lives.iter().zip(releases);
        let mut alike = known.map(|((before, flag), release)| {
            before == release && found(ruleset, release).is_some_and(|found| flag.is(found))
        });
        if self.lives.len() != releases.len() || !alike.all(|alike| alike) {
            let flag = |release| found(ruleset, release).map(Found::same);
            let lives = releases.iter();
            self.lives = lives
                .map(|release| (release.clone(), flag(release).unwrap_or_default()))
                .collect();
            self.since = ruleset.revision();
        }
        (!releases.is_empty()).then_some(self.since)
    }
}

fn found<'r>(ruleset: &'r Ruleset, release: &Value) -> Option<Found<'r>> {
    ruleset.find(release.get("flag")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;
    use serin_engine::ruleset::Document;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
    }

    fn of(running: &[Running]) -> Vec<(u64, u64)> {
        running
            .iter()
            .map(|of| (of.revision, of.instances))
            .collect()
    }

    fn running(revision: u64, instances: u64) -> Running {
        Running {
            revision,
            instances,
        }
    }

    /// A flag with a release in a stage, none where absent.
    fn ruleset(revision: u64, stage: Option<u64>) -> Ruleset {
        let flag = json!({"type": "boolean", "version": 1, "enabled": true, "off": "off",
            "variations": [{"key": "off", "value": false}], "default": {"variation": "off"}});
        let release = |stage| json!({"id": "r", "flag": "checkout", "stage": stage});
        let releases: Vec<Value> = stage.map(release).into_iter().collect();
        let document = json!({"format": 1, "project": "p", "environment": "e", "revision": revision,
            "flags": {"checkout": flag}, "releases": releases});
        let document: Document = serde_json::from_value(document).unwrap();
        Ruleset::from_document(document).unwrap().0
    }

    #[test]
    fn each_counts_once_by_what_it_said_last_until_it_falls_silent() {
        let mut instances = Instances::default();
        for (instance, revision, second) in [(1, 4, 0), (2, 4, 0), (1, 5, 60), (3, 5, 60)] {
            instances.heard(Uuid::from_u128(instance), revision, None, at(second));
        }
        let others = vec![running(5, 10), running(3, 2)];
        instances.heard(Uuid::from_u128(9), 7, Some(others), at(60));
        assert_eq!(of(&instances.tell(7, at(61))), [(5, 12), (4, 1), (3, 2)]);
        instances.evaluated(at(70));
        let told = of(&instances.tell(7, at(70)));
        assert_eq!(told, [(7, 1), (5, 12), (4, 1), (3, 2)], "and the relay");
        let silent = at(60) + RECENT;
        let told = of(&instances.tell(8, silent));
        assert_eq!(told, [(8, 1), (5, 12), (3, 2)], "the second is gone");
        assert_eq!(instances.tell(8, silent + TimeDelta::seconds(20)), []);
    }

    #[test]
    fn only_what_a_release_waits_for_is_news() {
        let mut instances = Instances::default();
        let heard = |instances: &mut Instances, instance, revision| {
            instances.heard(Uuid::from_u128(instance), revision, None, at(0));
        };
        heard(&mut instances, 1, 4);
        assert!(!instances.is_news(&ruleset(4, None), at(1)), "nobody waits");
        let entered = ruleset(5, Some(0));
        assert!(instances.is_news(&entered, at(1)), "it was never told");
        instances.tell(5, at(1));
        assert!(!instances.is_news(&entered, at(1)));
        heard(&mut instances, 1, 5);
        assert!(instances.is_news(&entered, at(1)));
        instances.tell(5, at(1));
        // Who comes has the stage, and another flag is of no concern.
        heard(&mut instances, 2, 5);
        assert!(!instances.is_news(&entered, at(1)));
        let other = entered.apply(&serde_json::from_value(json!({
            "from": 5, "to": 6, "releases": entered.releases(), "fingerprint": entered.fingerprint(),
        })).unwrap()).unwrap().0;
        heard(&mut instances, 2, 6);
        assert!(!instances.is_news(&other, at(1)));
        // The next stage; and the same after an edit of its flag.
        for revision in [7, 8] {
            let next = ruleset(revision, Some(1));
            let is_late = instances.is_news(&next, at(1));
            assert_eq!(is_late, revision == 7, "who had the stage before lacks it");
            instances.tell(revision, at(1));
            assert!(!instances.is_news(&next, at(1)));
            heard(&mut instances, 2, revision);
            assert!(instances.is_news(&next, at(1)), "{revision}");
            instances.tell(revision, at(1));
        }
    }

    #[test]
    fn however_many_revisions_are_claimed_few_are_told() {
        let mut instances = Instances::default();
        for revision in 1..=1000 {
            instances.heard(Uuid::from_u128(revision.into()), revision, None, at(0));
        }
        let told = instances.tell(1, at(1));
        assert_eq!(told.len(), REVISIONS);
        assert_eq!(
            (told[0], told[REVISIONS - 1]),
            (running(1000, 1), running(1, 951))
        );
    }
}
