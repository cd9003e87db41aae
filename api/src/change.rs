//! Change sets: the one noun of writing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{entity::EntityKind, segment::ListChange};

/// `POST /api/v1/change-sets`: a few changes, applied whole or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewChangeSet {
    /// The project's key.
    pub project: String,
    /// Why, for the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// In order; at least one, at most 1000.
    pub changes: Vec<Change>,
    /// Only says what would become of it: everything is checked, and nothing written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// One change to one entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Change {
    /// What it is made to.
    pub kind: EntityKind,
    /// The environment's key, for configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The entity's key.
    pub key: String,
    /// What is done.
    pub action: Action,
    /// The whole document (`create`, `put`), a merge patch of RFC 7396 (`patch`) or a
    /// [`MembersEdit`](crate::segment::MembersEdit) (`members`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// The version that the author saw; not checked where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Action {
    /// Makes it; refused where it exists.
    Create,
    /// Makes or replaces it.
    Put,
    /// Merges into what is there; refused where it does not exist.
    Patch,
    /// Adds and removes members of a segment in an environment, without naming the others.
    Members,
    /// Removes it; refused where something uses it.
    Delete,
}

/// What became of a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ChangeSetState {
    /// In force.
    Applied,
    /// Would be in force: a dry run, of which nothing was kept.
    Checked,
}

/// A change set as it is shown in histories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChangeSet {
    /// Names it.
    pub id: Uuid,
    /// The project's key.
    pub project: String,
    /// Who made it: a user's name, or `release:ID` for a release's own steps.
    pub author: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What became of it.
    pub state: ChangeSetState,
    /// When it took force.
    pub applied_at: DateTime<Utc>,
    /// What changed, in order.
    pub changes: Vec<AppliedChange>,
    /// The revision that each environment came to by it; empty where no evaluator can tell.
    #[serde(default)]
    pub revisions: BTreeMap<String, u64>,
}

/// One change of an applied change set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AppliedChange {
    /// What it was made to.
    pub kind: EntityKind,
    /// The environment's key, for configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The entity's key.
    pub key: String,
    /// The document before (splits with weights); absent where it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The document after; absent where it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Of a segment that lists more than a thousand units: what changed in its lists, whose
    /// entries in `before` and `after` have `units`, their number, in place of `values`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<ListChange>,
    /// The entity's version after; the last one where it was removed.
    pub version: u64,
}
