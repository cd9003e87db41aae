//! The machine: what a signal makes of a state.

mod enter;
mod tick;

use std::time::Duration;

use super::{Document, Observation, Phase, Position, Signal, State};
use enter::{begin, leave, start};
use tick::{looked_while_paused, ticked};

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

/// Decides what a signal makes of a release.
///
/// Pure, and total over states and signals. A tick moves a release by at most one
/// stage, whatever it observed. All that depends on the time is in the observation.
///
/// # Errors
/// [`Refused`] where the state does not take the signal; nothing changes then.
pub fn step(
    document: &Document,
    state: &State,
    signal: Signal,
    seen: &Observation,
) -> Result<Transition, Refused> {
    match state {
        State::Draft | State::Scheduled | State::AwaitingStart { .. } => {
            ahead(document, state, signal, seen)
        }
        State::Running(position) => running(document, position, signal, seen),
        State::Held(position) => held(document, position, signal, seen),
        State::Paused(position) => paused(document, position, signal, seen),
        State::Completed | State::RolledBack | State::Cancelled | State::Superseded => {
            Err(Refused::Over)
        }
    }
}

/// What people may do in a state, and why not: every signal of [`Signal::BY_PEOPLE`].
pub fn actions(document: &Document, state: &State) -> Vec<(Signal, Option<Refused>)> {
    let nothing = Observation::default();
    Signal::BY_PEOPLE
        .into_iter()
        .map(|signal| (signal, step(document, state, signal, &nothing).err()))
        .collect()
}

/// How much longer it bakes until it moves by itself; nothing where it does not.
pub fn remaining(document: &Document, state: &State) -> Option<Duration> {
    let State::Running(position) = state else {
        return None;
    };
    if position.phase != Phase::Baking || document.is_by_hand(position.stage) {
        return None;
    }
    let needed = tick::bake_of(document.stage(position.stage)?);
    let baked = Duration::from_millis(position.baked_ms);
    Some(needed.saturating_sub(baked))
}

/// Whether a look can change anything: a runner has nothing to do for a release that
/// waits for a person and that nothing is measured of.
pub fn is_watched(document: &Document, state: &State) -> bool {
    match state {
        State::Draft
        | State::Completed
        | State::RolledBack
        | State::Cancelled
        | State::Superseded => false,
        State::Scheduled | State::AwaitingStart { .. } | State::Held(_) => true,
        State::Paused(_) => !document.guards.is_empty(),
        State::Running(position) => {
            position.phase != Phase::AwaitingApproval
                || !document.guards.is_empty()
                || document.windows.is_some()
        }
    }
}

impl Transition {
    fn to(next: State, effect: Effect) -> Self {
        Self {
            next,
            effect,
            because: None,
        }
    }

    fn because(self, because: Because) -> Self {
        Self {
            because: Some(because),
            ..self
        }
    }
}

fn ahead(
    document: &Document,
    state: &State,
    signal: Signal,
    seen: &Observation,
) -> Result<Transition, Refused> {
    let keep = || Transition::to(state.clone(), Effect::Keep);
    match (state, signal) {
        (State::Draft | State::Scheduled, Signal::Start) => start(document, seen),
        (State::Scheduled, Signal::Tick) if seen.due => start(document, seen),
        (State::Scheduled, Signal::Tick) => Ok(keep()),
        (State::AwaitingStart { .. }, Signal::Tick) => start(document, seen),
        (State::AwaitingStart { .. }, Signal::Start) => Err(Refused::Starting),
        (_, Signal::Schedule) => Ok(Transition::to(State::Scheduled, Effect::Keep)),
        (_, Signal::Edit) => Ok(keep()),
        (_, Signal::Cancel) => Ok(Transition::to(State::Cancelled, Effect::Keep)),
        (_, Signal::Supersede) => Ok(Transition::to(State::Superseded, Effect::Keep)),
        (
            _,
            Signal::Tick
            | Signal::Start
            | Signal::Approve
            | Signal::Reject
            | Signal::Advance
            | Signal::Promote
            | Signal::Pause
            | Signal::Resume
            | Signal::Retry
            | Signal::Rollback,
        ) => Err(Refused::NotStarted),
    }
}

