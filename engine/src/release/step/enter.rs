//! How a release comes to its stages: the first, the next one, and the same one again.

use super::{Effect, Refused, Transition, tick};
use crate::release::{Blocked, Document, Observation, Phase, Position, State};

/// Begins, or waits for what is in the way.
pub(super) fn start(document: &Document, seen: &Observation) -> Result<Transition, Refused> {
    let mut blocked = seen.blocked.clone();
    if !seen.window_open {
        blocked.push(Blocked::Window);
    }
    if blocked.is_empty() {
        return enter(document, 0, seen);
    }
    blocked.sort_unstable();
    blocked.dedup();
    Ok(Transition::to(
        State::AwaitingStart { blocked },
        Effect::Keep,
    ))
}

/// Goes on to the next stage; after the last one it is complete.
pub(super) fn leave(
    document: &Document,
    stage: usize,
    seen: &Observation,
) -> Result<Transition, Refused> {
    if document.stage(stage).is_none() {
        Err(Refused::NoSuchStage(stage))
    } else if document.is_last(stage) {
        Ok(Transition::to(State::Completed, Effect::Candidate))
    } else {
        enter(document, stage + 1, seen)
    }
}

fn enter(document: &Document, stage: usize, seen: &Observation) -> Result<Transition, Refused> {
    let position = begin(document, stage, 1, seen)?;
    Ok(Transition::to(
        State::Running(position),
        Effect::Stage(stage),
    ))
}

/// Where a stage begins: with the SDKs that have to learn of it, or, where none was seen
/// lately, with the first thing that it has to wait for.
pub(super) fn begin(
    document: &Document,
    stage: usize,
    attempt: u32,
    seen: &Observation,
) -> Result<Position, Refused> {
    let of = document.stage(stage).ok_or(Refused::NoSuchStage(stage))?;
    let mut position = Position::begin(stage, attempt, Phase::Baking);
    // What was seen was seen of the stage before.
    let nothing = Observation {
        window_open: seen.window_open,
        ..Observation::default()
    };
    position.phase = match seen.propagated {
        // Evidence of a stage is to be of those who have it; time passes for all alike.
        Some(_) if document.is_guarded() => Phase::Propagating,
        Some(_) | None => tick::gate(document, of, &position, &nothing).unwrap_or(Phase::Baking),
    };
    Ok(position)
}
