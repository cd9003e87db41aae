//! The shape of an impact; JSON in `snake_case`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a flag serves to some contexts, before an edit and after it.
///
/// Variations are named by their keys; the empty name stands for the caller's default,
/// which is served where a flag that is off names no variation, and in error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// How many contexts were evaluated.
    pub contexts: u64,
    /// How many of them are served another value, or another variation, than before.
    pub changed: u64,
    /// Contexts by the variation that they were served.
    pub before: BTreeMap<String, u64>,
    /// Contexts by the variation that they would be served.
    pub after: BTreeMap<String, u64>,
    /// What changed, the largest first. From a variation to itself is there where its
    /// value is another one.
    pub moves: Vec<Move>,
    /// Contexts in error before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub errors_before: u64,
    /// Contexts in error after.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub errors_after: u64,
}

/// Contexts that go from one variation to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// What they were served.
    pub from: String,
    /// What they would be served.
    pub to: String,
    /// How many.
    pub count: u64,
    /// The targeting keys of the first few; the empty text for a context without one.
    #[serde(default)]
    pub examples: Vec<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
