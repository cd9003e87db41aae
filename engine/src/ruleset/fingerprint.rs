//! Tells whether two rulesets are made of the same entries.

use std::fmt;

/// What an entry of a ruleset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A flag.
    Flag,
    /// A segment.
    Segment,
}

/// The fingerprint of entries, each a kind, a key and a version: 16 hex digits.
///
/// It is the wrapping sum of a hash of each, so that their order does not matter and
/// one change takes one subtraction and one addition.
pub fn fingerprint<K: AsRef<str>>(entries: impl Iterator<Item = (Kind, K, u64)>) -> String {
    let mut fingerprint = Fingerprint::default();
    for (kind, key, version) in entries {
        fingerprint.add(kind, key.as_ref(), version);
    }
    fingerprint.to_string()
}

/// The sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) fn add(&mut self, kind: Kind, key: &str, version: u64) {
        self.0 = self.0.wrapping_add(hash(kind, key, version));
    }

    pub(super) fn remove(&mut self, kind: Kind, key: &str, version: u64) {
        self.0 = self.0.wrapping_sub(hash(kind, key, version));
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn hash(kind: Kind, key: &str, version: u64) -> u64 {
    let kind = match kind {
        Kind::Flag => "flag",
        Kind::Segment => "segment",
    };
    let entry = format!("{kind}\0{key}\0{version}");
    // Reading from a slice cannot fail.
    murmur3::murmur3_x64_128(&mut entry.as_bytes(), 0).unwrap_or_default() as u64
}