fn running(
    document: &Document,
    position: &Position,
    signal: Signal,
    seen: &Observation,
) -> Result<Transition, Refused> {
    match signal {
        Signal::Tick => ticked(document, position, seen),
        Signal::Start | Signal::Schedule => Err(Refused::Started),
        Signal::Approve => approve(document, position, seen),
        Signal::Reject => reject(position),
        Signal::Advance => leave(document, position.stage, seen),
        Signal::Promote => Ok(Transition::to(State::Completed, Effect::Candidate)),
        Signal::Pause => Ok(stay(State::Paused(position.clone()))),
        Signal::Resume => Err(Refused::Running),
        Signal::Retry => again(document, position, seen),
        Signal::Rollback => Ok(Transition::to(State::RolledBack, Effect::Restore)),
        Signal::Cancel => Ok(Transition::to(State::Cancelled, Effect::Restore)),
        Signal::Supersede => Ok(Transition::to(State::Superseded, Effect::HandOver)),
        Signal::Edit => Ok(stay(State::Running(position.clone()))),
    }
}

/// Whoever advances or promotes what the engine holds answers for it.
fn held(
    document: &Document,
    position: &Position,
    signal: Signal,
    seen: &Observation,
) -> Result<Transition, Refused> {
    match signal {
        Signal::Tick => ticked(document, position, seen),
        Signal::Start | Signal::Schedule => Err(Refused::Started),
        Signal::Approve => {
            waits_for_approval(position)?;
            let approved = Position {
                approved: true,
                ..position.clone()
            };
            Ok(stay(State::Held(approved)))
        }
        Signal::Reject => reject(position),
        Signal::Advance => leave(document, position.stage, seen),
        Signal::Promote => Ok(Transition::to(State::Completed, Effect::Candidate)),
        Signal::Pause => {
            let free = Position {
                holds: Vec::new(),
                ..position.clone()
            };
            Ok(stay(State::Paused(free)))
        }
        Signal::Resume => Err(Refused::Held),
        Signal::Retry => again(document, position, seen),
        Signal::Rollback => Ok(Transition::to(State::RolledBack, Effect::Restore)),
        Signal::Cancel => Ok(Transition::to(State::Cancelled, Effect::Restore)),
        Signal::Supersede => Ok(Transition::to(State::Superseded, Effect::HandOver)),
        Signal::Edit => Ok(stay(State::Held(position.clone()))),
    }
}

/// Whoever paused it wants it to stand still: nobody moves people past that without
/// taking the pause back in the open.
fn paused(
    document: &Document,
    position: &Position,
    signal: Signal,
    seen: &Observation,
) -> Result<Transition, Refused> {
    match signal {
        Signal::Tick => Ok(looked_while_paused(document, position, seen)),
        Signal::Start | Signal::Schedule => Err(Refused::Started),
        Signal::Resume => Ok(stay(State::Running(position.clone()))),
        Signal::Approve
        | Signal::Reject
        | Signal::Advance
        | Signal::Promote
        | Signal::Pause
        | Signal::Retry => Err(Refused::Paused),
        Signal::Rollback => Ok(Transition::to(State::RolledBack, Effect::Restore)),
        Signal::Cancel => Ok(Transition::to(State::Cancelled, Effect::Restore)),
        Signal::Supersede => Ok(Transition::to(State::Superseded, Effect::HandOver)),
        Signal::Edit => Ok(stay(State::Paused(position.clone()))),
    }
}

fn stay(next: State) -> Transition {
    Transition::to(next, Effect::Keep)
}

/// Goes on at once; where the window has closed in the meantime, when it opens.
fn approve(
    document: &Document,
    position: &Position,
    seen: &Observation,
) -> Result<Transition, Refused> {
    waits_for_approval(position)?;
    if seen.window_open || !tick::moves_people(document, position.stage) {
        return leave(document, position.stage, seen);
    }
    Ok(stay(State::Running(Position {
        phase: Phase::AwaitingWindow,
        approved: true,
        ..position.clone()
    })))
}

fn reject(position: &Position) -> Result<Transition, Refused> {
    waits_for_approval(position)?;
    Ok(Transition::to(State::RolledBack, Effect::Restore))
}

/// The stage from its beginning, for the same people.
fn again(
    document: &Document,
    position: &Position,
    seen: &Observation,
) -> Result<Transition, Refused> {
    let attempt = position.attempt.saturating_add(1);
    let next = begin(document, position.stage, attempt, seen)?;
    Ok(stay(State::Running(next)))
}

fn waits_for_approval(position: &Position) -> Result<(), Refused> {
    if position.phase == Phase::AwaitingApproval && !position.approved {
        Ok(())
    } else {
        Err(Refused::NothingToApprove)
    }
}
