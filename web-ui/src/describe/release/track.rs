//! Where each stage of a release stands, and how far the present one has come.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serin_api::release::Release;
use serin_engine::release::{Phase, Stage, State};

use super::held_back;

/// Where a stage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Left for the next one.
    Done,
    /// In force.
    Current,
    /// Still to come.
    Upcoming,
    /// In force when the release was rolled back.
    Stopped,
    /// In force when the release was given up, or another took over: no harm was done.
    Ended,
    /// Never came to it.
    Skipped,
}

impl Standing {
    /// The name that CSS and tests know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Upcoming => "upcoming",
            Self::Stopped => "stopped",
            Self::Ended => "ended",
            Self::Skipped => "skipped",
        }
    }

    /// For screen readers.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "in force now",
            Self::Upcoming => "to come",
            Self::Stopped => "stopped here",
            Self::Ended => "ended here",
            Self::Skipped => "never reached",
        }
    }
}

/// Where the stage at an index stands.
pub(crate) fn standing(release: &Release, index: usize) -> Standing {
    match (&release.state, last_stage(release)) {
        (State::Completed, _) => Standing::Done,
        (State::Draft | State::Scheduled | State::AwaitingStart { .. }, _) => Standing::Upcoming,
        (State::Running(position) | State::Paused(position) | State::Held(position), _) => {
            match index.cmp(&position.stage) {
                std::cmp::Ordering::Less => Standing::Done,
                std::cmp::Ordering::Equal => Standing::Current,
                std::cmp::Ordering::Greater => Standing::Upcoming,
            }
        }
        (over @ (State::RolledBack | State::Cancelled | State::Superseded), last) => {
            match last.map(|last| index.cmp(&last)) {
                Some(std::cmp::Ordering::Less) => Standing::Done,
                Some(std::cmp::Ordering::Equal) if *over == State::RolledBack => Standing::Stopped,
                Some(std::cmp::Ordering::Equal) => Standing::Ended,
                Some(std::cmp::Ordering::Greater) | None => Standing::Skipped,
            }
        }
    }
}

/// The last stage that the release came to.
fn last_stage(release: &Release) -> Option<usize> {
    release.stages_entered.len().checked_sub(1)
}

/// When the stage at an index came into force.
pub(crate) fn entered(release: &Release, index: usize) -> Option<DateTime<Utc>> {
    release.stages_entered.get(index).copied()
}

/// How long the present stage bakes in all; absent where it waits for a person.
pub(crate) fn needed(release: &Release) -> Option<Duration> {
    let position = release.state.position()?;
    let stage = release.document.stages.get(position.stage)?;
    stage.watch.or(stage.min_bake).map(|span| span.0)
}

/// How long the present stage still bakes; absent where it does not.
///
/// With guards only observed time counts: then it is what the server said last, since nobody
/// knows whether the moments after it will count.
pub(crate) fn left(release: &Release, now: DateTime<Utc>) -> Option<Duration> {
    let position = release.state.position()?;
    let needed = needed(release)?;
    if position.phase > Phase::Baking {
        return None;
    }
    let stood = needed.saturating_sub(Duration::from_millis(position.baked_ms));
    match (&release.state, release.next_at) {
        (State::Running(position), Some(at))
            if position.phase == Phase::Baking && !release.document.is_guarded() =>
        {
            // The clocks of server and browser may differ: never more than there was.
            let left = at.signed_duration_since(now).to_std().unwrap_or_default();
            Some(left.min(needed))
        }
        _ => Some(stood),
    }
}

/// Whether its bake goes on by what evidence comes, of which nobody tells.
pub(crate) fn counts_evidence(release: &Release) -> bool {
    matches!(&release.state, State::Running(position) if position.phase == Phase::Baking)
        && release.document.is_guarded()
}

/// Whether it bakes, and yet nothing counts: no evidence comes.
pub(crate) fn is_silent(release: &Release) -> bool {
    counts_evidence(release)
        && release.next_at.is_none()
        && left(release, release.entered_at).is_some_and(|left| !left.is_zero())
}

