//! Releases in words: where one stands, what it waits for, what a signal does.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serin_api::release::{Event, Release};
use serin_engine::release::{Phase, Position, Signal, Site, Span, Stage, State};

use crate::weights::thousandths;

pub(crate) mod plan;
pub(crate) mod track;

/// `Running`, `Rolled back`.
pub(crate) fn state(state: &State) -> &'static str {
    match state {
        State::Draft => "Draft",
        State::Running(_) => "Running",
        State::Paused(_) => "Paused",
        State::Completed => "Completed",
        State::RolledBack => "Rolled back",
        State::Cancelled => "Cancelled",
    }
}

/// `the default`, `rule beta`.
pub(crate) fn site(site: &Site) -> String {
    match site {
        Site::Default => "the default".to_owned(),
        Site::Rule(rule) => format!("rule {rule}"),
    }
}

/// A stage's share, as people type it.
pub(crate) fn weight(weight: f64) -> String {
    format!("{}\u{202f}%", thousandths(weight))
}

/// `Staff`, or `Stage 2` where it has no name; `index` counts from 0.
pub(crate) fn stage(stage: &Stage, index: usize) -> String {
    stage
        .name
        .clone()
        .unwrap_or_else(|| format!("Stage {}", index + 1))
}

/// What happens next, in a sentence, as far as the server said.
pub(crate) fn next(release: &Release) -> String {
    let baked = release.state.position().map_or(0, |at| at.baked_ms);
    sentence(
        release,
        track::needed(release)
            .unwrap_or_default()
            .saturating_sub(Duration::from_millis(baked)),
    )
}

/// What happens next, in a sentence that counts down.
pub(crate) fn next_at(release: &Release, now: DateTime<Utc>) -> String {
    sentence(release, track::left(release, now).unwrap_or_default())
}

/// What users get now, in a sentence.
pub(crate) fn serves(release: &Release) -> String {
    let document = &release.document;
    let (candidate, baseline) = (&document.candidate, &document.baseline);
    let of = match &document.site {
        Site::Default => "units".to_owned(),
        Site::Rule(rule) => format!("units that rule {rule} matches"),
    };
    match (&release.state, release.weight) {
        (State::Draft, _) => format!("Nobody gets {candidate} because of it yet."),
        (State::Running(_) | State::Paused(_), Some(share)) if share >= 100.0 => {
            format!("All {of} get {candidate}.")
        }
        (State::Running(_) | State::Paused(_), share) => format!(
            "{} of {of} get {candidate}, the others {baseline}.",
            weight(share.unwrap_or_default())
        ),
        (State::Completed, _) => format!("All {of} get {candidate}."),
        (State::RolledBack | State::Cancelled, _) => {
            format!("Nobody gets {candidate} because of it any more.")
        }
    }
}

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

fn sentence(release: &Release, left: Duration) -> String {
    let document = &release.document;
    match &release.state {
        State::Draft => format!("Not started: {} is as it was.", site(&document.site)),
        State::Running(position) => running(release, position, left),
        State::Paused(position) => {
            let share = document
                .stages
                .get(position.stage)
                .map_or_else(String::new, |stage| weight(stage.weight));
            format!(
                "Paused by a person: {share} keep getting {}.",
                document.candidate
            )
        }
        State::Completed => format!("Everyone gets {}.", document.candidate),
        State::RolledBack | State::Cancelled => {
            format!(
                "{} serves again what it did before.",
                capital(&site(&document.site))
            )
        }
    }
}

fn running(release: &Release, position: &Position, left: Duration) -> String {
    let then = match release.document.stages.get(position.stage + 1) {
        Some(next) => format!("goes to {}", weight(next.weight)),
        None => "is complete".to_owned(),
    };
    match position.phase {
        Phase::AwaitingAdvance => format!("Waits for a person: when advanced, it {then}."),
        Phase::Baking => format!("Bakes for {} more, then {then}.", remaining(left)),
    }
}

/// A length of time with two units at most, never less than a second.
pub(crate) fn remaining(left: Duration) -> String {
    let seconds = left.as_secs().max(1);
    let rounded = match seconds {
        0..3_600 => seconds,
        3_600..86_400 => seconds / 60 * 60,
        _ => seconds / 3_600 * 3_600,
    };
    Span(Duration::from_secs(rounded)).to_string()
}

/// What a button says.
pub(crate) fn verb(signal: Signal) -> &'static str {
    match signal {
        Signal::Tick => "Tick",
        Signal::Start => "Start",
        Signal::Pause => "Pause",
        Signal::Resume => "Resume",
        Signal::Advance => "Advance",
        Signal::Rollback => "Roll back",
        Signal::Cancel => "Cancel release",
    }
}

/// What its button says now: with the share that it leads to.
pub(crate) fn button(release: &Release, signal: Signal) -> String {
    let stages = &release.document.stages;
    match (signal, &release.state) {
        (Signal::Advance, State::Running(position)) => match stages.get(position.stage + 1) {
            Some(stage) => format!("Advance to {}", weight(stage.weight)),
            None => "Complete".to_owned(),
        },
        (Signal::Start, State::Draft) => match stages.first() {
            Some(stage) => format!("Start with {}", weight(stage.weight)),
            None => verb(signal).to_owned(),
        },
        (Signal::Cancel, State::Draft) => "Discard draft".to_owned(),
        _ => verb(signal).to_owned(),
    }
}

/// What a signal would do now, for its confirmation.
pub(crate) fn effect(release: &Release, signal: Signal) -> String {
    let document = &release.document;
    let (candidate, baseline) = (&document.candidate, &document.baseline);
    let next_stage = match &release.state {
        State::Running(position) | State::Paused(position) => position.stage + 1,
        _ => 0,
    };
    match signal {
        Signal::Tick => "Time goes by.".to_owned(),
        Signal::Start | Signal::Advance => match document.stages.get(next_stage) {
            Some(stage) => format!(
                "{} of units get {candidate} from now on; the others keep {baseline}.",
                weight(stage.weight)
            ),
            None => format!("Everyone gets {candidate}, and the release is complete."),
        },
        Signal::Pause => "The share stays as it is until someone resumes.".to_owned(),
        Signal::Resume => "It goes on baking where it stopped.".to_owned(),
        Signal::Rollback => format!(
            "{} serves at once what it did before the release. Nobody gets {candidate} because of it any more.",
            capital(&site(&document.site))
        ),
        Signal::Cancel => match release.state {
            State::Draft => "The draft is given up. Nothing changes for users.".to_owned(),
            _ => format!(
                "The release is given up without a verdict, and {} serves what it did before.",
                site(&document.site)
            ),
        },
    }
}

/// A line of the history.
pub(crate) fn event(release: &Release, event: &Event) -> String {
    let at_stage = |position: &Position| {
        release
            .document
            .stages
            .get(position.stage)
            .map_or_else(String::new, |known| {
                format!(
                    "{} · {} of units get {}",
                    stage(known, position.stage),
                    weight(known.weight),
                    release.document.candidate
                )
            })
    };
    match (event.signal, &event.state) {
        (Signal::Pause, _) => "Paused".to_owned(),
        (Signal::Resume, _) => "Resumed".to_owned(),
        (Signal::Tick, State::Running(position)) if position.phase == Phase::AwaitingAdvance => {
            "Waits for a person".to_owned()
        }
        (_, State::Running(position) | State::Paused(position)) => at_stage(position),
        (_, over) => state(over).to_owned(),
    }
}

/// With a capital and a full stop.
pub(crate) fn capital_sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{end}", capital(text))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
pub(crate) mod tests;
