//! What SDKs send: telemetry. What they get is in `serin_engine::ruleset`. And what a
//! relay asks about the keys that come to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{evidence::EvidenceWindow, key::KeyKind};

/// Names of the events on `GET /sdk/v1/stream`.
pub mod stream {
    /// The whole ruleset, a `serin_engine::ruleset::Document`.
    pub const PUT: &str = "put";
    /// A `serin_engine::ruleset::Patch`.
    pub const PATCH: &str = "patch";
    /// The server goes away; the data is a [`super::Goodbye`].
    pub const GOODBYE: &str = "goodbye";
    /// Seconds between heartbeat comments.
    pub const HEARTBEAT_SECS: u64 = 15;
    /// Seconds of silence after which a stream is dead.
    pub const SILENCE_SECS: u64 = 45;
}

/// The last event of a stream that the server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodbye {
    /// When to come again, in milliseconds; spread out over the clients.
    pub retry_ms: u64,
}

/// `GET /sdk/v1/key`: what the key of the request opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KeyInfo {
    /// The key.
    pub id: Uuid,
    /// What it opens.
    pub kind: KeyKind,
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The environment; another one of the same name is another one.
    pub environment_id: Uuid,
    /// Origins of web pages that may evaluate with keys of this environment; `*` for all.
    pub allowed_origins: Vec<String>,
    /// From when on the key is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// `POST /sdk/v1/telemetry`: known by (instance, sequence), so that a retry counts once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Telemetry {
    /// A running SDK: random, new with each start.
    pub instance: Uuid,
    /// Grows by one a batch from 1.
    pub sequence: u64,
    /// The revision that the SDK runs.
    pub revision: u64,
    /// When the counts began.
    pub from: DateTime<Utc>,
    /// When they ended.
    pub to: DateTime<Utc>,
    /// How often each flag served what.
    #[serde(default)]
    pub evaluations: Vec<EvaluationCount>,
    /// Flags that were asked for and do not exist.
    #[serde(default)]
    pub unknown_flags: Vec<String>,
    /// Some of the contexts that flags were evaluated for, where the SDK was told to
    /// sample them: JSON objects of at most 4096 bytes each, at most 50 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Object>))]
    pub contexts: Vec<Value>,
    /// When this attempt was sent, by the clock that the windows of `evidence` are dated by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    /// What was counted for live releases. The answer comes once it is on the disk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Object>))]
    pub evidence: Vec<EvidenceWindow>,
    /// Of a relay: the SDKs behind it that it heard of lately, by what they run. Absent from
    /// an SDK, which speaks for itself by its `revision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Vec<Running>>,
}

/// How many SDKs run a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Running {
    /// The revision.
    pub revision: u64,
    /// How many.
    pub instances: u64,
}

/// How often one flag served one variation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EvaluationCount {
    /// The flag's key.
    pub flag: String,
    /// The variation's key; absent for errors and the caller's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// How often.
    pub count: u64,
}