/// When it moves by itself, if nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The moment.
    pub(crate) at: DateTime<Utc>,
    /// Whether more than time is waited for.
    pub(crate) earliest: bool,
}

/// When it moves by itself; nothing where that is not for time to say.
pub(crate) fn due(release: &Release) -> Option<Due> {
    let document = &release.document;
    match &release.state {
        State::Scheduled => release.start_at.map(|at| Due { at, earliest: true }),
        State::Running(position) if position.phase == Phase::Baking => {
            let stage = document.stages.get(position.stage);
            let asks = stage.is_some_and(|stage| stage.approval.is_some());
            release.next_at.map(|at| Due {
                at,
                earliest: asks || document.is_guarded() || document.windows.is_some(),
            })
        }
        _ => None,
    }
}

/// How far the present stage has baked, from 0 to 1; absent where it does not bake.
pub(crate) fn progress(release: &Release, now: DateTime<Utc>) -> Option<f64> {
    let (needed, left) = (needed(release)?, left(release, now)?);
    if needed.is_zero() {
        return Some(1.0);
    }
    Some(1.0 - left.as_secs_f64() / needed.as_secs_f64())
}

/// What a stage waits for before the next: `bakes 30m, then proof of safety`, `until advanced`.
pub(crate) fn waits(stage: &Stage, last: bool, proof: bool) -> String {
    let by_person = stage.approval.is_some();
    let mut words = match (stage.watch, stage.min_bake, stage.max_bake) {
        (Some(span), _, _) => format!("watched {span}"),
        (None, Some(min), Some(max)) => format!("bakes {min} to {max}"),
        (None, Some(span), None) => format!("bakes {span}"),
        (None, None, Some(span)) => format!("bakes up to {span}"),
        (None, None, None) if by_person && !proof => "until approved".to_owned(),
        (None, None, None) if last => "completes".to_owned(),
        (None, None, None) => "until advanced".to_owned(),
    };
    if proof {
        words.push_str(", then proof of safety");
    }
    if by_person && words != "until approved" {
        words.push_str(", then approval");
    }
    if let Some(held) = held_back(stage) {
        words = format!("{held}, {words}");
    }
    match &stage.segment {
        _ if stage.shadow.is_some() => format!("results compared, {words}"),
        Some(segment) => format!("{segment} only, {words}"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    fn states(release: &Release) -> Vec<&'static str> {
        (0..release.document.stages.len())
            .map(|index| standing(release, index).name())
            .collect()
    }

    #[test]
    fn who_is_asked_is_said_whomever_a_stage_reaches() {
        let said = |stage: serde_json::Value, proof| {
            waits(&serde_json::from_value(stage).unwrap(), false, proof)
        };
        let by_person = |mut stage: serde_json::Value| {
            stage["approval"] = json!({"role": "admin"});
            stage
        };
        let segment = json!({"weight": 100, "segment": "staff", "min_bake": "10m"});
        assert_eq!(said(segment.clone(), false), "staff only, bakes 10m");
        assert_eq!(
            said(by_person(segment), true),
            "staff only, bakes 10m, then proof of safety, then approval"
        );
        let shadow = json!({"weight": 10, "shadow": {"mismatch": "m"}, "min_bake": "5m"});
        assert_eq!(
            said(by_person(shadow), false),
            "results compared, bakes 5m, then approval"
        );
        let plain = json!({"weight": 10});
        assert_eq!(said(plain.clone(), false), "until advanced");
        assert_eq!(said(by_person(plain), false), "until approved");
        let held = json!({"weight": 100, "holdback": 2.5, "watch": "1h"});
        let said = said(held, false).replace('\u{202f}', " ");
        assert_eq!(said, "2.5 % held back, watched 1h");
    }

    #[test]
    fn stages_of_a_live_release() {
        let paused = json!({"state": "paused", "stage": 1, "phase": "baking", "baked_ms": 0});
        assert_eq!(states(&release(paused)), ["done", "current", "upcoming"]);
        assert_eq!(states(&release(json!({"state": "draft"}))), ["upcoming"; 3]);
        assert_eq!(states(&release(json!({"state": "completed"}))), ["done"; 3]);
    }

    #[test]
    fn a_rolled_back_one_shows_how_far_it_came() {
        let over = release(
            json!({"state": "rolled_back", "stages_entered": ["2026-11-21T10:01:00Z", "2026-11-21T10:02:00Z"]}),
        );
        assert_eq!(states(&over), ["done", "stopped", "skipped"]);
        assert_eq!(
            entered(&over, 1).map(|at| at.to_rfc3339()),
            Some("2026-11-21T10:02:00+00:00".to_owned())
        );
        assert_eq!(entered(&over, 2), None);
        for state in ["cancelled", "superseded"] {
            let over = release(json!({"state": state, "stages_entered": ["2026-11-21T10:01:00Z"]}));
            assert_eq!(states(&over), ["ended", "skipped", "skipped"]);
        }
    }

    #[test]
    fn a_bake_counts_down_to_its_end_and_no_further() {
        let running = release(
            json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0,
            "next_at": "2026-11-21T10:10:00Z"}),
        );
        let start = running.entered_at;
        let at = |minutes| progress(&running, start + TimeDelta::minutes(minutes));
        assert_eq!(
            [at(-5), at(0), at(5), at(10), at(20)],
            [Some(0.0), Some(0.0), Some(0.5), Some(1.0), Some(1.0)]
        );
        let paused =
            release(json!({"state": "paused", "stage": 0, "phase": "baking", "baked_ms": 300_000}));
        assert_eq!(progress(&paused, start + TimeDelta::hours(9)), Some(0.5));
        let waits = release(
            json!({"state": "running", "stage": 1, "phase": "awaiting_approval", "baked_ms": 0}),
        );
        assert_eq!(progress(&waits, start), None);
        let paused = release(
            json!({"state": "paused", "stage": 0, "phase": "awaiting_approval", "baked_ms": 600_000}),
        );
        assert_eq!(left(&paused, start), None, "its bake is over");
    }

    /// Its first stage bakes 10 minutes, guarded.
    fn guarded(state: serde_json::Value) -> Release {
        let mut guarded = release(state);
        guarded.document.guards = serde_json::from_value(json!([{"metric": "errors"}])).unwrap();
        guarded
    }

    #[test]
    fn with_guards_nothing_counts_down_by_itself() {
        let at = |next_at: Option<&str>| {
            guarded(json!({"state": "running", "stage": 0, "phase": "baking",
                "baked_ms": 60_000, "next_at": next_at}))
        };
        let (counts, silent) = (at(Some("2026-11-21T10:10:00Z")), at(None));
        for minutes in [0, 5, 20] {
            let now = counts.entered_at + TimeDelta::minutes(minutes);
            assert_eq!(left(&counts, now), Some(Duration::from_secs(540)));
            assert_eq!(left(&silent, now), Some(Duration::from_secs(540)));
        }
        assert_eq!((is_silent(&counts), is_silent(&silent)), (false, true));
        assert_eq!(due(&silent), None);
        assert!(due(&counts).unwrap().earliest);
        let paused =
            guarded(json!({"state": "paused", "stage": 0, "phase": "baking", "baked_ms": 60_000}));
        assert!(!is_silent(&paused) && due(&paused).is_none());
    }

    #[test]
    fn what_is_due_at_a_time() {
        let scheduled = release(json!({"state": "scheduled", "start_at": "2026-11-21T10:00:00Z"}));
        assert_eq!(due(&scheduled).map(|due| due.at), scheduled.start_at);
        let baking = release(json!({"state": "running", "stage": 0, "phase": "baking",
            "baked_ms": 0, "next_at": "2026-11-21T10:10:00Z"}));
        assert_eq!(due(&baking).map(|due| due.earliest), Some(false));
    }
}
