//! What a release's transition is called, and what is told of it.

use serde_json::{Value, json};
use serin_documents::shares;
use serin_engine::{
    flag::Serve,
    release::{Document, Phase, Position, Signal, Site, State},
};
use uuid::Uuid;

use crate::{
    service::{Result, document},
    store::release::Release,
};

/// A change set was applied.
pub(super) const CHANGE_SET: &str = "change_set.applied";

/// A transition.
pub(crate) struct Moved<'m> {
    /// Where it stood; nothing where it was written just now, or that cannot be read.
    pub(crate) before: Option<&'m State>,
    /// As it is.
    pub(crate) after: After<'m>,
    /// What moved it; nothing where it was written just now.
    pub(crate) signal: Option<Signal>,
    /// Who.
    pub(crate) actor: &'m str,
    /// Why, in their words.
    pub(crate) reason: Option<&'m str>,
    /// What the site serves from now on, where that changed.
    pub(crate) serve: Option<&'m Serve>,
    /// What it was decided on, where no person decided.
    pub(crate) evidence: Option<&'m Value>,
}

/// A release after its transition.
pub(crate) struct After<'m> {
    pub(crate) release_id: Uuid,
    pub(crate) epoch: u64,
    pub(crate) state: &'m State,
    pub(crate) flag: &'m str,
    /// Nothing where it cannot be read.
    pub(crate) site: Option<&'m Site>,
    /// Nothing where it cannot be read.
    pub(crate) document: Option<&'m Document>,
}

impl<'m> After<'m> {
    /// Of one that can be read.
    pub(crate) fn of(release: &'m Release) -> Self {
        Self {
            release_id: release.release_id,
            epoch: release.epoch,
            state: &release.state,
            flag: &release.document.flag,
            site: Some(&release.document.site),
            document: Some(&release.document),
        }
    }
}

/// The event's name: one of [`serin_api::webhook::EVENTS`].
pub(super) fn name(moved: &Moved<'_>) -> &'static str {
    match moved.signal {
        None => return "release.created",
        Some(Signal::Edit) => return "release.edited",
        Some(_) => {}
    }
    let before = moved.before;
    match moved.after.state {
        State::Draft => "release.created",
        State::Scheduled => "release.scheduled",
        State::AwaitingStart { .. } => "release.awaiting_start",
        State::Completed => "release.completed",
        State::RolledBack => "release.rolled_back",
        State::Cancelled => "release.cancelled",
        State::Superseded => "release.superseded",
        State::Running(after) | State::Held(after) | State::Paused(after) => {
            match before.and_then(|before| Some((before, before.position()?))) {
                None => "release.started",
                Some((before, position)) => alive(before, position, moved.after.state, after),
            }
        }
    }
}

/// What happened to a release that lives, and goes on living.
fn alive(before: &State, from: &Position, after: &State, to: &Position) -> &'static str {
    let was = std::mem::discriminant(before);
    if (from.stage, from.attempt) != (to.stage, to.attempt) {
        "release.stage_entered"
    } else if to.noted && !from.noted {
        "release.harm_noted"
    } else if to.approved && !from.approved {
        "release.approved"
    } else if matches!(after, State::Held(_)) {
        "release.held"
    } else if matches!(after, State::Paused(_)) {
        "release.paused"
    } else if was != std::mem::discriminant(after) {
        "release.resumed"
    } else if to.phase == Phase::AwaitingApproval {
        "release.awaiting_approval"
    } else {
        "release.phase_changed"
    }
}

