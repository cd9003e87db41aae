//! What moves a release.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What moves a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Time went by.
    Tick,
    /// Begin with the first stage.
    Start,
    /// Begin by itself at a given time.
    Schedule,
    /// Let it leave the stage that waits for approval.
    Approve,
    /// Do not let it: back to what the site served before.
    Reject,
    /// To the next stage now.
    Advance,
    /// To the end now.
    Promote,
    /// Hold still.
    Pause,
    /// Go on.
    Resume,
    /// Begin the stage again, with evidence of its own.
    Retry,
    /// Back to what the site served before.
    Rollback,
    /// Give it up.
    Cancel,
    /// Another release takes over. Sent by its start, and not by people.
    Supersede,
    /// The document was changed. Sent by the change, and not by people.
    Edit,
}

impl Signal {
    /// What people may send, in the order in which it is offered.
    pub const BY_PEOPLE: [Self; 11] = [
        Self::Start,
        Self::Schedule,
        Self::Approve,
        Self::Reject,
        Self::Advance,
        Self::Promote,
        Self::Pause,
        Self::Resume,
        Self::Retry,
        Self::Rollback,
        Self::Cancel,
    ];

    /// The name that it has on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Start => "start",
            Self::Schedule => "schedule",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Advance => "advance",
            Self::Promote => "promote",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Rollback => "rollback",
            Self::Cancel => "cancel",
            Self::Supersede => "supersede",
            Self::Edit => "edit",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
