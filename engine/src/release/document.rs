//! What a release is to do, as people write it.

use serde::{Deserialize, Serialize};

use super::span::Span;

/// A release: one serve site of one flag moves from a baseline to a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The flag's key.
    pub flag: String,
    /// Which serve of the flag's configuration moves.
    #[serde(default)]
    pub site: Site,
    /// The variation that units leave.
    pub baseline: String,
    /// The variation that units go to.
    pub candidate: String,
    /// The attribute that names the unit; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// At least one; weights grow and end at 100.
    pub stages: Vec<Stage>,
}

/// A release without a flag, kept in a project to start others from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// See [`Document::stages`].
    pub stages: Vec<Stage>,
}

/// Which serve of a flag's configuration a release moves: `"default"` or
/// `{"rule": "id"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The flag's default.
    #[default]
    Default,
    /// The rule with this id.
    Rule(String),
}

/// One step of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Percent of units that get the candidate, in steps of 0.001.
    pub weight: f64,
    /// How long it bakes before the next stage; a person advances it where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_bake: Option<Span>,
}
