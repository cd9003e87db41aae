//! What happened to a release, line by line.

use serin_api::release::{Event, Release};
use serin_engine::release::{Hold, Phase, Position, Signal, State};

use super::{
    approver, gets,
    holds::{block, hold, joined},
    stage, state,
};

/// What others did with it since the epoch that one saw: `ann: Paused · serin: Half …`.
pub(crate) fn since(release: &Release, seen: u64) -> String {
    let events: Vec<String> = release
        .history
        .iter()
        .filter(|known| known.epoch > seen)
        .map(|known| format!("{}: {}", known.actor, event(release, known)))
        .collect();
    events.join(" · ")
}

/// A line of the history, as far as the release has the event before it.
pub(crate) fn event(release: &Release, event: &Event) -> String {
    let mut known = release.history.iter();
    let before = known.find(|before| before.epoch + 1 == event.epoch);
    event_after(release, event, before)
}

/// A line of the history, which tells what is not so since the event before it.
pub(crate) fn event_after(release: &Release, event: &Event, before: Option<&Event>) -> String {
    let was_noted = before
        .and_then(|before| before.state.position())
        .is_some_and(|before| before.noted);
    let document = &release.document;
    let at_stage = |position: &Position| {
        let known = document.stages.get(position.stage);
        known.map_or_else(String::new, |known| {
            let name = stage(known, position.stage);
            format!("{name} · {}", gets(document, known))
        })
    };
    let asked = || {
        let stage = before.and_then(|before| before.state.position());
        asked_of(release, stage.map(|position| position.stage))
    };
    match (event.signal, &event.state) {
        (Signal::Reject, _) => format!(
            "Rejected{}: {}",
            asked(),
            state(&event.state).to_lowercase()
        ),
        (Signal::Approve, State::Running(position)) if event.serve.is_some() => {
            format!("Approved{}: {}", asked(), at_stage(position))
        }
        (Signal::Approve, State::Completed) => format!("Approved{}: completed", asked()),
        (Signal::Pause, _) => "Paused".to_owned(),
        (Signal::Resume, _) => "Resumed".to_owned(),
        (Signal::Edit, _) => "Changed the stages to come".to_owned(),
        (Signal::Retry, State::Running(position)) => {
            format!("Retried: attempt {}", position.attempt)
        }
        (Signal::Approve, State::Held(position)) => {
            format!(
                "Approved{}. Still held: {}",
                asked(),
                joined(&position.holds, hold)
            )
        }
        (Signal::Tick, State::Held(position)) if position.noted && !was_noted => {
            let was = before.map(|before| &before.state);
            let held = match was {
                Some(State::Held(_)) => "Still held",
                _ => "Held",
            };
            format!("Harm was seen. {held}: {}", joined(&position.holds, hold))
        }
        (_, State::Held(position)) => format!("Held: {}", joined(&position.holds, hold)),
        (_, State::AwaitingStart { blocked }) => {
            format!("Waits to start: {}", joined(blocked, block))
        }
        (Signal::Tick, State::Running(position) | State::Paused(position))
            if position.noted && !was_noted =>
        {
            "Harm was seen".to_owned()
        }
        (Signal::Approve, State::Running(position)) if event.serve.is_none() => {
            format!("Approved{}. {}", asked(), phase(position.phase))
        }
        (Signal::Tick, State::Running(position)) if event.serve.is_none() => {
            let now = phase(position.phase);
            match before.map(|before| &before.state) {
                Some(State::Held(was)) if was.holds == [Hold::NoData] => {
                    format!("Held no more: evidence comes again. {now}")
                }
                Some(State::Held(_)) => format!("Held no more. {now}"),
                _ => now.to_owned(),
            }
        }
        (_, State::Running(position) | State::Paused(position)) => at_stage(position),
        (_, over) => state(over).to_owned(),
    }
}

/// ` (an admin was asked)`, where the stage asks for approval.
fn asked_of(release: &Release, stage: Option<usize>) -> String {
    let stage = stage.and_then(|stage| release.document.stages.get(stage));
    let approval = stage.and_then(|stage| stage.approval.as_ref());
    approval.map_or_else(String::new, |approval| {
        format!(" ({} was asked)", approver(approval.role))
    })
}

/// What a stage came to, for the history.
fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Propagating => "Waits for clients to have it",
        Phase::Baking => "Bakes",
        Phase::AwaitingEvidence => "Waits for evidence",
        Phase::AwaitingWindow => "Waits for its window",
        Phase::AwaitingApproval => "Waits for a person",
    }
}
