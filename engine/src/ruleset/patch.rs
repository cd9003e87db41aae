//! What leads from one revision to a later one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The flags and segments that changed between two revisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// The revision that it starts from.
    pub from: u64,
    /// The revision that it leads to.
    pub to: u64,
    /// Flags by key: as they are now, or null where they are gone.
    #[serde(default)]
    pub flags: BTreeMap<String, Option<Value>>,
    /// Segments by key: as they are now, or null where they are gone.
    #[serde(default)]
    pub segments: BTreeMap<String, Option<Value>>,
    /// All live releases of the revision that it leads to.
    #[serde(default)]
    pub releases: Vec<Value>,
    /// The fingerprint of the revision that it leads to.
    pub fingerprint: String,
}

/// Why a patch does not fit. What to do is the same for each: ask for the whole ruleset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The patch starts from another revision.
    #[error("the patch starts from revision {from}, the ruleset is at {have}")]
    RevisionGap {
        /// The ruleset's revision.
        have: u64,
        /// The revision that the patch starts from.
        from: u64,
    },
    /// Revisions only grow.
    #[error("the patch leads from revision {from} to {to}, which is not forward")]
    NotForward {
        /// The revision that the patch starts from.
        from: u64,
        /// The revision that it leads to.
        to: u64,
    },
    /// The result is made of other flags and segments than the patch says.
    #[error("the patch leads to fingerprint {found}, it says {expected}")]
    Fingerprint {
        /// What the patch says.
        expected: String,
        /// What it leads to.
        found: String,
    },
}
