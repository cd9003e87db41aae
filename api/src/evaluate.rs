//! Evaluation over the management API: a preview by people.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
}

/// An evaluation, as on the command line; absent members do not apply.
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
}
