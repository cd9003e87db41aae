//! Counts of evaluations that happen here, in memory.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use uuid::Uuid;

/// So many parts, that threads rarely meet.
const SHARDS: usize = 16;

/// Counts by environment, flag and variation.
type Shard = HashMap<Uuid, HashMap<String, HashMap<String, u64>>>;

/// Counts since they were last taken.
#[derive(Default)]
pub(crate) struct Tally {
    shards: [Mutex<Shard>; SHARDS],
}

/// One count. The variation is empty where there is none.
pub(crate) struct Tallied {
    pub(crate) environment_id: Uuid,
    pub(crate) flag: String,
    pub(crate) variation: String,
    pub(crate) count: u64,
}

impl Tally {
    /// Counts one evaluation. The flag must be one that exists, so that nobody fills the
    /// memory with made-up names.
    pub(crate) fn count(&self, environment_id: Uuid, flag: &str, variation: Option<&str>) {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
        }
        let variation = variation.unwrap_or_default();
        let mut shard = lock(&self.shards[SHARD.with(|shard| *shard)]);
        let flags = shard.entry(environment_id).or_default();
        if let Some(count) = flags.get_mut(flag).and_then(|v| v.get_mut(variation)) {
            *count += 1;
            return;
        }
        let variations = flags.entry(flag.to_owned()).or_default();
        *variations.entry(variation.to_owned()).or_default() += 1;
    }

    /// Takes all of them.
    pub(crate) fn take(&self) -> Vec<Tallied> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            for (environment_id, flags) in std::mem::take(&mut *lock(shard)) {
                for (flag, variations) in flags {
                    let of_flag = variations.into_iter().map(|(variation, count)| Tallied {
                        environment_id,
                        flag: flag.clone(),
                        variation,
                        count,
                    });
                    taken.extend(of_flag);
                }
            }
        }
        taken
    }

    /// Puts one back that could not be handed on.
    pub(crate) fn put_back(&self, tallied: Tallied) {
        let mut shard = lock(&self.shards[0]);
        let flags = shard.entry(tallied.environment_id).or_default();
        let variations = flags.entry(tallied.flag).or_default();
        *variations.entry(tallied.variation).or_default() += tallied.count;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
