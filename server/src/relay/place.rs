//! How each environment stands, for probes and metrics.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{ids, publish::Publisher};

/// The environments of a relay.
pub struct Places {
    publisher: Arc<Publisher>,
    by_id: Mutex<BTreeMap<Uuid, Arc<Place>>>,
    /// What is known of the keys that the relay was given, by their digests.
    given: Mutex<BTreeMap<[u8; 32], (String, Given)>>,
}

/// One environment.
pub struct Place {
    /// The environment.
    pub id: Uuid,
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    facts: Mutex<Facts>,
    lost: AtomicU64,
    refused: AtomicU64,
}

/// What is known of a key that the relay was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Nothing yet.
    Unknown,
    /// The upstream does not accept it.
    Refused,
    /// It opens an environment.
    Opens(Uuid),
}

#[derive(Default)]
struct Facts {
    connected: bool,
    from_disk: bool,
    heard_at: Option<DateTime<Utc>>,
    problem: Option<String>,
    /// The key that the environment is followed with.
    secret: Option<String>,
}

/// How an environment stands at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The revision that is served; absent where there is no ruleset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Whether the stream is open.
    pub connected: bool,
    /// Seconds since the upstream was last heard of, be it by a heartbeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<f64>,
    /// Whether the ruleset is the copy on the disk, and the upstream has not confirmed it.
    pub from_disk: bool,
    /// The last thing that went wrong, until it is overcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How often the stream ended.
    #[serde(skip)]
    pub lost: u64,
    /// How often something came that is no ruleset, or does not lead to one.
    #[serde(skip)]
    pub refused: u64,
}

impl Places {
    pub(super) fn new(publisher: Arc<Publisher>) -> Self {
        Self {
            publisher,
            by_id: Mutex::default(),
            given: Mutex::default(),
        }
    }

    /// The place of an environment, made where it is new.
    pub(super) fn of(&self, id: Uuid, project: &str, environment: &str) -> Arc<Place> {
        let mut places = lock(&self.by_id);
        let place = places.entry(id).or_insert_with(|| {
            Arc::new(Place {
                id,
                project: project.to_owned(),
                environment: environment.to_owned(),
                facts: Mutex::default(),
                lost: AtomicU64::new(0),
                refused: AtomicU64::new(0),
            })
        });
        Arc::clone(place)
    }

    pub(super) fn find(&self, id: Uuid) -> Option<Arc<Place>> {
        lock(&self.by_id).get(&id).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Place>> {
        lock(&self.by_id).values().cloned().collect()
    }

    /// How all stand.
    pub fn reports(&self, now: DateTime<Utc>) -> Vec<Report> {
        let report = |place: Arc<Place>| place.report(self.revision(place.id), now);
        self.all().into_iter().map(report).collect()
    }

    /// Notes what is known of a key that the relay was given.
    pub(super) fn given(&self, secret: &str, given: Given) {
        let noted = (ids::prefix(secret), given);
        lock(&self.given).insert(ids::digest(secret), noted);
    }

    /// What is known of each, with what may be shown of it.
    pub(super) fn all_given(&self) -> Vec<(String, Given)> {
        lock(&self.given).values().cloned().collect()
    }

    pub(super) fn revision(&self, id: Uuid) -> Option<u64> {
        Some(self.publisher.snapshot(id)?.revision)
    }
}

impl Place {
    /// Takes the place for one line: the others with keys of the same environment wait.
    /// False where another has it.
    pub(super) fn claim(&self, secret: &str) -> bool {
        let mut facts = lock(&self.facts);
        let free = facts.secret.as_deref().is_none_or(|held| held == secret);
        if free {
            facts.secret = Some(secret.to_owned());
        }
        free
    }

    /// Gives it up.
    pub(super) fn release(&self) {
        lock(&self.facts).secret = None;
    }

    /// The key that it is followed with.
    pub(super) fn secret(&self) -> Option<String> {
        lock(&self.facts).secret.clone()
    }

    /// Bytes came from the upstream.
    pub(super) fn heard(&self, now: DateTime<Utc>) {
        let mut facts = lock(&self.facts);
        facts.connected = true;
        facts.heard_at = Some(now);
    }

    /// What is served is what the upstream has.
    pub(super) fn confirmed(&self) {
        let mut facts = lock(&self.facts);
        facts.from_disk = false;
        facts.problem = None;
    }

    /// What is served is a copy, which was last confirmed then.
    pub(super) fn restored(&self, heard_at: Option<DateTime<Utc>>) {
        let mut facts = lock(&self.facts);
        facts.from_disk = true;
        facts.heard_at = heard_at;
    }

    /// The stream ended. Whether that is news.
    pub(super) fn lost(&self, problem: &str) -> bool {
        let mut facts = lock(&self.facts);
        let was_connected = std::mem::take(&mut facts.connected);
        if was_connected {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        let news = was_connected || facts.problem.as_deref() != Some(problem);
        facts.problem = Some(problem.to_owned());
        news
    }

    /// Something came that is not taken.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn heard_at(&self) -> Option<DateTime<Utc>> {
        lock(&self.facts).heard_at
    }

    fn report(&self, revision: Option<u64>, now: DateTime<Utc>) -> Report {
        let facts = lock(&self.facts);
        let age = |at: DateTime<Utc>| (now - at).as_seconds_f64().max(0.0);
        Report {
            project: self.project.clone(),
            environment: self.environment.clone(),
            revision,
            connected: facts.connected,
            age_seconds: facts.heard_at.map(age),
            from_disk: facts.from_disk,
            problem: facts.problem.clone(),
            lost: self.lost.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
