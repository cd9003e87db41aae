//! The audit log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One entry. Entries are chained: `hash` covers the entry and the hash before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Without gaps from 1.
    pub sequence: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What was done: `change_set.applied`, `key.created`, `session.failed`, …
    pub action: String,
    /// Where, if in a project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The particulars; for a change set the [`crate::change::ChangeSet`].
    pub details: Value,
    /// Of the entry before; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256, in hexadecimal.
    pub hash: String,
}
