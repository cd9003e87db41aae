//! `GET …/environments/{e}/events`: server-sent events for the UI and for automation.
//! `event: hello` carries [`Hello`], `event: change` a [`ChangeEvent`] (`id:` is the
//! change set's id), a comment every 15 s is the heartbeat.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entity::EntityKind;

/// The first event of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The environment's revision now.
    pub revision: u64,
}

/// Something in the environment (or its project) changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEvent {
    /// The environment's revision now.
    pub revision: u64,
    /// The change set; absent where a release moved without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_set: Option<Uuid>,
    /// Who.
    pub author: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What changed.
    pub entities: Vec<EntityRef>,
    /// The releases that moved.
    #[serde(default)]
    pub releases: Vec<Uuid>,
}

/// An entity at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityRef {
    /// Its kind.
    pub kind: EntityKind,
    /// Its environment, for configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Its key.
    pub key: String,
    /// Its version now.
    pub version: u64,
}
