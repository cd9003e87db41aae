//! The flag model: what people write about a flag, and what evaluators get.
//!
//! A flag is an identity in a project ([`FlagDefinition`]) and a configuration in
//! each environment ([`FlagConfig`]). Evaluators get both joined into one [`Flag`].

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::{condition::Condition, json::Members};

/// The type that all of a flag's values have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// An IEEE double.
    Number,
    /// A JSON object (not an array).
    Object,
}

impl FlagType {
    /// The type by its name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "boolean" => Some(Self::Boolean),
            "string" => Some(Self::String),
            "number" => Some(Self::Number),
            "object" => Some(Self::Object),
            _ => None,
        }
    }

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Number => "number",
            Self::Object => "object",
        }
    }

    /// Whether a value has this type.
    pub fn admits(self, value: &Value) -> bool {
        match self {
            Self::Boolean => value.is_boolean(),
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Object => value.is_object(),
        }
    }

    /// The type with its article, for messages.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Object => "an object",
        }
    }
}

/// One of the values that a flag may serve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variation {
    /// Unique within the flag.
    pub key: String,
    /// A value of the flag's type.
    pub value: Value,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What a flag is for, which says when it should be gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifetime {
    /// Gone when the feature is out.
    #[default]
    Release,
    /// Gone when the experiment is decided.
    Experiment,
    /// Stays: a switch for operations.
    Operational,
    /// Stays: who may do what.
    Permission,
}

/// A flag's identity in its project: the same in all environments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagDefinition {
    /// The type of all variations' values.
    #[serde(rename = "type")]
    pub kind: FlagType,
    /// What it may serve; at least one.
    pub variations: Vec<Variation>,
    /// For people; the key where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A JSON Schema that every variation's value satisfies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// For finding it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub lifetime: Lifetime,
    /// Whether client keys may evaluate it.
    #[serde(default)]
    pub client_visible: bool,
    /// What its splits are salted with; its key where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// An archived flag is in no ruleset.
    #[serde(default)]
    pub archived: bool,
}

/// A flag's configuration in one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagConfig {
    /// Off is off: where false, nothing but `off` is served.
    pub enabled: bool,
    /// The variation served when off; the caller's default where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<String>,
    /// All must hold, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
    /// Units listed by name, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// The first that matches serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Served where nothing above decided.
    pub default: Serve,
}

/// A flag as evaluators get it: definition and configuration in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// The type of all variations' values.
    #[serde(rename = "type")]
    pub kind: FlagType,
    /// The environment's revision at which this flag last changed.
    #[serde(default)]
    pub version: u64,
    /// See [`FlagConfig::enabled`].
    pub enabled: bool,
    /// See [`FlagDefinition::salt`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// See [`FlagDefinition::client_visible`].
    #[serde(default)]
    pub client_visible: bool,
    /// See [`FlagDefinition::variations`].
    pub variations: Vec<Variation>,
    /// See [`FlagConfig::off`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<String>,
    /// See [`FlagConfig::prerequisites`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
    /// See [`FlagConfig::targets`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// See [`FlagConfig::rules`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// See [`FlagConfig::default`].
    pub default: Serve,
}

/// Another flag that must serve one of some variations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prerequisite {
    /// The other flag's key.
    pub flag: String,
    /// Any of these will do.
    #[serde(default)]
    pub variations: Vec<String>,
}

/// Units that get a variation by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The variation that they get.
    pub variation: String,
    /// What is compared; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The units.
    #[serde(default)]
    pub values: Vec<String>,
}

/// A condition and what is served where it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique within the flag's configuration, and kept through edits.
    pub id: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it serves.
    pub when: Condition,
    /// What it serves.
    pub serve: Serve,
}

/// What a rule or the default serves: `{"variation": …}` or `{"split": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serve {
    /// One variation, by key.
    Variation(String),
    /// A percentage rollout.
    Split(Split),
}

/// A percentage rollout over [`crate::slots::SLOTS`] slots.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Split {
    /// The attribute that names the unit; `targetingKey` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The flag's salt where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// The name of the slot function; `slots-1` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Who gets what.
    #[serde(flatten)]
    pub shares: Shares,
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl Split {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            by: members.take_or_default("by")?,
            salt: members.take_or_default("salt")?,
            hash: members.take_or_default("hash")?,
            shares: if members.has("weights") {
                Shares::Weights(members.take("weights")?)
            } else {
                Shares::Allocation(members.take("allocation")?)
            },
        })
    }
}

/// The shares of a split: weights where people write it, an allocation where it is
/// stored and evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shares {
    /// Slots by variation key, summing to all slots.
    Weights(BTreeMap<String, u32>),
    /// Runs that cover all slots in order.
    Allocation(Vec<Run>),
}

/// Neighbouring slots that serve one variation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The variation's key.
    pub variation: String,
    /// How many slots; may be 0.
    pub slots: u32,
}