/// What is told of a transition.
///
/// # Errors
/// Where it cannot be written as JSON.
pub(super) fn release(moved: &Moved<'_>) -> Result<Value> {
    let After {
        state, document, ..
    } = moved.after;
    let mut release = document::value(state)?;
    release["id"] = json!(moved.after.release_id);
    release["epoch"] = json!(moved.after.epoch);
    release["flag"] = json!(moved.after.flag);
    release["site"] = json!(moved.after.site);
    if let Some(document) = document {
        release["baseline"] = json!(document.baseline);
        release["candidate"] = json!(document.candidate);
        release["stages"] = json!(document.stages.len());
        if let Some(stage) = state.position().and_then(|at| document.stage(at.stage)) {
            release["stage_name"] = json!(stage.name);
            release["segment"] = json!(stage.segment);
            release["weight"] = json!(state.weight(document));
        }
    }
    Ok(document::present(json!({
        "actor": moved.actor,
        "reason": moved.reason,
        "signal": moved.signal,
        "before": moved.before,
        "release": document::present(release),
        "serve": moved.serve.cloned().map(shares::show_serve),
        "evidence": moved.evidence,
    })))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serin_api::webhook::EVENTS;

    use super::*;

    fn state(json: Value) -> State {
        serde_json::from_value(json).unwrap()
    }

    fn named(
        before: Option<Value>,
        signal: impl Into<Option<Signal>>,
        after: Value,
    ) -> &'static str {
        let document = json!({
            "flag": "f", "baseline": "off", "candidate": "on", "stages": [{"weight": 10}, {"weight": 100}]
        });
        let after = Release {
            release_id: Uuid::nil(),
            environment_id: Uuid::nil(),
            document: serde_json::from_value(document).unwrap(),
            state: state(after),
            epoch: 1,
            restore: None,
            created_at: DateTime::UNIX_EPOCH,
            created_by: String::new(),
            entered_at: DateTime::UNIX_EPOCH,
            start_at: None,
            ticked_at: None,
            next_at: None,
            follows: None,
        };
        let before = before.map(state);
        name(&Moved {
            before: before.as_ref(),
            after: After::of(&after),
            signal: signal.into(),
            actor: "ada",
            reason: None,
            serve: None,
            evidence: None,
        })
    }

    fn at(state: &str, stage: usize, phase: &str) -> Value {
        json!({"state": state, "stage": stage, "attempt": 1, "phase": phase, "baked_ms": 0})
    }

    #[test]
    fn every_transition_has_a_name_that_is_listed() {
        let draft = || Some(json!({"state": "draft"}));
        let baking = || Some(at("running", 0, "baking"));
        let held = json!({"state": "held", "stage": 0, "phase": "baking", "baked_ms": 0, "holds": ["no_data"]});
        let asks = json!({"state": "held", "stage": 0, "phase": "awaiting_approval", "baked_ms": 0, "holds": ["no_data"]});
        let approved = {
            let mut approved = asks.clone();
            approved["approved"] = json!(true);
            approved
        };
        let noted = json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0, "noted": true});
        let awaiting = json!({"state": "awaiting_start", "blocked": ["window"]});
        let mut all: Vec<&str> = vec![
            named(None, None, json!({"state": "draft"})),
            named(draft(), Signal::Edit, json!({"state": "draft"})),
            named(draft(), Signal::Schedule, json!({"state": "scheduled"})),
            named(draft(), Signal::Start, awaiting.clone()),
            named(Some(awaiting), Signal::Tick, at("running", 0, "baking")),
            named(baking(), Signal::Tick, at("running", 1, "baking")),
            named(baking(), Signal::Tick, at("running", 0, "awaiting_window")),
            named(
                baking(),
                Signal::Tick,
                at("running", 0, "awaiting_approval"),
            ),
            named(Some(asks), Signal::Approve, approved),
            named(baking(), Signal::Tick, noted),
            named(baking(), Signal::Tick, held.clone()),
            named(baking(), Signal::Pause, at("paused", 0, "baking")),
            named(Some(held), Signal::Tick, at("running", 0, "baking")),
            named(baking(), Signal::Promote, json!({"state": "completed"})),
            named(baking(), Signal::Tick, json!({"state": "rolled_back"})),
            named(baking(), Signal::Cancel, json!({"state": "cancelled"})),
            named(baking(), Signal::Supersede, json!({"state": "superseded"})),
        ];
        all.push(CHANGE_SET);
        assert_eq!(all, EVENTS);
    }
}
