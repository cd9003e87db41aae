//! Evaluation over the management API: previews by people, of what is saved and of edits.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serin_engine::{explain::Step, impact::Impact};

/// The most units, or contexts, that an impact is counted over.
pub const MAX_UNITS: usize = 100_000;

/// `POST …/environments/{e}/evaluate`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EvaluateRequest {
    /// The flag's key.
    pub flag: String,
    /// The evaluation context.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub context: Map<String, Value>,
    /// The flag's configuration to evaluate in place of the saved one, as a `PUT` takes
    /// it. Nothing is saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub config: Option<Map<String, Value>>,
}

/// An evaluation as on the command line, and how it came about; absent members do not apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EvaluateResponse {
    /// The flag's key.
    pub flag: String,
    /// What is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The variation's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// Why, in Serin's own words (`RULE_MATCH`, …).
    pub reason: String,
    /// The rule that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The unit's slot, where a split decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// The prerequisite that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prerequisite: Option<String>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What went wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The flag's version in the ruleset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_version: Option<u64>,
    /// The ruleset's revision.
    #[serde(default)]
    pub revision: u64,
    /// How it came about, step by step: `docs/explanation.md`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Object>))]
    pub steps: Vec<Step>,
    /// Whether something was left out of the steps, because it is too much.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// `POST …/environments/{e}/impact`: what an edit of a flag's configuration would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImpactRequest {
    /// The flag's key.
    pub flag: String,
    /// The flag's configuration after the edit, as a `PUT` takes it. Nothing is saved.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub config: Map<String, Value>,
    /// The contexts to evaluate before and after; made-up units where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<Object>>))]
    pub contexts: Option<Vec<Map<String, Value>>>,
    /// How many units to make up where there are no contexts: 100 000 at most, and where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// The attributes of all made-up units.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub base: Map<String, Value>,
    /// The attribute that tells made-up units apart; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What an edit would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImpactResponse {
    /// The counts: `docs/explanation.md`.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub impact: Impact,
    /// Whether all contexts were counted. Where it takes too long, `contexts` of the
    /// impact says how many were.
    pub complete: bool,
    /// The revision of the ruleset that the edit was compared with.
    pub revision: u64,
}
