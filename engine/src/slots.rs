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
    let hash = murmur3_x86_32(unit.as_bytes(), seed);
    ((u64::from(hash) * u64::from(SLOTS)) >> 32) as u32
}

/// The slot of a unit named by a number: that of the integer in decimal, or nothing
/// where the number is no integer within ±(2^53 − 1).
pub fn slot_of_number(seed: u32, unit: f64) -> Option<u32> {
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
    let hash = murmur3_x86_32(&digits[start..], seed);
    Some(((u64::from(hash) * u64::from(SLOTS)) >> 32) as u32)
}

/// MurmurHash3, x86, 32 bits, as a direct loop: reading through `io::Read` takes
/// three times as long, and this is on the path of every rollout.
#[inline]
pub(crate) fn murmur3_x86_32(bytes: &[u8], seed: u32) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    let scramble = |block: u32| block.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);

    let mut hash = seed;
    let (blocks, tail) = bytes.as_chunks();
    for block in blocks {
        hash = (hash ^ scramble(u32::from_le_bytes(*block)))
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        hash ^= scramble(word(tail) as u32);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
