//! Projects and their environments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::session::Role;

/// A project as it is listed and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Project {
    /// Unique.
    pub key: String,
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// For `If-Match`.
    pub version: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What the caller may do in it.
    pub role: Role,
    /// Its environments, in the order in which they were made.
    pub environments: Vec<Environment>,
}

/// `POST /api/v1/projects`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewProject {
    /// Unique: lower-case letters, digits and hyphens.
    pub key: String,
    /// For people; the key where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// `development` and `production` where absent.
    #[serde(default)]
    pub environments: Option<Vec<NewEnvironment>>,
}

/// An environment as it is listed and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Environment {
    /// Unique in its project.
    pub key: String,
    /// For people.
    pub name: String,
    /// One of `green`, `blue`, `violet`, `amber`, `red`, `grey`: what it is shown in everywhere.
    pub color: String,
    /// Changes are confirmed, and it is shown unmistakably.
    pub production: bool,
    /// Origins of web pages that may evaluate with a client key; `*` for all.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// How many releases may live at once; those above it wait for their turn. As many as
    /// like where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_limit: Option<u32>,
    /// Grows with every change to what evaluators get.
    pub revision: u64,
    /// For `If-Match`.
    pub version: u64,
}

/// `POST /api/v1/projects/{p}/environments`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewEnvironment {
    /// Unique in its project: lower-case letters, digits and hyphens.
    pub key: String,
    /// For people; the key where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// One of the colours; by turns where absent.
    #[serde(default)]
    pub color: Option<String>,
    /// Changes are confirmed.
    #[serde(default)]
    pub production: bool,
    /// Origins of web pages that may evaluate with a client key.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Another environment whose flag and segment configurations the new one begins with; all flags off where absent.
    #[serde(default)]
    pub copy_from: Option<String>,
}
