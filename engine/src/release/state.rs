//! Where a release stands.

use serde::{Deserialize, Serialize};

/// The state of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
