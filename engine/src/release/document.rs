//! What a release is to do, as people write it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Span;
use crate::{
    flag::{FlagConfig, Serve},
    slots::SLOTS,
};

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

impl Document {
    /// The stage at an index.
    pub fn stage(&self, index: usize) -> Option<&Stage> {
        self.stages.get(index)
    }

    /// Whether no stage follows the one at an index.
    pub fn is_last(&self, index: usize) -> bool {
        index.saturating_add(1) >= self.stages.len()
    }
}

impl Stage {
    /// How many slots the candidate gets: the weight to the nearest 0.001 %.
    pub fn slots(&self) -> u32 {
        let slots = (self.weight * f64::from(SLOTS) / 100.0).round();
        // `as` saturates, so that no weight, however odd, gives more than all.
        (slots as u32).min(SLOTS)
    }
}

impl Site {
    /// What the site serves in a configuration; nothing where the rule is not there.
    pub fn serve<'c>(&self, config: &'c FlagConfig) -> Option<&'c Serve> {
        match self {
            Self::Default => Some(&config.default),
            Self::Rule(id) => {
                let rule = config.rules.iter().find(|rule| rule.id == *id)?;
                Some(&rule.serve)
            }
        }
    }

    /// As [`Self::serve`], to be changed.
    pub fn serve_mut<'c>(&self, config: &'c mut FlagConfig) -> Option<&'c mut Serve> {
        match self {
            Self::Default => Some(&mut config.default),
            Self::Rule(id) => {
                let rule = config.rules.iter_mut().find(|rule| rule.id == *id)?;
                Some(&mut rule.serve)
            }
        }
    }
}

impl fmt::Display for Site {
    /// For people: `default`, or `rule beta`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Rule(id) => write!(f, "rule {id}"),
        }
    }
}
