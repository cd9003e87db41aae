//! Releases in words: where one stands, what it waits for, what a signal does.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serin_api::release::{Event, GuardStanding, Release};
use serin_engine::release::{
    Blocked, Guard, Hold, OnInconclusive, Phase, Position, Signal, Site, Span, Stage, State,
};

use crate::weights::thousandths;

pub(crate) mod forecast;
pub(crate) mod plan;
pub(crate) mod track;

/// `Running`, `Rolled back`.
pub(crate) fn state(state: &State) -> &'static str {
    match state {
        State::Draft => "Draft",
        State::Scheduled => "Scheduled",
        State::AwaitingStart { .. } => "Waits to start",
        State::Running(_) => "Running",
        State::Paused(_) => "Paused",
        State::Held(_) => "Held",
        State::Completed => "Completed",
        State::RolledBack => "Rolled back",
        State::Cancelled => "Cancelled",
        State::Superseded => "Superseded",
    }
}

/// Why the engine holds a release, as a part of a sentence.
fn hold(hold: Hold) -> &'static str {
    match hold {
        Hold::NoData => "nothing has been seen of one side for a while",
        Hold::ProviderDown => "a source of evidence does not answer",
        Hold::SampleMismatch => "users are not divided as they should be",
        Hold::SloBurn => "an error budget burns on both sides",
        Hold::Harm => "the candidate does harm",
    }
}

/// What keeps a release from starting, as a part of a sentence.
fn block(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::Window => "its window is closed",
        Blocked::Limit => "as many releases run as may",
        Blocked::SiteTaken => "another release has its place",
        Blocked::Unsuitable => "the flag is off, or serves something else than the baseline",
    }
}

fn joined<T: Copy>(all: &[T], words: fn(T) -> &'static str) -> String {
    let all: Vec<&str> = all.iter().map(|it| words(*it)).collect();
    all.join(", and ")
}

/// What a hold means for whoever is called because of it, and what to look at.
pub(crate) fn hold_advice(hold: Hold) -> &'static str {
    match hold {
        Hold::NoData => {
            "No unit was counted on one side for a while. Nothing bakes meanwhile, and nobody is moved. Look whether programs still evaluate the flag and report: it goes on when they do."
        }
        Hold::ProviderDown => {
            "A system that evidence is read from does not answer. That says nothing of the candidate: it goes on when answers come again."
        }
        Hold::SampleMismatch => {
            "One side has fewer units than its share: some are lost before they are counted, by a crash, a cache or a filter. No figure can be trusted until that is found. Retry begins the stage with new evidence."
        }
        Hold::SloBurn => {
            "An error budget burns, in both arms: something else is wrong. It goes on when the budget holds again."
        }
        Hold::Harm => {
            "The candidate is worse than a guard allows, and a person is to decide: roll it back, or go on and answer for it."
        }
    }
}

/// What keeps a release from starting, and what can be done.
pub(crate) fn block_advice(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::Window => "It starts by itself when its window opens.",
        Blocked::Limit => "It starts by itself when one of the project's other releases is over.",
        Blocked::SiteTaken => {
            "It starts by itself when the other release is over, or takes over from it now."
        }
        Blocked::Unsuitable => {
            "The flag is off or archived, serves something else than the baseline, or a metric or segment that the release names is gone. Mend that, or edit the release."
        }
    }
}

/// Whose units a stage is about: `units`, or those of its segment.
fn units(stage: Option<&Stage>) -> String {
    match stage.and_then(|stage| stage.segment.as_ref()) {
        Some(segment) => format!("units in segment {segment}"),
        None => "units".to_owned(),
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
    let stage = release
        .state
        .position()
        .and_then(|position| document.stages.get(position.stage));
    let of = match &document.site {
        Site::Default => units(stage),
        Site::Rule(rule) => format!("{} that rule {rule} matches", units(stage)),
    };
    match (&release.state, release.weight) {
        (State::Draft | State::Scheduled | State::AwaitingStart { .. }, _) => {
            format!("Nobody gets {candidate} because of it yet.")
        }
        (State::Running(_) | State::Paused(_) | State::Held(_), Some(share)) if share >= 100.0 => {
            format!("All {of} get {candidate}.")
        }
        (State::Running(_) | State::Paused(_) | State::Held(_), share) => format!(
            "{} of {of} get {candidate}, the others {baseline}.",
            weight(share.unwrap_or_default())
        ),
        (State::Completed, _) => format!("All {of} get {candidate}."),
        (State::Superseded, _) => "Another release decides who gets what.".to_owned(),
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
        State::Scheduled => "Starts by itself at its time.".to_owned(),
        State::AwaitingStart { blocked } => {
            format!("Starts as soon as it may: {}.", joined(blocked, block))
        }
        State::Held(position) => format!(
            "Held: {}. It goes on by itself when that is over.",
            joined(&position.holds, hold)
        ),
        State::Superseded => "Another release has taken over.".to_owned(),
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
        Phase::Propagating => "Waits until clients have this stage, then bakes.".to_owned(),
        Phase::Baking => {
            let proof = match unproven(release, position).as_slice() {
                [] => String::new(),
                metrics => format!(", then waits for proof of safety on {}", metrics.join(", ")),
            };
            format!("Bakes for {} more{proof}, then {then}.", remaining(left))
        }
        Phase::AwaitingEvidence => {
            let on = match unproven(release, position).as_slice() {
                [] => String::new(),
                metrics => format!(" on {}", metrics.join(", ")),
            };
            format!(
                "Waits for proof of safety{on}, then {then}.{}",
                at_most(release, position)
            )
        }
        Phase::AwaitingWindow => format!("Waits for its window to open, then {then}."),
        Phase::AwaitingApproval => {
            if asks_for_approval(release) {
                format!("Waits for approval: when approved, it {then}.")
            } else {
                format!("Waits for a person: when advanced, it {then}.")
            }
        }
    }
}

/// The metrics whose safety the present stage still waits for.
fn unproven<'r>(release: &'r Release, position: &Position) -> Vec<&'r str> {
    let document = &release.document;
    let asks = document
        .stages
        .get(position.stage)
        .is_some_and(|stage| document.asks_for_evidence(stage));
    let safe = |metric: &str| {
        let mut known = release.guards.iter();
        known.any(|it| it.metric == metric && it.standing == GuardStanding::Safe)
    };
    let guards = document.guards.iter().filter_map(Guard::metric);
    guards
        .filter(|guard| asks && guard.require_safe.is_some() && !safe(&guard.metric))
        .map(|guard| guard.metric.as_str())
        .collect()
}

