//! The credentials of SDKs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serin_engine::json::Members;
use uuid::Uuid;

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum KeyKind {
    /// Rulesets, telemetry and evaluation of every flag. Keep it secret.
    Server,
    /// Evaluation of client-visible flags only. May be shipped to browsers.
    Client,
}

/// A key of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Key {
    /// Names it for revoking.
    pub id: Uuid,
    /// For people.
    pub name: String,
    /// What it opens.
    pub kind: KeyKind,
    /// The first characters of the secret, to know it by.
    pub prefix: String,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// `POST /api/v1/projects/{p}/environments/{e}/keys`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewKey {
    /// For people.
    pub name: String,
    /// What it opens.
    pub kind: KeyKind,
    /// From when on it is refused; never where absent.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key with its secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedKey {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// `Authorization: Bearer …` or `X-API-Key: …`
    pub secret: String,
}

impl<'de> Deserialize<'de> for CreatedKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl CreatedKey {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            secret: members.take("secret")?,
            key: members.rest()?,
        })
    }
}
