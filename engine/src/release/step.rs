//! The machine: what a signal makes of a state.

mod enter;
mod tick;
mod transition;

use std::time::Duration;

use super::{Document, Observation, Phase, Position, Signal, State};
pub use transition::{Because, Effect, Refused, Transition};

use enter::{begin, leave, start};
use tick::{looked_while_paused, ticked};

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
