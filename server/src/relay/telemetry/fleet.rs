//! The SDKs behind this relay, in all environments. They have a lock of their own: there may be many
//! to look through, and counts are not to wait for that.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serin_api::sdk::Running;
use uuid::Uuid;

use super::instances::Instances;
use crate::{clock::Clock, publish::Publisher, service::usage::Batch};

/// Who runs what.
pub(super) struct Fleet {
    clock: Arc<dyn Clock>,
    publisher: Arc<Publisher>,
    environments: Mutex<BTreeMap<Uuid, Instances>>,
    ended: AtomicBool,
}

impl Fleet {
    pub(super) fn new(clock: Arc<dyn Clock>, publisher: Arc<Publisher>) -> Self {
        Self {
            clock,
            publisher,
            environments: Mutex::default(),
            ended: AtomicBool::new(false),
        }
    }

    /// Somebody reports.
    pub(super) fn heard(&self, batch: &Batch) {
        let mut environments = self.lock();
        let instances = environments.entry(batch.environment_id).or_default();
        instances.heard(batch, batch.received_at);
    }

    /// The relay evaluated for somebody who has no SDK.
    pub(super) fn evaluated(&self, environment_id: Uuid) {
        let now = self.clock.now();
        let mut environments = self.lock();
        environments
            .entry(environment_id)
            .or_default()
            .evaluated(now);
    }

    /// The environments whose SDKs a release may wait for, and of which the upstream does not know
    /// by now what they run.
    pub(super) fn news(&self) -> Vec<Uuid> {
        let now = self.clock.now();
        let mut environments = self.lock();
        let of_each = environments.iter_mut();
        let news = of_each.filter_map(|(environment_id, instances)| {
            let snapshot = self.publisher.snapshot(*environment_id)?;
            let is_news = instances.is_news(&snapshot.ruleset, now);
            is_news.then_some(*environment_id)
        });
        news.collect()
    }

    /// How many run which revision, as it is told to the upstream now.
    pub(super) fn tell(&self, environment_id: Uuid) -> Vec<Running> {
        if self.ended.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let snapshot = self.publisher.snapshot(environment_id);
        let own = snapshot.map_or(0, |snapshot| snapshot.revision);
        let now = self.clock.now();
        let mut environments = self.lock();
        environments
            .entry(environment_id)
            .or_default()
            .tell(own, now)
    }

    /// The upstream does not take what it was told.
    pub(super) fn untold(&self, environment_id: Uuid) {
        if let Some(instances) = self.lock().get_mut(&environment_id) {
            instances.untold();
        }
    }

    /// This relay ends: from now on nobody is behind it.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, Instances>> {
        self.environments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
