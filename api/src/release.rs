//! Releases as resources.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IntoDeserializer as _},
};
use serde_json::Value;
use serin_engine::{
    flag::Serve,
    json::Members,
    release::{Approver, Document, Signal, State},
};
use uuid::Uuid;

use crate::entity::LiveRelease;

/// A release as it is shown. `POST …/releases` takes a [`Document`], whose `template` (a key)
/// says what the document itself does not, and answers with this, a draft.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// When it is to start by itself, where it is scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at: Option<DateTime<Utc>>,
    /// When it will move by itself at the earliest, if nothing changes; absent where it waits for
    /// something else than time, and while no time counts because no evidence comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// Percent of units that get the candidate now; absent where it is not live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// The release that lives on its site, as long as this one has not started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_the_way: Option<LiveRelease>,
    /// What is known of each guard of a metric, as the runner judged it last; empty where it
    /// has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardState>,
    /// What people may do with it, and why not.
    pub actions: Vec<ActionState>,
    /// The releases that come one after the other, from environment to environment, this one
    /// among them; empty where it stands alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pipeline: Vec<PipelineStep>,
    /// Who started it, and when; absent where it never lived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Deed>,
    /// Who moved it last, and when; absent before the first transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Deed>,
    /// When each stage was entered, as far as it came.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages_entered: Vec<DateTime<Utc>>,
    /// The newest transitions, oldest first; none in lists. Where the first is not of epoch 1,
    /// those before it are in `…/events`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Event>,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a user's name, or `serin` where time did it.
    pub actor: String,
}

/// A release of a pipeline, or one that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineStep {
    /// The environment's key.
    pub environment: String,
    /// The release; absent where it is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Uuid>,
    /// The name of its state; absent where it is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether it starts by itself; of the first one, nothing is said.
    pub automatic: bool,
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl Release {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: members.take("id")?,
            project: members.take("project")?,
            environment: members.take("environment")?,
            document: members.take("document")?,
            epoch: members.take("epoch")?,
            created_at: members.take("created_at")?,
            created_by: members.take("created_by")?,
            entered_at: members.take("entered_at")?,
            start_at: members.take_or_default("start_at")?,
            next_at: members.take_or_default("next_at")?,
            weight: members.take_or_default("weight")?,
            in_the_way: members.take_or_default("in_the_way")?,
            guards: members.take_or_default("guards")?,
            actions: members.take("actions")?,
            pipeline: members.take_or_default("pipeline")?,
            started: members.take_or_default("started")?,
            moved: members.take_or_default("moved")?,
            stages_entered: members.take_or_default("stages_entered")?,
            history: members.take_or_default("history")?,
            state: members.rest()?,
        })
    }
}

/// What is known of a guard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardState {
    /// The metric's key.
    pub metric: String,
    /// Where it stands.
    pub standing: GuardStanding,
}

/// Where a guard stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardStanding {
    /// Nothing was judged yet.
    #[default]
    NoData,
    /// There is not enough evidence of anything.
    Collecting,
    /// It is safe in the present stage.
    Safe,
    /// The candidate is worse than the margin allows.
    Harm,
}

/// Whether a person may send a signal now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionState {
    /// The signal.
    pub signal: Signal,
    /// Why it is refused now; absent where it is legal. Of a start, one without `supersede`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The role that it takes, where that is more than an editor's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Approver>,
}

/// One transition; `GET …/releases/{id}/events` lists them, newest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the site served from then on; absent where it did not change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serve: Option<Serve>,
    /// What it was decided on, where no person decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Value>,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl Event {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        Ok(Self {
            epoch: members.take("epoch")?,
            at: members.take("at")?,
            actor: members.take("actor")?,
            signal: members.take("signal")?,
            reason: members.take_or_default("reason")?,
            serve: members.take_or_default("serve")?,
            evidence: members.take_or_default("evidence")?,
            state: members.rest()?,
        })
    }
}

/// `POST …/releases/{id}/signals`; the answer is the [`Release`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendSignal {
    /// What to do; what only the server sends itself is refused.
    #[serde(deserialize_with = "of_people")]
    pub signal: Signal,
    /// The epoch that the sender saw.
    pub epoch: u64,
    /// Why, for the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For `schedule`: when it is to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<DateTime<Utc>>,
    /// For `start`: take the site over from the release that lives on it, if one does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub supersede: bool,
}

/// Reads any signal, since what the server sends itself is refused with a reason of its own; only
/// those that people send are told of.
fn of_people<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Signal, D::Error> {
    let name = Cow::<str>::deserialize(deserializer)?;
    let read = Signal::deserialize(name.as_ref().into_deserializer());
    read.map_err(|_: serde::de::value::Error| {
        let known = Signal::BY_PEOPLE.map(Signal::name).join(", ");
        D::Error::custom(format_args!(
            "there is no signal {name:?}: it is one of {known}"
        ))
    })
}

/// `PUT …/releases/{id}`: another document for a release. Before it starts everything may
/// change; while it lives, only the stages after the present one. The answer is the [`Release`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditRelease {
    /// The epoch that the sender saw.
    pub epoch: u64,
    /// All of the document, as it is to be.
    pub document: Value,
    /// Why, for the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
