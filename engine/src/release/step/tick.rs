//! What time and evidence make of a live release.

use std::time::Duration;

use super::{Because, Effect, Refused, Transition, enter::leave, stay};
use crate::release::{
    Action, Document, Hold, Observation, OnInconclusive, Phase, Position, Stage, State,
};

/// How long a stage waits for SDKs to have it before it bakes all the same: some
/// instances never come back to say so.
const PROPAGATION_LIMIT: Duration = Duration::from_secs(5 * 60);

/// A tick of a release that runs, or that the engine holds: harm first, then what holds
/// it, then one step through the phases.
pub(super) fn ticked(
    document: &Document,
    position: &Position,
    seen: &Observation,
) -> Result<Transition, Refused> {
    let was_held = !position.holds.is_empty();
    let state = if was_held {
        State::Held
    } else {
        State::Running
    };
    if let Some(transition) = harmed(document, position, state, seen) {
        return Ok(transition);
    }
    let stage = document
        .stage(position.stage)
        .ok_or(Refused::NoSuchStage(position.stage))?;
    let next = Position {
        holds: holds(document, stage, seen),
        ..position.clone()
    };
    if !next.holds.is_empty() {
        Ok(stay(State::Held(next)))
    } else if was_held {
        // What is gone is told; it goes on from the next look.
        Ok(stay(State::Running(next)))
    } else {
        go_on(document, stage, next, seen)
    }
}

/// A tick of a paused release: nothing goes on, and harm still acts.
pub(super) fn looked_while_paused(
    document: &Document,
    position: &Position,
    seen: &Observation,
) -> Transition {
    harmed(document, position, State::Paused, seen)
        .unwrap_or_else(|| stay(State::Paused(position.clone())))
}

/// What follows from harm that nobody was told of yet.
fn harmed(
    document: &Document,
    position: &Position,
    state: fn(Position) -> State,
    seen: &Observation,
) -> Option<Transition> {
    if seen.harm && document.policy.on_harm == Action::Rollback {
        let back = Transition::to(State::RolledBack, Effect::Restore);
        return Some(back.because(Because::Harm));
    }
    let only_told = seen.notice || seen.harm && document.policy.on_harm == Action::Notify;
    if !only_told || position.noted {
        return None;
    }
    let noted = Position {
        noted: true,
        ..position.clone()
    };
    Some(stay(state(noted)).because(Because::Harm))
}

/// What speaks against going on, of what concerns the stage.
fn holds(document: &Document, stage: &Stage, seen: &Observation) -> Vec<Hold> {
    let concerns = |hold: &Hold| match hold {
        // Where everybody has the candidate, nobody is left to be compared with.
        Hold::NoData | Hold::SampleMismatch => stage.compares(),
        Hold::ProviderDown | Hold::SloBurn | Hold::Harm => true,
    };
    let mut holds: Vec<Hold> = seen.holds.iter().copied().filter(concerns).collect();
    if seen.harm && document.policy.on_harm == Action::Hold {
        holds.push(Hold::Harm);
    }
    holds.sort_unstable();
    holds.dedup();
    holds
}

fn go_on(
    document: &Document,
    stage: &Stage,
    mut position: Position,
    seen: &Observation,
) -> Result<Transition, Refused> {
    if position.phase == Phase::Propagating {
        return Ok(propagate(position, seen));
    }
    if position.phase <= Phase::AwaitingEvidence {
        let counted = counted(document, seen);
        let counted = u64::try_from(counted.as_millis()).unwrap_or(0);
        position.baked_ms = position.baked_ms.saturating_add(counted);
    }
    let Some(phase) = gate(document, stage, &position, seen) else {
        return leave(document, position.stage, seen);
    };
    if phase == Phase::AwaitingEvidence
        && is_over(stage, &position)
        && document.policy.on_inconclusive == OnInconclusive::Rollback
    {
        let back = Transition::to(State::RolledBack, Effect::Restore);
        return Ok(back.because(Because::Inconclusive));
    }
    Ok(stay(State::Running(Position { phase, ..position })))
}

/// The time until enough SDKs have the stage does not bake.
fn propagate(mut position: Position, seen: &Observation) -> Transition {
    let watched = u64::try_from(seen.watched().as_millis()).unwrap_or(0);
    position.waited_ms = position.waited_ms.saturating_add(watched);
    let waited = Duration::from_millis(position.waited_ms);
    if seen.is_propagated() || waited >= PROPAGATION_LIMIT {
        position.phase = Phase::Baking;
    }
    stay(State::Running(position))
}

/// The time that bakes: what a runner watched, and where something is measured, only
/// minutes in which the candidate was seen.
fn counted(document: &Document, seen: &Observation) -> Duration {
    if document.is_guarded() {
        seen.observed
    } else {
        seen.watched()
    }
}

/// The first gate that is not open; nothing where all are.
pub(super) fn gate(
    document: &Document,
    stage: &Stage,
    position: &Position,
    seen: &Observation,
) -> Option<Phase> {
    let baked = Duration::from_millis(position.baked_ms);
    let goes_on_regardless =
        is_over(stage, position) && document.policy.on_inconclusive == OnInconclusive::Advance;
    let is_evident = !document.asks_for_evidence(stage) || seen.safe || goes_on_regardless;
    let needs_a_person = stage.approval.is_some() || document.is_by_hand(position.stage);
    let is_closed = !seen.window_open && moves_people(document, position.stage);
    // What was met once in a stage is not asked for again.
    let past = |phase: Phase| position.phase > phase;
    if baked < bake_of(stage) && !past(Phase::AwaitingEvidence) {
        Some(Phase::Baking)
    } else if !is_evident && !past(Phase::AwaitingEvidence) {
        Some(Phase::AwaitingEvidence)
    } else if is_closed {
        Some(Phase::AwaitingWindow)
    } else if needs_a_person && !position.approved {
        Some(Phase::AwaitingApproval)
    } else {
        None
    }
}

/// Whether leaving a stage changes what somebody gets.
pub(super) fn moves_people(document: &Document, stage: usize) -> bool {
    !document.is_last(stage) || document.stage(stage).is_some_and(Stage::compares)
}

/// Whether the longest bake is over.
fn is_over(stage: &Stage, position: &Position) -> bool {
    stage
        .max_bake
        .is_some_and(|span| Duration::from_millis(position.baked_ms) >= span.0)
}

/// How long a stage bakes at the least.
pub(super) fn bake_of(stage: &Stage) -> Duration {
    let span = stage.watch.or(stage.min_bake);
    span.map_or(Duration::ZERO, |span| span.0)
}
