//! All keys in memory: an SDK's request touches no SQL.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use serin_api::{key::KeyKind, sdk::KeyInfo};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{StreamToken, kind_of};
use crate::{
    ids,
    store::{environment::Named, key::Key},
};

/// What a key opens.
#[derive(Debug)]
pub struct Grant {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The environment.
    pub environment_id: Uuid,
    /// Rulesets and telemetry, or client-visible flags only.
    pub kind: KeyKind,
    /// The key.
    pub key_id: Uuid,
    /// Origins of web pages that may evaluate; `*` for all.
    pub allowed_origins: Vec<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) secret_hash: Vec<u8>,
    pub(super) used: Arc<Used>,
}

/// When a key was last used and when that was last written, in microseconds since 1970; 0 for never.
#[derive(Debug, Default)]
pub(super) struct Used {
    at: AtomicI64,
    written: AtomicI64,
}

/// All keys.
#[derive(Debug, Default)]
pub struct Cache {
    by_prefix: HashMap<String, Vec<Arc<Grant>>>,
    pub(super) by_id: HashMap<Uuid, Arc<Grant>>,
    used: HashMap<Uuid, Arc<Used>>,
    origins: HashSet<String>,
}

impl Cache {
    pub(crate) fn new(environments: &[Named], keys: Vec<Key>, before: &Self) -> Self {
        let places: HashMap<Uuid, &Named> = environments
            .iter()
            .map(|row| (row.environment.environment_id, row))
            .collect();
        let mut cache = Self::default();
        for row in environments {
            cache.origins.extend(origins(row));
        }
        for key in keys {
            let Some(place) = places.get(&key.environment_id) else {
                continue;
            };
            let used = before.used.get(&key.key_id).cloned().unwrap_or_default();
            cache.used.insert(key.key_id, Arc::clone(&used));
            let grant = Arc::new(Grant {
                project: place.project.clone(),
                environment: place.environment.key.clone(),
                environment_id: key.environment_id,
                kind: kind_of(&key.kind),
                key_id: key.key_id,
                allowed_origins: origins(place),
                expires_at: key.expires_at,
                secret_hash: key.secret_hash,
                used,
            });
            cache.add(key.prefix, grant);
        }
        cache
    }

    /// The keys that an upstream said what they open, each with the hash of its secret
    /// and its prefix.
    pub(crate) fn told<'k>(
        keys: impl Iterator<Item = (&'k KeyInfo, &'k [u8; 32], &'k str)>,
        before: &Self,
    ) -> Self {
        let mut cache = Self::default();
        for (info, hash, prefix) in keys {
            let used = before.used.get(&info.id).cloned().unwrap_or_default();
            cache.origins.extend(info.allowed_origins.iter().cloned());
            cache.used.insert(info.id, Arc::clone(&used));
            let grant = Arc::new(Grant {
                project: info.project.clone(),
                environment: info.environment.clone(),
                environment_id: info.environment_id,
                kind: info.kind,
                key_id: info.id,
                allowed_origins: info.allowed_origins.clone(),
                expires_at: info.expires_at,
                secret_hash: hash.to_vec(),
                used,
            });
            cache.add(prefix.to_owned(), grant);
        }
        cache
    }

    fn add(&mut self, prefix: String, grant: Arc<Grant>) {
        self.by_id.insert(grant.key_id, Arc::clone(&grant));
        self.by_prefix.entry(prefix).or_default().push(grant);
    }

    /// What a secret opens, and notes its use.
    pub fn find(&self, secret: &str, now: DateTime<Utc>) -> Option<Arc<Grant>> {
        let candidates = self.by_prefix.get(&ids::prefix(secret))?;
        let digest = ids::digest(secret);
        let grant = candidates
            .iter()
            .find(|grant| grant.is_valid(now) && bool::from(grant.secret_hash.ct_eq(&digest)))?;
        grant.note_use(now);
        Some(Arc::clone(grant))
    }

    /// What a key opens, where it is still valid, and notes its use: an event stream that its
    /// token opened is all that some keys are used for.
    pub fn by_id(&self, key_id: Uuid, now: DateTime<Utc>) -> Option<&Grant> {
        let grant = self.valid(key_id, now)?;
        grant.note_use(now);
        Some(grant)
    }

    pub(super) fn valid(&self, key_id: Uuid, now: DateTime<Utc>) -> Option<&Grant> {
        let grant = self.by_id.get(&key_id)?;
        grant.is_valid(now).then_some(&**grant)
    }

    /// The key of a token for event streams, where both are good.
    pub fn find_stream(&self, token: &str, now: DateTime<Utc>) -> Option<Arc<Grant>> {
        let token: StreamToken = token.parse().ok()?;
        let key_id = token.grant(self, now)?.key_id;
        let grant = self.by_id.get(&key_id)?;
        grant.note_use(now);
        Some(Arc::clone(grant))
    }

    /// Whether any environment allows web pages of an origin: all that a preflight, which
    /// comes without a key, can be asked.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.contains("*") || self.origins.contains(origin)
    }

    /// When a key was last used by way of this node.
    pub fn last_used(&self, key_id: Uuid) -> Option<DateTime<Utc>> {
        match self.used.get(&key_id)?.at.load(Ordering::Relaxed) {
            0 => None,
            micros => DateTime::from_timestamp_micros(micros),
        }
    }

    /// The uses that are a minute newer than what was written, which they count as from now on.
    pub(crate) fn take_used(&self) -> Vec<(Uuid, DateTime<Utc>)> {
        const MINUTE: i64 = 60_000_000;
        let used = self.used.iter().filter_map(|(key_id, used)| {
            let at = used.at.load(Ordering::Relaxed);
            if at < used.written.load(Ordering::Relaxed) + MINUTE {
                return None;
            }
            used.written.store(at, Ordering::Relaxed);
            Some((*key_id, DateTime::from_timestamp_micros(at)?))
        });
        used.collect()
    }
}

impl From<&Grant> for KeyInfo {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.key_id,
            kind: grant.kind,
            project: grant.project.clone(),
            environment: grant.environment.clone(),
            environment_id: grant.environment_id,
            allowed_origins: grant.allowed_origins.clone(),
            expires_at: grant.expires_at,
        }
    }
}

impl Grant {
    fn note_use(&self, now: DateTime<Utc>) {
        let at = now.timestamp_micros();
        self.used.at.store(at, Ordering::Relaxed);
    }

    fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }

    /// Whether web pages of an origin may evaluate with this key.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins
            .iter()
            .any(|allowed| allowed == "*" || allowed == origin)
    }
}

fn origins(row: &Named) -> Vec<String> {
    serde_json::from_str(&row.environment.allowed_origins).unwrap_or_default()
}
