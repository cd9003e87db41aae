//! Counts of evaluations, written by every thread of the program.
//!
//! Each thread has a shard of its own and is the only one that writes its counts, so that
//! counting takes no lock and no atomic addition: threads that count the same flag do not
//! pass cache lines around. Counts only grow. Taking them is reading what they have grown
//! by since the last time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serin_engine::evaluation::Evaluation;
use serin_engine::ruleset::{Found, SameFlag};

/// Flags that a shard counts at most between two batches; a bound for rulesets that
/// change without end while no batch gets through.
const FLAGS: usize = 100_000;
/// A shard with more counts than these begins anew once they are taken, so that flags
/// that are long gone take no memory.
const KEPT: usize = 10_000;
/// Unknown flags that are remembered at most. They are a hint to people, not a count.
const UNKNOWN_FLAGS: usize = 64;
/// A flag's key has no more characters.
const LONGEST_KEY: usize = 255;

/// The counts since they were last taken.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Tells these counters from others in a thread's list of shards.
    id: u64,
    shards: Mutex<Vec<Arc<Shard>>>,
    unknown: Mutex<BTreeSet<Box<str>>>,
}

/// What one thread counted. The thread holds it as well, for as long as it runs.
#[derive(Debug, Default)]
struct Shard {
    /// Locked where a tally is added, and while they are read.
    tallies: Mutex<Tallies>,
    /// Asks the thread to begin anew.
    restart: AtomicBool,
}

#[derive(Debug, Default)]
struct Tallies {
    counting: Vec<Arc<Tally>>,
    /// Read once more, and then dropped.
    retired: Vec<Arc<Tally>>,
}

/// How often a flag served a variation, or the caller's default where there is none.
/// Alone on its cache line, and on the one beside it, which processors fetch along: so that no
/// other thread's count is near it.
#[derive(Debug)]
#[repr(align(128))]
struct Tally {
    /// Written by one thread alone.
    count: AtomicU64,
    /// How much of it was taken; written while the shard's lock is held.
    taken: AtomicU64,
    flag: Box<str>,
    variation: Option<Box<str>>,
}

/// What all shards together counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// By flag and variation; no variation for errors and the caller's default.
    pub(crate) evaluations: BTreeMap<(Box<str>, Option<Box<str>>), u64>,
    pub(crate) unknown: BTreeSet<Box<str>>,
}

/// A thread's way to its shard of some counters.
struct Own {
    id: u64,
    shard: Arc<Shard>,
    flags: HashMap<Box<str>, Served, BuildHasherDefault<Folded>>,
    /// The same by the flags' numbers in rulesets: what was counted before is found
    /// without looking at a name.
    rows: Vec<Row>,
}

/// The tallies of the flag that has a number.
#[derive(Default)]
struct Row {
    /// Whose they are: another ruleset gives the number to another flag, and a changed flag
    /// has other variations.
    flag: SameFlag,
    /// By the variation's place in the flag, plus one; 0 is the caller's default.
    tallies: Vec<Option<Arc<Tally>>>,
}

/// The tallies of one flag. Flags have few variations: a scan is the fastest map.
type Served = Vec<Arc<Tally>>;

thread_local! {
    static OWN: RefCell<Vec<Own>> = const { RefCell::new(Vec::new()) };
}

impl Counters {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            shards: Mutex::default(),
            unknown: Mutex::default(),
        }
    }

    /// Counts one evaluation of a flag: as the variation that it served, or as the caller's
    /// default where it served none.
    #[inline]
    pub(crate) fn evaluated<'r>(&self, flag: Found<'r>, evaluation: &Evaluation<'r>) {
        let place = flag.variation(evaluation).map_or(0, |place| place + 1);
        if !self.add_one(flag.number(), flag.address(), place) {
            self.with_own(|own| own.count_first(flag, evaluation));
        }
    }

    /// Adds one to a tally that is found by numbers alone; false where there is none. It is
    /// given no more than fits into registers.
    #[inline(never)]
    fn add_one(&self, number: usize, address: usize, place: usize) -> bool {
        let added = OWN.try_with(|own| {
            let own = own.borrow();
            let own = own.first().filter(|own| own.id == self.id);
            own.is_some_and(|own| own.add_one(number, address, place))
        });
        added.unwrap_or(false)
    }

    /// Counts one evaluation of a flag that exists.
    pub(crate) fn served(&self, flag: &str, variation: Option<&str>) {
        self.with_own(|own| own.count(flag, variation));
    }

    #[inline]
    fn with_own(&self, count: impl FnOnce(&mut Own)) {
        // A thread that is about to end has no shard any more: what it still evaluates
        // is not counted.
        let _ = OWN.try_with(|own| {
            let mut own = own.borrow_mut();
            match own.first_mut() {
                Some(own) if own.id == self.id => count(own),
                _ => count(self.own(&mut own)),
            }
        });
    }

    /// This thread's shard, in front of those that it has of other counters.
    #[cold]
    fn own<'o>(&self, all: &'o mut Vec<Own>) -> &'o mut Own {
        let place = match all.iter().position(|own| own.id == self.id) {
            Some(place) => place,
            None => {
                // Those of counters that are gone are held by nobody else.
                all.retain(|own| Arc::strong_count(&own.shard) > 1);
                let shard = Arc::new(Shard::default());
                lock(&self.shards).push(Arc::clone(&shard));
                all.push(Own {
                    id: self.id,
                    shard,
                    flags: HashMap::default(),
                    rows: Vec::new(),
                });
                all.len() - 1
            }
        };
        all.swap(0, place);
        &mut all[0]
    }

    /// Remembers that a flag was asked for that does not exist.
    pub(crate) fn unknown(&self, flag: &str) {
        if flag.chars().nth(LONGEST_KEY).is_some() {
            return;
        }
        // Nobody waits for a hint: one that comes while another is noted is passed over.
        let Ok(mut unknown) = self.unknown.try_lock() else {
            return;
        };
        if unknown.len() < UNKNOWN_FLAGS && !unknown.contains(flag) {
            unknown.insert(flag.into());
        }
    }

    /// Takes all counts and begins anew.
    pub(crate) fn take(&self) -> Taken {
        let mut taken = Taken {
            unknown: std::mem::take(&mut *lock(&self.unknown)),
            ..Taken::default()
        };
        lock(&self.shards).retain_mut(|shard| {
            // Nothing is counted any more where the thread has ended.
            let ended = Arc::get_mut(shard).is_some();
            shard.take(&mut taken);
            !ended
        });
        taken
    }
}

