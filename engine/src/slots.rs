//! Slots: where a unit falls in a percentage rollout.
//!
//! By integers alone, the same on every platform. What a released version decided for
//! a unit stays decided, so that nothing here may ever change.

use crate::hash::word;

/// How many slots there are: a share has steps of 0.001 %.
pub const SLOTS: u32 = 100_000;

/// The largest integer whose neighbours are doubles too.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The seed that a salt stands for.
pub fn seed(salt: &str) -> u32 {
    murmur3_x86_32(salt.as_bytes(), 0)
}

/// A unit's slot, 0 to 99 999, under a seed from [`seed`].
#[inline]
pub fn slot(seed: u32, unit: &str) -> u32 {
    of_hash(murmur3_x86_32(unit.as_bytes(), seed))
}

#[inline(always)]
fn of_hash(hash: u32) -> u32 {
    ((u64::from(hash) * u64::from(SLOTS)) >> 32) as u32
}

/// The slot of a unit named by a number: that of the integer in decimal, or nothing
/// where the number is no integer within ±(2^53 − 1).
pub fn slot_of_number(seed: u32, unit: f64) -> Option<u32> {
    with_decimal(unit, |digits| of_hash(murmur3_x86_32(digits, seed)))
}

/// Writes an integer within ±(2^53 − 1) in decimal; nothing for other numbers.
fn with_decimal<T>(unit: f64, then: impl FnOnce(&[u8]) -> T) -> Option<T> {
    if unit.fract() != 0.0 || unit.abs() > MAX_SAFE_INTEGER {
        return None;
    }
    // −0.0 becomes 0.
    let integer = unit as i64;
    let mut digits = [0_u8; 17];
    let mut start = digits.len();
    let mut rest = integer.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if integer < 0 {
        start -= 1;
        digits[start] = b'-';
    }
    Some(then(&digits[start..]))
}

/// A unit with all done for its slots that no seed has a part in: half of the hash, and
/// the half that is the same for all flags.
#[derive(Clone, Debug)]
pub(crate) struct MixedUnit {
    blocks: Box<[u32]>,
    /// What is left beyond the blocks, and the length.
    rest: u32,
}

impl MixedUnit {
    pub(crate) fn new(unit: &[u8]) -> Self {
        let (blocks, tail) = unit.as_chunks();
        let mixed = blocks.iter().map(|block| mix(u32::from_le_bytes(*block)));
        Self {
            blocks: mixed.collect(),
            // Nothing mixed is 0.
            rest: mix(word(tail) as u32) ^ unit.len() as u32,
        }
    }

    /// The same for a unit that is a number; nothing where that is no unit.
    pub(crate) fn of_number(unit: f64) -> Option<Self> {
        with_decimal(unit, Self::new)
    }

    /// The unit's slot under a seed.
    #[inline]
    pub(crate) fn slot(&self, seed: u32) -> u32 {
        let mut hash = seed;
        for block in &self.blocks {
            hash = add(hash, *block);
        }
        of_hash(finish(hash ^ self.rest))
    }
}

/// MurmurHash3, x86, 32 bits, as a direct loop: reading through `io::Read` takes
/// three times as long, and this is on the path of every rollout.
#[inline]
pub(crate) fn murmur3_x86_32(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    let (blocks, tail) = bytes.as_chunks();
    for block in blocks {
        hash = add(hash, mix(u32::from_le_bytes(*block)));
    }
    if !tail.is_empty() {
        hash ^= mix(word(tail) as u32);
    }
    finish(hash ^ bytes.len() as u32)
}

/// What is done with a block before the hash is looked at.
#[inline(always)]
fn mix(block: u32) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

#[inline(always)]
fn add(hash: u32, mixed: u32) -> u32 {
    (hash ^ mixed)
        .rotate_left(13)
        .wrapping_mul(5)
        .wrapping_add(0xe654_6b64)
}

#[inline(always)]
fn finish(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
