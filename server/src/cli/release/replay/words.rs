//! A replay for people.

use std::fmt::Write as _;

use serin_engine::release::Action;

use super::pass::{Ended, Replayed, Would};

/// A few lines on each release.
pub(super) fn of(replayed: &Replayed) -> String {
    let mut text = head(replayed);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {}", verdict(replayed));
    for stage in &replayed.stages {
        let number = stage.stage + 1;
        let from = minutes(stage.from_minute);
        let known = match stage.safe_at_minute {
            Some(safe) => format!("safe at minute {}", minutes(safe)),
            None if stage.asks => "not known to be safe".to_owned(),
            None => "no guard has to be safe".to_owned(),
        };
        let _ = writeln!(text, "  stage {number}, from minute {from}: {known}");
    }
    for held in &replayed.holds {
        let (from, long) = (minutes(held.from_minute), minutes(held.minutes));
        let _ = writeln!(
            text,
            "  held for {}: from minute {from}, {long} min",
            held.why
        );
    }
    text
}

fn head(replayed: &Replayed) -> String {
    let mut text = match (&replayed.release, &replayed.flag) {
        (Some(id), Some(flag)) => format!("release {id} of {flag}"),
        (Some(id), None) => format!("release {id}"),
        (None, _) => "the release".to_owned(),
    };
    let _ = write!(
        text,
        ": {} windows, {} min",
        replayed.windows,
        minutes(replayed.minutes)
    );
    if replayed.refused > 0 {
        let _ = write!(text, ", {} of them no windows", replayed.refused);
    }
    text.push('\n');
    text
}

fn verdict(replayed: &Replayed) -> String {
    let would = match &replayed.would {
        Some(would) => harm(replayed, would),
        None => "would not have stopped".to_owned(),
    };
    match &replayed.serin {
        Some(ended) => format!("{would}; {}", did(replayed, ended)),
        None => would,
    }
}

fn harm(replayed: &Replayed, would: &Would) -> String {
    let did = match would.action {
        Action::Rollback => "would have stopped",
        Action::Hold => "would have been held, until a person decides,",
        Action::Notify => "would have told of harm, and gone on,",
    };
    let mut text = format!(
        "{did} at minute {} in stage {}",
        minutes(would.minute),
        would.stage + 1
    );
    let Some(culprit) = &would.culprit else {
        return text;
    };
    let guards = replayed
        .judgement
        .as_ref()
        .map(|judgement| &judgement.guards);
    let guard = guards.and_then(|guards| guards.get(culprit.as_str()));
    let _ = write!(text, " for {culprit}");
    if would.because == "cap" {
        text += " (more events than the cap allows)";
    } else if let Some(ratio) = guard.and_then(|guard| guard.ratio) {
        let estimate = ratio
            .estimate
            .map_or_else(|| "?".to_owned(), |estimate| format!("{estimate:.2}"));
        let (low, high) = ratio.around_estimate();
        let _ = write!(text, " (×{estimate}, between {low:.2} and {high:.2})");
    } else if let Some(values) = guard.and_then(|guard| guard.values) {
        let (own, other) = (values.candidate, values.baseline);
        let _ = write!(
            text,
            " (p50 {} against {}, p95 {} against {})",
            own.p50, other.p50, own.p95, other.p95
        );
    }
    text
}

fn did(replayed: &Replayed, ended: &Ended) -> String {
    let actor = match ended.did.actor.as_str() {
        "serin" => "Serin",
        person => person,
    };
    let minute = minutes(ended.minute);
    match (ended.did.state, &replayed.would) {
        // The case that one looks for: the same end, at another time.
        ("rolled_back", Some(would)) if would.action == Action::Rollback => {
            format!("{actor} did at minute {minute}")
        }
        ("rolled_back", _) => format!("{actor} rolled it back at minute {minute}"),
        ("completed", _) => format!("{actor} completed it at minute {minute}"),
        ("cancelled", _) => format!("{actor} cancelled it at minute {minute}"),
        (state, _) => format!("it was {state} at minute {minute}"),
    }
}

/// With at most one digit behind the point.
fn minutes(minutes: f64) -> String {
    let rounded = (minutes * 10.0).round() / 10.0;
    format!("{rounded}")
}
