//! Where a release stands.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::Document;
use crate::json::Members;

/// The state of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Written, not started: the site is as it was.
    Draft,
    /// Moving by itself.
    Running(Position),
    /// Stopped by a person; the share stays as it is.
    Paused(Position),
    /// The site serves the candidate.
    Completed,
    /// The site serves what it did before.
    RolledBack,
    /// Given up without a verdict; the site serves what it did before.
    Cancelled,
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
            "running" => Self::Running(members.rest()?),
            "paused" => Self::Paused(members.rest()?),
            "completed" => Self::Completed,
            "rolled_back" => Self::RolledBack,
            "cancelled" => Self::Cancelled,
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
    /// What the stage waits for.
    pub phase: Phase,
    /// How long the stage has baked, in milliseconds.
    pub baked_ms: u64,
}

/// What a stage waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Its bake time.
    Baking,
    /// A person who advances it.
    AwaitingAdvance,
}

/// What moves a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Time went by.
    Tick,
    /// Begin with the first stage.
    Start,
    /// Hold still.
    Pause,
    /// Go on.
    Resume,
    /// To the next stage now.
    Advance,
    /// Back to what the site served before.
    Rollback,
    /// Give it up.
    Cancel,
}

impl State {
    /// The name that it has on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running(_) => "running",
            Self::Paused(_) => "paused",
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Cancelled => "cancelled",
        }
    }

    /// Where it is, while it lives: from its start until it is over.
    pub fn position(&self) -> Option<&Position> {
        match self {
            Self::Running(position) | Self::Paused(position) => Some(position),
            Self::Draft | Self::Completed | Self::RolledBack | Self::Cancelled => None,
        }
    }

    /// Whether it owns its site.
    pub fn is_live(&self) -> bool {
        self.position().is_some()
    }

    /// Whether nothing moves it any more.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Completed | Self::RolledBack | Self::Cancelled => true,
            Self::Draft | Self::Running(_) | Self::Paused(_) => false,
        }
    }

    /// Percent of units that get the candidate, while it lives.
    pub fn weight(&self, document: &Document) -> Option<f64> {
        let position = self.position()?;
        document.stage(position.stage).map(|stage| stage.weight)
    }

    /// Whether both are the same but for how long the stage has baked: going from one
    /// to the other is progress, and no transition.
    pub fn same_place(&self, other: &Self) -> bool {
        let without_bake = |state: &Self| match state {
            Self::Running(position) | Self::Paused(position) => {
                Some((position.stage, position.phase))
            }
            Self::Draft | Self::Completed | Self::RolledBack | Self::Cancelled => None,
        };
        self.name() == other.name() && without_bake(self) == without_bake(other)
    }
}

impl Signal {
    /// What people may send, in the order in which it is offered.
    pub const BY_PEOPLE: [Self; 6] = [
        Self::Start,
        Self::Advance,
        Self::Pause,
        Self::Resume,
        Self::Rollback,
        Self::Cancel,
    ];

    /// The name that it has on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Advance => "advance",
            Self::Rollback => "rollback",
            Self::Cancel => "cancel",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
