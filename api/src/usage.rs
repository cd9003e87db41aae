//! How often flags are evaluated, `GET …/environments/{e}/usage[?flag=key]`, and for
//! whom, `GET …/environments/{e}/contexts`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The last 24 hours of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Usage {
    /// By flag key; a flag that was never evaluated is not in it.
    pub flags: BTreeMap<String, FlagUsage>,
}

/// How often one flag was evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FlagUsage {
    /// When it was last evaluated, as far as was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_evaluated_at: Option<DateTime<Utc>>,
    /// 24 counts, one an hour, the present hour last.
    pub hourly: Vec<u64>,
    /// Counts of the 24 hours by variation key; the empty key counts errors and caller's defaults.
    pub variations: BTreeMap<String, u64>,
}

/// Contexts that SDKs sampled, the newest first; at most 1000.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SampledContexts {
    /// Each context once.
    pub items: Vec<SampledContext>,
}

/// A context that some flag was evaluated for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SampledContext {
    /// The context, without what the SDK was told to redact.
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub context: Value,
    /// When an SDK last sent it.
    pub received_at: DateTime<Utc>,
}