impl Own {
    #[inline]
    fn add_one(&self, number: usize, address: usize, place: usize) -> bool {
        if !self.shard.restart.load(Ordering::Relaxed)
            && let Some(row) = self.rows.get(number)
            && row.flag.is_at(address)
            && let Some(Some(tally)) = row.tallies.get(place)
        {
            tally.add_one();
            true
        } else {
            false
        }
    }

    /// Counts, and puts the tally where it is found sooner.
    #[cold]
    #[inline(never)]
    fn count_first<'r>(&mut self, flag: Found<'r>, evaluation: &Evaluation<'r>) {
        let variation = evaluation.variation;
        self.count(flag.key(), variation);
        let (number, place) = (flag.number(), flag.variation(evaluation));
        let place = place.map_or(0, |place| place + 1);
        let Some(tally) = self.tally(flag.key(), variation).cloned() else {
            return;
        };
        if number >= FLAGS {
            return;
        }
        if self.rows.len() <= number {
            self.rows.resize_with(number + 1, Row::default);
        }
        let row = &mut self.rows[number];
        if !row.flag.is(flag) {
            row.flag = flag.same();
            row.tallies = Vec::new();
        }
        if row.tallies.len() <= place {
            row.tallies.resize(place + 1, None);
        }
        row.tallies[place] = Some(tally);
    }

    fn tally(&self, flag: &str, variation: Option<&str>) -> Option<&Arc<Tally>> {
        let mut served = self.flags.get(flag)?.iter();
        served.find(|tally| tally.variation.as_deref() == variation)
    }

    fn count(&mut self, flag: &str, variation: Option<&str>) {
        if self.shard.restart.load(Ordering::Relaxed) {
            self.restart();
        }
        match self.tally(flag, variation) {
            Some(tally) => tally.add_one(),
            None => self.begin(flag, variation),
        }
    }

    #[cold]
    fn begin(&mut self, flag: &str, variation: Option<&str>) {
        let mut tallies = lock(&self.shard.tallies);
        if tallies.counting.len() >= FLAGS {
            return;
        }
        let tally = Arc::new(Tally {
            count: AtomicU64::new(1),
            taken: AtomicU64::new(0),
            flag: flag.into(),
            variation: variation.map(Into::into),
        });
        tallies.counting.push(Arc::clone(&tally));
        match self.flags.get_mut(flag) {
            Some(served) => served.push(tally),
            None => drop(self.flags.insert(flag.into(), vec![tally])),
        }
    }

    #[cold]
    fn restart(&mut self) {
        self.flags = HashMap::default();
        self.rows = Vec::new();
        self.shard.restart.store(false, Ordering::Relaxed);
        let mut tallies = lock(&self.shard.tallies);
        let counted = std::mem::take(&mut tallies.counting);
        tallies.retired.extend(counted);
    }
}

impl Shard {
    fn take(&self, taken: &mut Taken) {
        let mut tallies = lock(&self.tallies);
        for tally in tallies.counting.iter().chain(&tallies.retired) {
            tally.take(taken);
        }
        tallies.retired = Vec::new();
        if tallies.counting.len() > KEPT {
            self.restart.store(true, Ordering::Relaxed);
        }
    }
}

impl Tally {
    /// For the only writer, who needs no atomic addition.
    #[inline]
    fn add_one(&self) {
        let count = self.count.load(Ordering::Relaxed);
        self.count.store(count + 1, Ordering::Relaxed);
    }

    fn take(&self, taken: &mut Taken) {
        let count = self.count.load(Ordering::Relaxed);
        let before = self.taken.swap(count, Ordering::Relaxed);
        if count > before {
            taken.add(self.flag.clone(), self.variation.clone(), count - before);
        }
    }
}

impl Taken {
    fn add(&mut self, flag: Box<str>, variation: Option<Box<str>>, count: u64) {
        *self.evaluations.entry((flag, variation)).or_default() += count;
    }
}

fn lock<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
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
