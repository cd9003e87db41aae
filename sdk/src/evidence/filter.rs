//! Which units were seen, in memory that does not grow.
//!
//! A Bloom filter in which all bits of an entry lie in one word (Putze, Sanders, Singler:
//! "Cache-, hash- and space-efficient Bloom filters", 2009): whether somebody was seen is one
//! read, and to note it one atomic operation, of which exactly one thread learns that it was
//! the first. It errs to one side only: who was not seen may be taken for seen, once in two
//! thousand times where it is half full, and is then not counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many bits an entry sets.
const BITS: u32 = 6;
/// How many entries a word takes until its filter is full.
const ENTRIES: u64 = 4;
/// How many spoil it: from then on it errs once in fifty times and more.
const TOO_MANY: u64 = 8;

/// A set of hashes.
#[derive(Debug)]
pub(super) struct Filter {
    /// A power of two of them.
    words: Box<[AtomicU64]>,
    added: AtomicU64,
}

impl Filter {
    /// A filter of so many words, or the next power of two.
    pub(super) fn new(words: usize) -> Self {
        let words = words.next_power_of_two();
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
            added: AtomicU64::new(0),
        }
    }

    /// Notes a hash; whether it is new.
    #[inline]
    pub(super) fn insert(&self, hash: u64) -> bool {
        let (word, mask) = self.place(hash);
        // As a rule it is there already, and then nothing is written.
        let new = word.load(Ordering::Relaxed) & mask != mask
            && word.fetch_or(mask, Ordering::Relaxed) & mask != mask;
        if new {
            self.added.fetch_add(1, Ordering::Relaxed);
        }
        new
    }

    /// Whether a hash was noted.
    #[inline]
    pub(super) fn contains(&self, hash: u64) -> bool {
        let (word, mask) = self.place(hash);
        word.load(Ordering::Relaxed) & mask == mask
    }

    /// Whether it begins to err too often.
    fn is_full(&self) -> bool {
        self.added.load(Ordering::Relaxed) >= self.words.len() as u64 * ENTRIES
    }

    /// Whether so many came within one window that it takes nearly everybody for seen.
    fn is_spoiled(&self) -> bool {
        self.added.load(Ordering::Relaxed) >= self.words.len() as u64 * TOO_MANY
    }

    pub(super) fn is_empty(&self) -> bool {
        self.added.load(Ordering::Relaxed) == 0
    }

    /// Forgets all. What is noted at the same time may be forgotten or not.
    pub(super) fn clear(&self) {
        for word in &self.words {
            word.store(0, Ordering::Relaxed);
        }
        self.added.store(0, Ordering::Relaxed);
    }

    #[inline]
    fn place(&self, hash: u64) -> (&AtomicU64, u64) {
        let bits = (0..BITS).fold(0, |mask, bit| mask | (1 << ((hash >> (6 * bit)) & 63)));
        // The bits use the lower 36; the place is masked, so that it is in range.
        let index = (hash >> 36) as usize & (self.words.len() - 1);
        (&self.words[index], bits)
    }
}

/// A filter that forgets the oldest: two, of which the fuller one is emptied in turn. A
/// unit is remembered until as many others came as one of them takes.
#[derive(Debug)]
pub(super) struct Rotating {
    filters: [Filter; 2],
    second: AtomicBool,
}

impl Rotating {
    pub(super) fn new(words: usize) -> Self {
        Self {
            filters: [Filter::new(words), Filter::new(words)],
            second: AtomicBool::new(false),
        }
    }

    /// Notes a hash; whether it is new.
    #[inline]
    pub(super) fn insert(&self, hash: u64) -> bool {
        let (current, before) = self.pair();
        current.insert(hash) && !before.contains(hash)
    }

    /// Makes room where it is needed; for one thread, now and then.
    pub(super) fn rotate(&self) {
        let (current, before) = self.pair();
        if current.is_full() {
            before.clear();
            if current.is_spoiled() {
                current.clear();
            }
            self.second.fetch_xor(true, Ordering::Relaxed);
        }
    }

    fn pair(&self) -> (&Filter, &Filter) {
        let [first, second] = &self.filters;
        match self.second.load(Ordering::Relaxed) {
            false => (first, second),
            true => (second, first),
        }
    }
}

/// A hash of a unit, for a purpose: 64 well-mixed bits.
pub(super) fn hash(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut hash = words.iter().fold(text.len() as u64, |hash, word| {
        fold(hash, u64::from_le_bytes(*word))
    });
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = fold(hash, u64::from_le_bytes(last));
    fold(hash, 0x9e37_79b9_7f4a_7c15)
}

/// The hash of the same unit for another purpose.
#[inline]
pub(super) fn for_purpose(hash: u64, purpose: usize) -> u64 {
    fold(hash, purpose as u64)
}

#[inline]
fn fold(hash: u64, word: u64) -> u64 {
    let product =
        u128::from(hash ^ 0xd6e8_feb8_6659_fd93) * u128::from(word ^ 0xa076_1d64_78bd_642f);
    (product >> 64) as u64 ^ product as u64
}
