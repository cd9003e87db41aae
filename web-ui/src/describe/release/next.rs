//! What happens next with a release.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serin_api::release::{GuardStanding, Release};
use serin_engine::release::{OnInconclusive, Phase, Position, State};

use super::{
    approver, capital,
    holds::{block, hold, joined},
    remaining, share, track,
};

/// What happens next, in a sentence, as far as the server said; nothing where it is over.
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

fn sentence(release: &Release, left: Duration) -> String {
    match &release.state {
        State::Draft => "Waits for somebody to start it.".to_owned(),
        State::Scheduled => "Starts by itself at its time.".to_owned(),
        State::AwaitingStart { blocked } => {
            format!("Starts as soon as it may: {}.", joined(blocked, block))
        }
        State::Held(position) => format!(
            "Held: {}. It goes on by itself when that is over.",
            joined(&position.holds, hold)
        ),
        State::Running(position) => running(release, position, left),
        State::Paused(_) => "Goes on when somebody resumes it.".to_owned(),
        // Nothing comes after the end.
        State::Completed | State::RolledBack | State::Cancelled | State::Superseded => {
            String::new()
        }
    }
}

fn running(release: &Release, position: &Position, left: Duration) -> String {
    let onward = match release.document.stages.get(position.stage + 1) {
        Some(next) => format!("goes to {}", share(next)),
        None => "is complete".to_owned(),
    };
    let stage = release.document.stages.get(position.stage);
    let approval = stage.and_then(|stage| stage.approval.as_ref());
    let approval = approval.filter(|_| !position.approved);
    // Approval is the last that a stage waits for.
    let then = match approval {
        Some(approval) => format!("waits for approval by {}", approver(approval.role)),
        None => onward.clone(),
    };
    match position.phase {
        Phase::Propagating => "Waits until clients have this stage, then bakes.".to_owned(),
        Phase::Baking => {
            let proof = match unproven(release, position).as_slice() {
                [] => String::new(),
                metrics => format!(", then waits for proof of safety on {}", metrics.join(", ")),
            };
            let least = if release.document.is_guarded() {
                "at least "
            } else {
                ""
            };
            let silent = if track::is_silent(release) {
                " Nothing counts at present: no evidence of the candidate comes."
            } else {
                ""
            };
            format!(
                "Bakes for {least}{} more{proof}, then {then}.{silent}",
                remaining(left)
            )
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
        Phase::AwaitingApproval => match approval {
            Some(_) => format!("{}: when approved, it {onward}.", capital(&then)),
            None => format!("Waits for a person: when advanced, it {onward}."),
        },
    }
}

/// The metrics whose safety the present stage still waits for.
fn unproven<'r>(release: &'r Release, position: &Position) -> Vec<&'r str> {
    let document = &release.document;
    let stage = document.stages.get(position.stage);
    let stage = stage.filter(|stage| document.asks_for_evidence(stage));
    let safe = |metric: &str| {
        let mut known = release.guards.iter();
        known.any(|it| it.metric == metric && it.standing == GuardStanding::Safe)
    };
    let required = stage.into_iter().flat_map(|stage| document.required(stage));
    required
        .map(|guard| guard.metric.as_str())
        .filter(|metric| !safe(metric))
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
