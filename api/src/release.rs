//! Releases as resources.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serin_engine::{
    flag::Serve,
    release::{Document, Signal, State},
};
use uuid::Uuid;

/// A release as it is shown. `POST …/releases` takes a [`Document`] and answers with this, a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Names it.
    pub id: Uuid,
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// What it is to do.
    pub document: Document,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
    /// Grows with every transition; a signal names the one that its sender saw.
    pub epoch: u64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Who wrote it.
    pub created_by: String,
    /// When it came to its present state or stage.
    pub entered_at: DateTime<Utc>,
    /// When it will move by itself, if nothing changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// Percent of units that get the candidate now; absent where it is not live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// What people may do with it, and why not.
    pub actions: Vec<ActionState>,
    /// Every transition, oldest first.
    pub history: Vec<Event>,
}

/// Whether a person may send a signal now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionState {
    /// The signal.
    pub signal: Signal,
    /// Why it is refused now; absent where it is legal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// One transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The epoch that it led to; without gaps from 1.
    pub epoch: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a user's name, or `serin` where time did it.
    pub actor: String,
    /// What moved it.
    pub signal: Signal,
    /// Where it led to.
    #[serde(flatten)]
    pub state: State,
    /// Why, in the actor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the site served from then on; absent where it did not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serve: Option<Serve>,
}

/// `POST …/releases/{id}/signals`; the answer is the [`Release`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendSignal {
    /// What to do; `tick` is refused.
    pub signal: Signal,
    /// The epoch that the sender saw.
    pub epoch: u64,
    /// Why, for the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
