//! What people can do with a release, and what follows from it.

use serin_api::release::Release;
use serin_engine::release::{Phase, Signal, State};

use super::{asks_for_approval, capital, gets, share, site, units, weight};

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
                Some(stage) => format!("Advance to {}", share(stage)),
                None => "Complete".to_owned(),
            }
        }
        (Signal::Schedule, State::Scheduled) => "Schedule anew…".to_owned(),
        (Signal::Schedule, _) => "Schedule…".to_owned(),
        (Signal::Start, State::Draft) => match stages.first() {
            Some(stage) => format!("Start with {}", share(stage)),
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
    // Whose it is in the end: no segment is left out.
    let all = units(document, None);
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
            format!("All {all} get {candidate} at once, and the release is complete.")
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
                Some(stage) if stage.shadow.is_some() => format!(
                    "Nobody gets {candidate} yet: programs try it beside {baseline} for {} of {}, and results are compared.",
                    weight(stage.weight),
                    units(document, Some(stage))
                ),
                Some(stage) if super::served(stage) >= 100.0 => {
                    let of = units(document, Some(stage));
                    format!("All {of} get {candidate} from now on.")
                }
                Some(stage) => format!(
                    "{} from now on; the others keep {baseline}.",
                    gets(document, stage)
                ),
                None => format!("All {all} get {candidate}, and the release is complete."),
            }
        }
        Signal::Pause => "The share stays as it is until someone resumes.".to_owned(),
        Signal::Resume => resumed(release).to_owned(),
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

/// What a paused release does when it is resumed.
fn resumed(release: &Release) -> &'static str {
    match release.state.position().map(|position| position.phase) {
        None | Some(Phase::Propagating | Phase::Baking) => "It goes on baking where it stopped.",
        Some(Phase::AwaitingEvidence) => "It waits for proof of safety again; its bake is over.",
        Some(Phase::AwaitingWindow) => "It waits for its window again; its bake is over.",
        Some(Phase::AwaitingApproval) if asks_for_approval(release) => {
            "It waits for approval again; its bake is over."
        }
        Some(Phase::AwaitingApproval) => "It waits for a person again: someone has to advance it.",
    }
}
