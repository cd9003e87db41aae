//! The machine: what a signal makes of a state.

use std::time::Duration;

use super::{Document, Phase, Position, Signal, State};
use crate::slots::SLOTS;

/// What the runner saw of a release since it last looked at it. The evidence for and
/// against the candidate is measured over the same interval, and belongs here too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// How long ago the same runner last looked; zero where it never did.
    pub since_last: Duration,
}

/// What follows from a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where the release stands now.
    pub next: State,
    /// What becomes of its site.
    pub effect: Effect,
}

/// What becomes of a release's site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It serves what it does.
    Keep,
    /// The candidate gets this many of all slots.
    Share(u32),
    /// It serves the candidate, without a split.
    Candidate,
    /// It serves what it did before the release started.
    Restore,
}

/// Why a state does not take a signal, in words for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A draft has moved nobody yet.
    #[error("it has not started: start it, or cancel it")]
    NotStarted,
    /// It lives already.
    #[error("it has started already")]
    Started,
    /// Resumed while running.
    #[error("it is running")]
    Running,
    /// Paused twice, or advanced past somebody's pause.
    #[error("it is paused: resume it first")]
    Paused,
    /// Nothing moves it any more.
    #[error("it is over: create another release")]
    Over,
    /// Its stage is not in its document: one of them was changed behind its back.
    #[error("its document has no stage {0}")]
    NoSuchStage(usize),
}

impl Observation {
    /// The longest interval of which the runner can say that it watched: it looks once
    /// a second. Anything longer was an outage (or a clock that was put forward), and
    /// none of it counts.
    pub const LONGEST_GAP: Duration = Duration::from_secs(5);

    /// The time that counts as baking.
    pub fn watched(&self) -> Duration {
        if self.since_last <= Self::LONGEST_GAP {
            self.since_last
        } else {
            Duration::ZERO
        }
    }
}

/// Decides what a signal makes of a release.
///
/// Pure, and total over states and signals. A tick moves a release by at most one
/// stage, whatever it observed. Only ticks look at the observation.
///
/// # Errors
/// [`Refused`] where the state does not take the signal; nothing changes then.
pub fn step(
    document: &Document,
    state: &State,
    signal: Signal,
    observation: &Observation,
) -> Result<Transition, Refused> {
    match (state, signal) {
        (State::Draft, Signal::Start) => enter(document, 0),
        (State::Draft, Signal::Cancel) => Ok(Transition::to(State::Cancelled, Effect::Keep)),
        (
            State::Draft,
            Signal::Tick | Signal::Pause | Signal::Resume | Signal::Advance | Signal::Rollback,
        ) => Err(Refused::NotStarted),

        (State::Running(position), Signal::Tick) => tick(document, position, observation),
        (State::Running(position), Signal::Pause) => Ok(Transition::to(
            State::Paused(position.clone()),
            Effect::Keep,
        )),
        (State::Running(position), Signal::Advance) => leave(document, position.stage),
        (State::Running(_), Signal::Resume) => Err(Refused::Running),

        (State::Paused(position), Signal::Tick) => Ok(Transition::to(
            State::Paused(position.clone()),
            Effect::Keep,
        )),
        (State::Paused(position), Signal::Resume) => Ok(Transition::to(
            State::Running(position.clone()),
            Effect::Keep,
        )),
        // Whoever paused it wants it to stand still: nobody moves people past that
        // without taking the pause back in the open.
        (State::Paused(_), Signal::Pause | Signal::Advance) => Err(Refused::Paused),

        (State::Running(_) | State::Paused(_), Signal::Start) => Err(Refused::Started),
        (State::Running(_) | State::Paused(_), Signal::Rollback) => {
            Ok(Transition::to(State::RolledBack, Effect::Restore))
        }
        (State::Running(_) | State::Paused(_), Signal::Cancel) => {
            Ok(Transition::to(State::Cancelled, Effect::Restore))
        }

        (
            State::Completed | State::RolledBack | State::Cancelled,
            Signal::Tick
            | Signal::Start
            | Signal::Pause
            | Signal::Resume
            | Signal::Advance
            | Signal::Rollback
            | Signal::Cancel,
        ) => Err(Refused::Over),
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
    let needed = bake_of(document, position.stage)?;
    let baked = Duration::from_millis(position.baked_ms);
    Some(needed.saturating_sub(baked))
}

impl Transition {
    fn to(next: State, effect: Effect) -> Self {
        Self { next, effect }
    }
}

fn tick(
    document: &Document,
    position: &Position,
    observation: &Observation,
) -> Result<Transition, Refused> {
    if document.stage(position.stage).is_none() {
        return Err(Refused::NoSuchStage(position.stage));
    }
    let Some(needed) = bake_of(document, position.stage) else {
        let waiting = Position {
            phase: Phase::AwaitingAdvance,
            ..position.clone()
        };
        return Ok(Transition::to(State::Running(waiting), Effect::Keep));
    };
    let watched = u64::try_from(observation.watched().as_millis()).unwrap_or(0);
    let baked_ms = position.baked_ms.saturating_add(watched);
    if Duration::from_millis(baked_ms) >= needed {
        return leave(document, position.stage);
    }
    let next = State::Running(Position {
        stage: position.stage,
        phase: Phase::Baking,
        baked_ms,
    });
    Ok(Transition::to(next, Effect::Keep))
}

/// How long a stage bakes before it is left without a person; nothing where it waits
/// for one. The last stage has moved everybody, so that nobody needs to say more.
fn bake_of(document: &Document, stage: usize) -> Option<Duration> {
    match document.stage(stage)?.min_bake {
        Some(span) => Some(span.0),
        None => document.is_last(stage).then_some(Duration::ZERO),
    }
}

fn leave(document: &Document, stage: usize) -> Result<Transition, Refused> {
    if document.stage(stage).is_none() {
        Err(Refused::NoSuchStage(stage))
    } else if document.is_last(stage) {
        Ok(Transition::to(State::Completed, Effect::Candidate))
    } else {
        enter(document, stage + 1)
    }
}

fn enter(document: &Document, stage: usize) -> Result<Transition, Refused> {
    let slots = document
        .stage(stage)
        .ok_or(Refused::NoSuchStage(stage))?
        .slots();
    let phase = match bake_of(document, stage) {
        Some(_) => Phase::Baking,
        None => Phase::AwaitingAdvance,
    };
    let next = State::Running(Position {
        stage,
        phase,
        baked_ms: 0,
    });
    Ok(Transition::to(next, Effect::Share(slots.min(SLOTS))))
}
