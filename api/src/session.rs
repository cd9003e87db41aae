//! Signing in, users, members and API tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serin_engine::json::Members;
use uuid::Uuid;

/// `POST /api/v1/session`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: String,
}

/// The answer to signing in, and `GET /api/v1/session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Session {
    /// Who is signed in.
    pub user: User,
    /// Goes into the header `X-CSRF-Token` of every write made by cookie; empty for a token.
    pub csrf_token: String,
}

/// A person or an automation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct User {
    /// Unique; what one signs in with.
    pub username: String,
    /// For people.
    pub name: String,
    /// May do everything everywhere.
    pub admin: bool,
    /// When the user was made.
    pub created_at: DateTime<Utc>,
}

/// `POST /api/v1/users`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewUser {
    /// Unique; what one signs in with.
    pub username: String,
    /// For people; the username where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// At least 10 characters.
    pub password: String,
    /// May do everything everywhere.
    #[serde(default)]
    pub admin: bool,
}

/// What a member may do in a project; each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Role {
    /// Sees everything but secrets.
    Viewer,
    /// Changes flags, segments and releases.
    Editor,
    /// Changes environments, keys and members too.
    Admin,
}

/// A user's role in a project; `PUT /api/v1/projects/{p}/members/{username}` takes `{"role"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Member {
    /// Who.
    pub username: String,
    /// What they may do.
    pub role: Role,
}

/// The body of putting a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PutMember {
    /// What they may do.
    pub role: Role,
}

/// An API token: acts as the user who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Token {
    /// Names it for revoking.
    pub id: Uuid,
    /// For people.
    pub name: String,
    /// The first characters of the secret, to know it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// `POST /api/v1/tokens`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// For people.
    pub name: String,
    /// From when on it is refused; never where absent.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token with its secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// `Authorization: Bearer …`
    pub secret: String,
}

impl<'de> Deserialize<'de> for CreatedToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl CreatedToken {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            secret: members.take("secret")?,
            token: members.rest()?,
        })
    }
}
