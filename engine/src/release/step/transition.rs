//! What the machine answers: where a release goes and what becomes of its site, or why it does not
//! take a signal.

use crate::release::State;

/// What follows from a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where the release stands now.
    pub next: State,
    /// What becomes of its site.
    pub effect: Effect,
    /// Why a tick did it, where that is not plain from where it led to.
    pub because: Option<Because>,
}

impl Transition {
    pub(super) fn to(next: State, effect: Effect) -> Self {
        Self {
            next,
            effect,
            because: None,
        }
    }

    pub(super) fn because(self, because: Because) -> Self {
        Self {
            because: Some(because),
            ..self
        }
    }
}

/// What becomes of a release's site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It serves what it does.
    Keep,
    /// The candidate gets what the stage at this index gives it.
    Stage(usize),
    /// It serves the candidate, without a split.
    Candidate,
    /// It serves what it did before the release started.
    Restore,
    /// The release that takes over decides.
    HandOver,
}

/// Why a tick ended or marked a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The candidate harms.
    Harm,
    /// The longest bake is over, and evidence is missing.
    Inconclusive,
}

/// Why a state does not take a signal, in words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A draft has moved nobody yet.
    #[error("it has not started: start it, or cancel it")]
    NotStarted,
    /// Nothing to wait for a person.
    #[error("it starts by itself as soon as it may")]
    Starting,
    /// It lives already.
    #[error("it has started already")]
    Started,
    /// Resumed while running.
    #[error("it is running")]
    Running,
    /// Resumed while the engine holds it.
    #[error(
        "no person paused it: it goes on when what holds it is gone; advance it to go on regardless"
    )]
    Held,
    /// Paused twice, or advanced past somebody's pause.
    #[error("it is paused: resume it first")]
    Paused,
    /// Approved or rejected while nothing waits for that.
    #[error("it does not wait for approval")]
    NothingToApprove,
    /// Nothing moves it any more.
    #[error("it is over: create another release")]
    Over,
    /// Its stage is not in its document: one of them was changed behind its back.
    #[error("its document has no stage {0}")]
    NoSuchStage(usize),
}
