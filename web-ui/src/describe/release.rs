//! Releases in words: where one stands, what it waits for, what a signal does.

use std::time::Duration;

use serin_api::release::Release;
use serin_engine::release::{Approver, Document, Phase, Site, Span, Stage, State};

use crate::weights::thousandths;

pub(crate) mod forecast;
mod history;
mod holds;
mod next;
pub(crate) mod plan;
mod signal;
pub(crate) mod track;

pub(crate) use history::{event, event_after, since};
pub(crate) use holds::{block_advice, hold_advice};
pub(crate) use next::{asks_for_approval, next, next_at};
pub(crate) use signal::{button, effect, verb};

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

/// Its state in a badge: who is waited for, where a person is.
pub(crate) fn badge(release: &Release) -> &'static str {
    match &release.state {
        State::Running(position) if position.phase == Phase::AwaitingApproval => {
            if asks_for_approval(release) {
                "Waits for approval"
            } else {
                "Waits for a person"
            }
        }
        other => state(other),
    }
}

/// Somebody who may approve.
fn approver(role: Approver) -> &'static str {
    match role {
        Approver::Editor => "an editor",
        Approver::Admin => "an admin",
    }
}

/// Whose units it is about: `units`, those of a stage's segment, those that its rule matches, or
/// both.
fn units(document: &Document, stage: Option<&Stage>) -> String {
    let of = match stage.and_then(|stage| stage.segment.as_ref()) {
        Some(segment) => format!("units in segment {segment}"),
        None => "units".to_owned(),
    };
    match &document.site {
        Site::Default => of,
        Site::Rule(rule) => format!("{of} that rule {rule} matches"),
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

/// What a stage is a step to: `10 %`, or `a shadow of 10 %` where nobody gets the candidate.
fn share(stage: &Stage) -> String {
    match stage.shadow {
        Some(_) => format!("a shadow of {}", weight(stage.weight)),
        None => weight(served(stage)),
    }
}

/// Whom a stage reaches, where it stands by itself: `10 %`, or `10 % compared`.
pub(crate) fn reach(stage: &Stage) -> String {
    match stage.shadow {
        Some(_) => format!("{} compared", part(stage)),
        None => part(stage),
    }
}

/// How much of all units a stage is about, whatever it does with them.
pub(crate) fn part(stage: &Stage) -> String {
    weight(match stage.shadow {
        Some(_) => stage.weight,
        None => served(stage),
    })
}

/// `10 % held back`; nothing where nobody is.
pub(crate) fn held_back(stage: &Stage) -> Option<String> {
    let held = stage.holdback.filter(|held| *held > 0.0)?;
    Some(format!("{} held back", weight(held)))
}

/// Percent of units that get the candidate: those held back do not.
fn served(stage: &Stage) -> f64 {
    f64::from(stage.slots()) / 1000.0
}

/// What a stage does, with its share: `10 % of units get on`.
fn gets(document: &Document, stage: &Stage) -> String {
    let of = |share: f64| format!("{} of {}", weight(share), units(document, Some(stage)));
    match stage.shadow {
        Some(_) => format!("results of {} are compared", of(stage.weight)),
        None => format!("{} get {}", of(served(stage)), document.candidate),
    }
}

/// `Staff`, or `Stage 2` where it has no name; `index` counts from 0.
pub(crate) fn stage(stage: &Stage, index: usize) -> String {
    stage
        .name
        .clone()
        .unwrap_or_else(|| format!("Stage {}", index + 1))
}

/// What users get now, in a sentence; of one that is over, what it came to.
pub(crate) fn serves(release: &Release) -> String {
    let document = &release.document;
    let (candidate, baseline) = (&document.candidate, &document.baseline);
    let stage = release
        .state
        .position()
        .and_then(|position| document.stages.get(position.stage));
    let of = units(document, stage);
    if let Some(shadow) = stage.filter(|stage| stage.shadow.is_some()) {
        return format!(
            "All {} get {baseline}. For {} of {of} its results are compared with those of {candidate}.",
            units(document, None),
            weight(shadow.weight)
        );
    }
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
        // What came after its end is not its affair: neither edits nor later releases.
        (State::Completed, _) => format!("All {of} got {candidate} at its end."),
        (State::Superseded, _) => "Another release took its place.".to_owned(),
        (State::RolledBack | State::Cancelled, _) => {
            format!("Nobody gets {candidate} because of it any more.")
        }
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
