//! Flags, segments and their configurations as resources: the document's own
//! members, and beside them members that the server keeps (`key`, `version`,
//! `updated_at`, `updated_by`), which a PUT or PATCH may repeat and which are then
//! ignored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::Members,
    release::Site,
};
use uuid::Uuid;

/// What a change can be made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum EntityKind {
    /// A flag's identity in its project.
    Flag,
    /// A flag in one environment.
    FlagConfig,
    /// A segment's identity in its project.
    Segment,
    /// A segment in one environment.
    SegmentConfig,
    /// A release document without a flag.
    ReleaseTemplate,
    /// What programs report, and releases are judged by.
    Metric,
}

/// An entity as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entity<T> {
    /// Unique among those of its kind in its project (and environment).
    pub key: String,
    /// For `If-Match`; grows with every change.
    pub version: u64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Who changed it last.
    pub updated_by: String,
    /// The document.
    #[serde(flatten)]
    pub document: T,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Entity<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl<T: DeserializeOwned> Entity<T> {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            key: members.take("key")?,
            version: members.take("version")?,
            updated_at: members.take("updated_at")?,
            updated_by: members.take("updated_by")?,
            document: members.rest()?,
        })
    }
}

/// A row of a flag list: the flag and its configuration in the environments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlagListItem {
    /// The flag.
    #[serde(flatten)]
    pub flag: Entity<FlagDefinition>,
    /// Its configurations (splits with weights), by environment.
    pub environments: BTreeMap<String, Entity<FlagConfig>>,
    /// Its live releases by environment, oldest first: one for each of its sites at most.
    pub releases: BTreeMap<String, Vec<LiveRelease>>,
}

impl<'de> Deserialize<'de> for FlagListItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl FlagListItem {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            environments: members.take("environments")?,
            releases: members.take_or_default("releases")?,
            flag: members.rest()?,
        })
    }
}

/// Enough of a live release to name it in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveRelease {
    /// The release.
    pub id: Uuid,
    /// What it moves.
    pub site: Site,
    /// The present stage, from 0.
    pub stage: usize,
    /// How many stages there are.
    pub stages: usize,
    /// Percent of units that get the candidate.
    pub weight: f64,
    /// The state's name.
    pub state: String,
}
