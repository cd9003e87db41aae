//! Where a release stands.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::Document;
use crate::json::Members;

/// The state of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Written, not started: the site is as it was.
    Draft,
    /// To be started by time.
    Scheduled,
    /// To be started as soon as it may.
    AwaitingStart {
        /// What keeps it.
        blocked: Vec<Blocked>,
    },
    /// Moving by itself.
    Running(Position),
    /// Stopped by a person; the share stays as it is.
    Paused(Position),
    /// Stopped by what was observed, and not by a person: goes on when the reasons in
    /// [`Position::holds`] are gone.
    Held(Position),
    /// The site serves the candidate.
    Completed,
    /// The site serves what it did before.
    RolledBack,
    /// Given up without a verdict; the site serves what it did before.
    Cancelled,
    /// Another release has taken the site over.
    Superseded,
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl State {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        let name: String = members.take("state")?;
        Ok(match name.as_str() {
            "draft" => Self::Draft,
            "scheduled" => Self::Scheduled,
            "awaiting_start" => Self::AwaitingStart {
                blocked: members.take_or_default("blocked")?,
            },
            "running" => Self::Running(members.rest()?),
            "paused" => Self::Paused(members.rest()?),
            "held" => Self::Held(members.rest()?),
            "completed" => Self::Completed,
            "rolled_back" => Self::RolledBack,
            "cancelled" => Self::Cancelled,
            "superseded" => Self::Superseded,
            _ => {
                return Err(serde_json::Error::custom(format_args!(
                    "no release is in a state `{name}`"
                )));
            }
        })
    }
}

/// Where a live release is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Index into the document's stages.
    pub stage: usize,
    /// How often the stage was begun, from 1: a retry adds one.
    #[serde(default = "first")]
    pub attempt: u32,
    /// What the stage waits for.
    pub phase: Phase,
    /// How long the stage has baked, in milliseconds.
    pub baked_ms: u64,
    /// For how long it has waited for SDKs to have it, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waited_ms: u64,
    /// Whether the approval that leaving the stage takes was given.
    #[serde(default, skip_serializing_if = "is_false")]
    pub approved: bool,
    /// Whether harm was seen and told, by a policy or guard that only tells.
    #[serde(default, skip_serializing_if = "is_false")]
    pub noted: bool,
    /// Why it is held, while it is; each at most once, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
}

fn first() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Position {
    /// Where a stage begins.
    pub fn begin(stage: usize, attempt: u32, phase: Phase) -> Self {
        Self {
            stage,
            attempt,
            phase,
            baked_ms: 0,
            waited_ms: 0,
            approved: false,
            noted: false,
            holds: Vec::new(),
        }
    }
}

/// When stages were begun again, of the transitions of a release with the states that they led to:
/// from then on evidence is fresh.
pub fn retries<'s, T: Copy>(history: impl IntoIterator<Item = (T, &'s State)>) -> Vec<T> {
    let mut before = None;
    let mut retries = Vec::new();
    for (at, state) in history {
        let Some(position) = state.position() else {
            continue;
        };
        let stands = (position.stage, position.attempt);
        if position.attempt > 1 && before != Some(stands) {
            retries.push(at);
        }
        before = Some(stands);
    }
    retries
}

/// What a stage waits for, in the order in which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The SDKs that have to learn of it.
    Propagating,
    /// Its bake time.
    Baking,
    /// Guards that are to be safe.
    AwaitingEvidence,
    /// The window in which releases go on.
    AwaitingWindow,
    /// A person who lets it go on.
    #[serde(alias = "awaiting_advance")]
    AwaitingApproval,
}

/// Why the engine holds a release. Each goes when its cause does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// For some time nobody was seen in one of the arms.
    NoData,
    /// A source of evidence does not answer.
    ProviderDown,
    /// The arms are not divided as they should be: something loses units of one of them.
    SampleMismatch,
    /// An error budget burns, in both arms.
    SloBurn,
    /// The candidate harms, and the policy or the guard asks for a person.
    Harm,
}

/// What keeps a release from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocked {
    /// Its window is closed.
    Window,
    /// As many releases live in the environment as may.
    Limit,
    /// Another release lives on its site.
    SiteTaken,
    /// The flag as it stands does not let it start: it is off, or its site serves
    /// something else by now.
    Unsuitable,
}

impl State {
    /// The name that it has on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::AwaitingStart { .. } => "awaiting_start",
            Self::Running(_) => "running",
            Self::Paused(_) => "paused",
            Self::Held(_) => "held",
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
        }
    }

    /// Where it is, while it lives: from its start until it is over.
    pub fn position(&self) -> Option<&Position> {
        match self {
            Self::Running(position) | Self::Paused(position) | Self::Held(position) => {
                Some(position)
            }
            Self::Draft
            | Self::Scheduled
            | Self::AwaitingStart { .. }
            | Self::Completed
            | Self::RolledBack
            | Self::Cancelled
            | Self::Superseded => None,
        }
    }

    /// Whether it owns its site.
    pub fn is_live(&self) -> bool {
        self.position().is_some()
    }

    /// Whether it is yet to begin.
    pub fn is_ahead(&self) -> bool {
        match self {
            Self::Draft | Self::Scheduled | Self::AwaitingStart { .. } => true,
            Self::Running(_)
            | Self::Paused(_)
            | Self::Held(_)
            | Self::Completed
            | Self::RolledBack
            | Self::Cancelled
            | Self::Superseded => false,
        }
    }

    /// Whether nothing moves it any more.
    pub fn is_over(&self) -> bool {
        !self.is_live() && !self.is_ahead()
    }

    /// Percent of units that get the candidate (of the stage's segment, where it has
    /// one), while it lives.
    pub fn weight(&self, document: &Document) -> Option<f64> {
        let position = self.position()?;
        let stage = document.stage(position.stage)?;
        Some(f64::from(stage.slots()) / 1000.0)
    }

    /// Whether both are the same but for how long the stage has baked or waited: going
    /// from one to the other is progress, and no transition.
    pub fn same_place(&self, other: &Self) -> bool {
        self.without_clocks() == other.without_clocks()
    }

    fn without_clocks(&self) -> Self {
        let mut state = self.clone();
        if let Self::Running(position) | Self::Paused(position) | Self::Held(position) = &mut state
        {
            position.baked_ms = 0;
            position.waited_ms = 0;
        }
        state
    }
}
