//! Releases in words: where one stands, what it waits for, what a signal does.

use std::time::Duration;

use serin_api::release::{Event, Release};
use serin_engine::release::{Phase, Position, Signal, Site, Span, Stage, State};

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
    format!("{weight}\u{202f}%")
}

/// `Staff`, or `Stage 2` where it has no name; `index` counts from 0.
pub(crate) fn stage(stage: &Stage, index: usize) -> String {
    stage
        .name
        .clone()
        .unwrap_or_else(|| format!("Stage {}", index + 1))
}

/// What happens next, in a sentence.
pub(crate) fn next(release: &Release) -> String {
    let document = &release.document;
    match &release.state {
        State::Draft => format!("Not started: {} is as it was.", site(&document.site)),
        State::Running(position) => running(release, position),
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

fn running(release: &Release, position: &Position) -> String {
    let stages = &release.document.stages;
    let then = match stages.get(position.stage + 1) {
        Some(next) => format!("goes to {}", weight(next.weight)),
        None => "is complete".to_owned(),
    };
    match position.phase {
        Phase::AwaitingAdvance => format!("Waits for a person: when advanced, it {then}."),
        Phase::Baking => {
            let needed = stages
                .get(position.stage)
                .and_then(|stage| stage.min_bake)
                .map_or(Duration::ZERO, |span| span.0);
            let left = needed.saturating_sub(Duration::from_millis(position.baked_ms));
            format!("Bakes for {} more, then {then}.", remaining(left))
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

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn release(state: serde_json::Value) -> Release {
        let mut release = json!({
            "id": "00000000-0000-0000-0000-000000000001", "project": "shop", "environment": "production",
            "document": {"flag": "checkout", "baseline": "off", "candidate": "on", "stages": [
                {"weight": 1, "min_bake": "10m"}, {"name": "Half", "weight": 50}, {"weight": 100}]},
            "epoch": 1, "created_at": "2026-11-21T10:00:00Z", "created_by": "ann",
            "entered_at": "2026-11-21T10:00:00Z", "actions": [], "history": []
        });
        release
            .as_object_mut()
            .unwrap()
            .extend(state.as_object().unwrap().clone());
        serde_json::from_value(release).unwrap()
    }

    fn check(state: serde_json::Value, expected: &str) {
        assert_eq!(next(&release(state)).replace('\u{202f}', " "), expected);
    }

    #[test]
    fn what_happens_next() {
        check(
            json!({"state": "draft"}),
            "Not started: the default is as it was.",
        );
        check(
            json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 90_000}),
            "Bakes for 8m30s more, then goes to 50 %.",
        );
        check(
            json!({"state": "running", "stage": 1, "phase": "awaiting_advance", "baked_ms": 0}),
            "Waits for a person: when advanced, it goes to 100 %.",
        );
        check(
            json!({"state": "paused", "stage": 1, "phase": "baking", "baked_ms": 0}),
            "Paused by a person: 50 % keep getting on.",
        );
        check(
            json!({"state": "rolled_back"}),
            "The default serves again what it did before.",
        );
    }

    #[test]
    fn what_a_signal_does() {
        let at = |stage: usize| {
            release(json!({"state": "running", "stage": stage, "phase": "baking", "baked_ms": 0}))
        };
        assert_eq!(
            effect(&at(0), Signal::Advance).replace('\u{202f}', " "),
            "50 % of units get on from now on; the others keep off."
        );
        assert_eq!(
            effect(&at(2), Signal::Advance),
            "Everyone gets on, and the release is complete."
        );
        assert_eq!(
            effect(&release(json!({"state": "draft"})), Signal::Start).replace('\u{202f}', " "),
            "1 % of units get on from now on; the others keep off."
        );
    }

    #[test]
    fn times_are_short() {
        assert_eq!(remaining(Duration::from_millis(200)), "1s");
        assert_eq!(remaining(Duration::from_secs(59 * 60 + 59)), "59m59s");
        assert_eq!(remaining(Duration::from_secs(2 * 3600 + 61)), "2h1m");
        assert_eq!(remaining(Duration::from_secs(90_061)), "1d1h");
    }
}
