//! Releases as they are shown.

use chrono::{DateTime, TimeDelta, Utc};
use serin_api::release::{ActionState, Deed, Event, GuardStanding, GuardState, Release};
use serin_documents::shares;
use serin_engine::release::{
    Approver, Document, Guard, MetricGuard, Signal, State, actions, is_watched, judge::Judgement,
    remaining,
};

use super::transition::Place;
use crate::store::{self, release::Milestone};

/// A release with what people may do with it and what became of it.
pub(super) fn release(
    place: &Place,
    row: store::release::Release,
    events: Vec<store::release::Event>,
    judgement: Option<&Judgement>,
    now: DateTime<Utc>,
) -> Release {
    let actions = actions(&row.document, &row.state)
        .into_iter()
        .map(|(signal, refused)| ActionState {
            signal,
            needs: Some(needs(&row.document, &row.state, signal))
                .filter(|role| *role > Approver::Editor),
            refused: refused.map(|refused| refused.to_string()),
        })
        .collect();
    Release {
        id: row.release_id,
        project: place.project.clone(),
        environment: place.environment.clone(),
        weight: row.state.weight(&row.document),
        epoch: row.epoch,
        created_at: row.created_at,
        created_by: row.created_by.clone(),
        entered_at: row.entered_at,
        start_at: row.start_at,
        // Where the runner is late, it is now rather than in the past.
        next_at: next_at(&row).map(|at| at.max(now)),
        guards: guards(&row.document, judgement),
        actions,
        history: events.into_iter().map(event).collect(),
        pipeline: Vec::new(),
        started: None,
        moved: None,
        stages_entered: Vec::new(),
        document: row.document,
        state: row.state,
    }
}

/// The same with what is told of all of its history.
pub(super) fn with_milestones(release: Release, milestones: Vec<Milestone>) -> Release {
    let mut entered = Vec::new();
    for milestone in &milestones {
        let at = milestone.state.position().map(|position| position.stage);
        if at == Some(entered.len()) {
            entered.push(milestone.at);
        }
    }
    let deed = |milestone: &Milestone| Deed {
        at: milestone.at,
        actor: milestone.actor.clone(),
    };
    let started = milestones.iter().find(|it| it.state.is_live());
    Release {
        started: started.map(deed),
        moved: milestones.last().map(deed),
        stages_entered: entered,
        ..release
    }
}

/// What is known of each guard that compares the arms.
fn guards(document: &Document, judgement: Option<&Judgement>) -> Vec<GuardState> {
    let standing = |metric: &str| {
        let known = judgement.and_then(|judgement| judgement.guards.get(metric));
        match known {
            None => GuardStanding::NoData,
            Some(known) if known.harm => GuardStanding::Harm,
            Some(known) if known.safe => GuardStanding::Safe,
            Some(_) => GuardStanding::Collecting,
        }
    };
    let state = |guard: &MetricGuard| GuardState {
        metric: guard.metric.clone(),
        standing: standing(&guard.metric),
    };
    let guards = document.guards.iter().filter_map(Guard::metric);
    guards.map(state).collect()
}

/// When a release moves by itself, if nothing changes: from when time last counted,
/// what is left of its bake.
pub(crate) fn next_at(row: &store::release::Release) -> Option<DateTime<Utc>> {
    if row.state == State::Scheduled {
        return row.start_at;
    }
    let left = remaining(&row.document, &row.state)?;
    let since = row.ticked_at.unwrap_or(row.entered_at);
    since.checked_add_signed(TimeDelta::from_std(left).ok()?)
}

/// When a release is to be looked at; nothing where a look changes nothing.
pub(crate) fn looked_at(row: &store::release::Release) -> Option<DateTime<Utc>> {
    is_watched(&row.document, &row.state).then(|| next_at(row).unwrap_or(row.entered_at))
}

/// The role that a signal takes: whoever skips an approval has to be one who may give it.
pub(super) fn needs(document: &Document, state: &State, signal: Signal) -> Approver {
    let Some(position) = state.position() else {
        return Approver::Editor;
    };
    match signal {
        Signal::Approve | Signal::Reject | Signal::Advance => document.approver(position.stage),
        Signal::Promote => (position.stage..document.stages.len())
            .map(|stage| document.approver(stage))
            .max()
            .unwrap_or(Approver::Editor),
        Signal::Tick
        | Signal::Start
        | Signal::Schedule
        | Signal::Pause
        | Signal::Resume
        | Signal::Retry
        | Signal::Rollback
        | Signal::Cancel
        | Signal::Supersede
        | Signal::Edit => Approver::Editor,
    }
}

pub(super) fn event(event: store::release::Event) -> Event {
    Event {
        epoch: event.epoch,
        at: event.at,
        actor: event.actor,
        signal: event.signal,
        state: event.state,
        reason: event.reason,
        serve: event.serve.map(shares::show_serve),
        evidence: event.evidence,
    }
}
