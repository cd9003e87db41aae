//! Hashes for the tables that evaluation looks into.
//!
//! The tables hold names and values that the operators of an environment wrote, and
//! a lookup adds nothing to them, so that a caller cannot pile up collisions; the
//! standard library's keyed hash would cost more than the rest of an evaluation.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

mod index;

pub(crate) use index::Index;

/// A map from names that no caller picks.
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;
/// A set of such names.
pub(crate) type Set<T> = HashSet<T, BuildHasherDefault<Quick>>;
/// A set of numbers.
pub(crate) type NumberBits = HashSet<u64, BuildHasherDefault<Quick>>;

const KEYS: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x9e37_79b9_7f4a_7c15];

/// Multiplies and folds.
#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The first and the last so many bytes: of a known length, they are compared without a call.
#[inline]
fn ends<const N: usize>(bytes: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
    (bytes.first_chunk(), bytes.last_chunk())
}

#[inline]
fn eight(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline]
fn last_eight(bytes: &[u8]) -> u64 {
    bytes
        .last_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline]
fn four(bytes: Option<&[u8; 4]>) -> u64 {
    bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
}

/// Up to this many bytes a text is its own hash.
pub(crate) const SHORT: usize = 7;
/// Is set in the hashes of texts that are not short.
const LONG: u64 = 1 << 63;
/// What stands where a hash would, and is the hash of no text.
pub(crate) const NO_TEXT: u64 = 0x10 << 56;
/// The same for a list, whose elements may be texts.
pub(crate) const A_LIST: u64 = 0x11 << 56;

/// The hash of a text. Up to [`SHORT`] bytes it is the text itself with its length in the
/// highest byte, so that equal hashes say it all; for longer ones it takes one
/// multiplication up to 16 bytes, and one for every 16 more.
#[inline]
pub(crate) fn of_text(text: &str) -> u64 {
    of_bytes(text.as_bytes())
}

#[inline]
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    let length = bytes.len() as u64;
    match bytes.len() {
        0..=SHORT => word(bytes) | length << 56,
        8..=16 => LONG | fold(eight(bytes) ^ KEYS[0], last_eight(bytes) ^ length ^ KEYS[1]),
        _ => LONG | of_long(bytes),
    }
}

/// Whether a hash is the text itself.
#[inline]
pub(crate) fn is_whole(hash: u64) -> bool {
    hash & LONG == 0
}

/// Up to eight bytes as a number, the first one lowest; of more the first eight.
#[inline]
pub(crate) fn word(bytes: &[u8]) -> u64 {
    let at = |place: usize| u64::from(bytes[place]) << (8 * place);
    // Where the parts overlap, they say the same.
    match bytes.len() {
        0 => 0,
        length @ 1..=3 => at(0) | at(length / 2) | at(length - 1),
        length @ 4..=7 => {
            four(bytes.first_chunk()) | four(bytes.last_chunk()) << (8 * (length - 4))
        }
        _ => eight(bytes),
    }
}

/// Up to this many bytes texts are compared in place.
pub(crate) const IN_PLACE: usize = 64;

/// Whether two texts are the same: short ones are compared in place, without the call that
/// comparing slices is.
#[inline]
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && match left.len() {
            0 => true,
            1..=3 => left.iter().zip(right).all(|(left, right)| left == right),
            4..=7 => {
                four(left.first_chunk()) == four(right.first_chunk())
                    && four(left.last_chunk()) == four(right.last_chunk())
            }
            8..=16 => eight(left) == eight(right) && last_eight(left) == last_eight(right),
            // Both ends, which overlap.
            17..=32 => ends::<16>(left) == ends::<16>(right),
            33..=IN_PLACE => ends::<32>(left) == ends::<32>(right),
            _ => left == right,
        }
}

/// The same as a call, for texts that are not short.
#[inline(never)]
pub(crate) fn same_long(left: &str, right: &str) -> bool {
    same(left.as_bytes(), right.as_bytes())
}

fn of_long(bytes: &[u8]) -> u64 {
    let mut hash = bytes.len() as u64;
    let (blocks, _) = bytes.as_chunks::<16>();
    for block in blocks {
        hash = fold(eight(block) ^ hash ^ KEYS[0], last_eight(block) ^ KEYS[1]);
    }
    // The last 16 bytes, be it that some of them were hashed before.
    let tail = bytes.last_chunk::<16>().map_or(&[][..], |tail| tail);
    fold(eight(tail) ^ hash ^ KEYS[0], last_eight(tail) ^ KEYS[1])
}

/// Hashes one number, or one text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        self.write_u64(of_bytes(bytes));
    }

    fn write_u8(&mut self, _: u8) {
        // The end mark of a string; its length is in its hash already.
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = fold(self.0 ^ word ^ KEYS[0], KEYS[1]);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