/// What follows where evidence stays away.
fn at_most(release: &Release, position: &Position) -> String {
    let stage = release.document.stages.get(position.stage);
    let Some(longest) = stage.and_then(|stage| stage.max_bake) else {
        return String::new();
    };
    let then = match release.document.policy.on_inconclusive {
        OnInconclusive::Hold => "a person decides",
        OnInconclusive::Advance => "it goes on without",
        OnInconclusive::Rollback => "it is rolled back",
    };
    format!(" After {longest} of baking {then}.")
}

/// Whether its present stage is left by approval, rather than by whoever advances it.
pub(crate) fn asks_for_approval(release: &Release) -> bool {
    let position = release.state.position();
    let stage = position.and_then(|position| release.document.stages.get(position.stage));
    stage.is_some_and(|stage| stage.approval.is_some())
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
        Signal::Schedule => "Schedule",
        Signal::Approve => "Approve",
        Signal::Reject => "Reject",
        Signal::Promote => "Promote to everyone",
        Signal::Retry => "Retry stage",
        Signal::Supersede => "Take over",
        Signal::Edit => "Edit",
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
        (Signal::Advance, State::Running(position) | State::Held(position)) => {
            match stages.get(position.stage + 1) {
                Some(stage) => format!("Advance to {}", weight(stage.weight)),
                None => "Complete".to_owned(),
            }
        }
        (Signal::Schedule, State::Scheduled) => "Schedule anew…".to_owned(),
        (Signal::Schedule, _) => "Schedule…".to_owned(),
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
        State::Running(position) | State::Paused(position) | State::Held(position) => {
            position.stage + 1
        }
        _ => 0,
    };
    match signal {
        Signal::Tick => "Time goes by.".to_owned(),
        Signal::Schedule => {
            "It starts by itself at a time that you say, or as soon after it as it may.".to_owned()
        }
        Signal::Supersede => format!(
            "The release that lives there ends, and this one starts in its place. Between the same variations, whoever has {candidate} keeps it."
        ),
        Signal::Edit => "The stages to come are changed.".to_owned(),
        Signal::Promote => {
            format!("Everyone gets {candidate} at once, and the release is complete.")
        }
        Signal::Retry => {
            "The stage begins again, with new evidence. Nobody's variation changes.".to_owned()
        }
        Signal::Reject => format!(
            "It is taken back: {} serves at once what it did before the release.",
            site(&document.site)
        ),
        Signal::Start | Signal::Approve | Signal::Advance => {
            match document.stages.get(next_stage) {
                Some(stage) => format!(
                    "{} of {} get {candidate} from now on; the others keep {baseline}.",
                    weight(stage.weight),
                    units(Some(stage))
                ),
                None => format!("Everyone gets {candidate}, and the release is complete."),
            }
        }
        Signal::Pause => "The share stays as it is until someone resumes.".to_owned(),
        Signal::Resume => "It goes on baking where it stopped.".to_owned(),
        Signal::Rollback => format!(
            "{} serves at once what it did before the release. Nobody gets {candidate} because of it any more.",
            capital(&site(&document.site))
        ),
        Signal::Cancel => match release.state {
            State::Draft | State::Scheduled | State::AwaitingStart { .. } => {
                "The draft is given up. Nothing changes for users.".to_owned()
            }
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
                    "{} · {} of {} get {}",
                    stage(known, position.stage),
                    weight(known.weight),
                    units(Some(known)),
                    release.document.candidate
                )
            })
    };
    match (event.signal, &event.state) {
        (Signal::Pause, _) => "Paused".to_owned(),
        (Signal::Resume, _) => "Resumed".to_owned(),
        (Signal::Edit, _) => "Changed the stages to come".to_owned(),
        (Signal::Retry, State::Running(position)) => {
            format!("Retried: attempt {}", position.attempt)
        }
        (_, State::Held(position)) => format!("Held: {}", joined(&position.holds, hold)),
        (_, State::AwaitingStart { blocked }) => {
            format!("Waits to start: {}", joined(blocked, block))
        }
        (Signal::Tick, State::Running(position) | State::Paused(position)) if position.noted => {
            "Harm was seen".to_owned()
        }
        (Signal::Tick | Signal::Approve, State::Running(position)) if event.serve.is_none() => {
            phase(position.phase).to_owned()
        }
        (_, State::Running(position) | State::Paused(position)) => at_stage(position),
        (_, over) => state(over).to_owned(),
    }
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
