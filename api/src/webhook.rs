//! Webhooks: whom to tell of what happens, and what became of telling it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
use serin_engine::json::Members;
use uuid::Uuid;

/// The events that there are, but for [`PING`]. A webhook names some of them, or all that begin alike: `release.*`,
/// `*`.
pub const EVENTS: [&str; 18] = [
    "release.created",
    "release.edited",
    "release.scheduled",
    "release.awaiting_start",
    "release.started",
    "release.stage_entered",
    "release.phase_changed",
    "release.awaiting_approval",
    "release.approved",
    "release.harm_noted",
    "release.held",
    "release.paused",
    "release.resumed",
    "release.completed",
    "release.rolled_back",
    "release.cancelled",
    "release.superseded",
    "change_set.applied",
];

/// The event that people send to try a webhook, which wants it whatever it names.
pub const PING: &str = "webhook.ping";

/// A webhook of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Names it.
    pub id: Uuid,
    /// Where events are posted to.
    pub url: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether anything is sent. What happens while it is not is not kept for it.
    pub enabled: bool,
    /// Which events it wants: names of [`EVENTS`], or beginnings such as `release.*`.
    pub events: Vec<String>,
    /// The environments whose events it wants; all where empty.
    pub environments: Vec<String>,
    /// For `If-Match`.
    pub version: u64,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// How many deliveries wait to be sent, or to be sent again.
    pub waiting: u64,
    /// How many were given up, of those that are in the log.
    pub dead: u64,
}

/// `POST /api/v1/projects/{p}/webhooks`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NewWebhook {
    /// Where events are to be posted: `http` or `https`.
    pub url: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether anything is sent; it is where absent.
    #[serde(default = "default::enabled")]
    pub enabled: bool,
    /// Which events it wants; `release.*` where absent.
    #[serde(default = "default::events")]
    pub events: Vec<String>,
    /// The environments whose events it wants; all where empty or absent.
    #[serde(default)]
    pub environments: Vec<String>,
}

/// What a webhook is where nothing is said.
pub mod default {
    /// It is sent to.
    pub fn enabled() -> bool {
        true
    }

    /// It wants what happens to releases.
    pub fn events() -> Vec<String> {
        vec!["release.*".to_owned()]
    }
}

/// A webhook with the secret that its deliveries are signed with, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedWebhook {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// `whsec_` and the key in Base64.
    pub secret: String,
}

impl<'de> Deserialize<'de> for CreatedWebhook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl CreatedWebhook {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            secret: members.take("secret")?,
            webhook: members.rest()?,
        })
    }
}

/// What became of an event for one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Names it, and is sent as `webhook-id`: the same at each attempt.
    pub id: Uuid,
    /// The event's name.
    pub event: String,
    /// What the event is about: a release, a change set, the webhook itself.
    pub subject: String,
    /// Of an event of a release, what that moves: its name, also when it is long over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<DeliveredRelease>,
    /// Whether it was taken.
    pub state: DeliveryState,
    /// When the event happened.
    pub created_at: DateTime<Utc>,
    /// When it is sent, or sent again, at the earliest: one that waits for an earlier one of the
    /// same subject is not sent before that. Absent where it does not wait, and while the webhook
    /// is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// Every time it was sent, the first one first.
    pub attempts: Vec<Attempt>,
    /// What is sent; in the answer to a request for this one delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub body: Option<Value>,
}

/// What a release moves, of which a delivery tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeliveredRelease {
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// The rule's id; absent where it moves the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Whether a delivery was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// It is to be sent, or to be sent again.
    Waiting,
    /// It was answered with a status from 200 to 299.
    Delivered,
    /// It was sent in vain so often that nobody tries any more, until somebody asks for it.
    Dead,
}

/// One time that a delivery was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// From 1.
    pub attempt: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The status of the answer; absent where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it counts as failed; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
