//! Counts of evaluations, written by every thread of the program.
//!
//! There are more shards than threads that evaluate at a time, and each thread has its
//! own: its lock is free but for the moment in which the shard is emptied, and a thread
//! that finds it taken goes on to the next shard. So nobody ever waits, and threads
//! that count the same flag do not pass cache lines around.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A power of two.
const SHARDS: usize = 64;
/// Flags that a shard counts at most between two batches; a bound for rulesets that
/// change without end while no batch gets through.
const FLAGS: usize = 100_000;
/// Unknown flags that are remembered at most, by a shard and in all. They are a hint to
/// people, not a count.
const UNKNOWN_FLAGS: usize = 64;
/// A flag's key has no more characters.
const LONGEST_KEY: usize = 255;

/// The counts since they were last taken.
#[derive(Debug)]
pub(crate) struct Counters {
    shards: Box<[Shard]>,
}

/// Alone on its cache lines.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    flags: HashMap<Box<str>, Served, BuildHasherDefault<Folded>>,
    unknown: BTreeSet<Box<str>>,
}

/// How often a flag served what. Flags have few variations: a scan is the fastest map.
#[derive(Debug, Default)]
struct Served {
    default: u64,
    variations: Vec<(Box<str>, u64)>,
}

/// What all shards together counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// By flag and variation; no variation for errors and the caller's default.
    pub(crate) evaluations: BTreeMap<(Box<str>, Option<Box<str>>), u64>,
    pub(crate) unknown: BTreeSet<Box<str>>,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::iter::repeat_with(Shard::default)
                .take(SHARDS)
                .collect(),
        }
    }

    /// Counts one evaluation of a flag that exists.
    pub(crate) fn served(&self, flag: &str, variation: Option<&str>) {
        let mut counts = self.shard();
        if let Some(served) = counts.flags.get_mut(flag) {
            served.count(variation);
        } else if counts.flags.len() < FLAGS {
            let mut served = Served::default();
            served.count(variation);
            counts.flags.insert(flag.into(), served);
        }
    }

    /// Remembers that a flag was asked for that does not exist.
    pub(crate) fn unknown(&self, flag: &str) {
        if flag.chars().nth(LONGEST_KEY).is_some() {
            return;
        }
        let mut counts = self.shard();
        if counts.unknown.len() < UNKNOWN_FLAGS && !counts.unknown.contains(flag) {
            counts.unknown.insert(flag.into());
        }
    }

    /// Takes all counts and begins anew.
    pub(crate) fn take(&self) -> Taken {
        let mut taken = Taken::default();
        for shard in &self.shards {
            let counts = std::mem::take(&mut *lock(&shard.0));
            let room = UNKNOWN_FLAGS.saturating_sub(taken.unknown.len());
            taken.unknown.extend(counts.unknown.into_iter().take(room));
            for (flag, served) in counts.flags {
                if served.default > 0 {
                    taken.add(flag.clone(), None, served.default);
                }
                for (variation, count) in served.variations {
                    taken.add(flag.clone(), Some(variation), count);
                }
            }
        }
        taken
    }

    /// This thread's shard, or the next one that is free.
    fn shard(&self) -> MutexGuard<'_, Counts> {
        let own = own_shard();
        for offset in 0..SHARDS {
            match self.shards[(own + offset) % SHARDS].0.try_lock() {
                Ok(counts) => return counts,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        // As many threads as shards are in the same few instructions.
        lock(&self.shards[own].0)
    }
}

impl Served {
    fn count(&mut self, variation: Option<&str>) {
        let Some(variation) = variation else {
            self.default += 1;
            return;
        };
        match self
            .variations
            .iter_mut()
            .find(|(key, _)| **key == *variation)
        {
            Some((_, count)) => *count += 1,
            None => self.variations.push((variation.into(), 1)),
        }
    }
}

impl Taken {
    fn add(&mut self, flag: Box<str>, variation: Option<Box<str>>, count: u64) {
        *self.evaluations.entry((flag, variation)).or_default() += count;
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads get the shards in turn.
fn own_shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    const UNSET: usize = usize::MAX;
    thread_local! {
        static OWN: Cell<usize> = const { Cell::new(UNSET) };
    }
    OWN.with(|own| {
        if own.get() == UNSET {
            own.set(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
        }
        own.get()
    })
}

/// A fast hash without a key. The only names in the map are those of flags that exist,
/// which nobody picks in order to make them collide.
#[derive(Clone, Copy, Debug, Default)]
struct Folded(u64);

impl Folded {
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0xd6e8_feb8_6659_fd93)
            * u128::from(0xa076_1d64_78bd_642f_u64);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.fold(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.fold(u64::from_le_bytes(last) ^ (bytes.len() as u64).rotate_right(8));
    }

    fn write_u8(&mut self, _: u8) {
        // The mark that ends a string; its length is folded in.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
