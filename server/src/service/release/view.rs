//! Releases as they are shown.

use chrono::{DateTime, TimeDelta, Utc};
use serin_api::{
    entity::LiveRelease,
    release::{ActionState, Deed, Event, GuardStanding, GuardState, Release},
};
use serin_documents::shares;
use serin_engine::release::{
    Approver, Document, Guard, MetricGuard, Signal, State, actions, is_watched, judge::Judgement,
    remaining,
};

use uuid::Uuid;

use super::transition::Place;
use crate::{
    service::evidence::lateness,
    store::{self, release::Milestone},
};

/// As of when a release is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsOf {
    pub(super) now: DateTime<Utc>,
    /// How late reports of evidence may be.
    pub(super) grace: TimeDelta,
}

/// A release with what people may do with it and what became of it.
pub(super) fn release(
    place: &Place,
    row: store::release::Release,
    events: Vec<store::release::Event>,
    judgement: Option<&Judgement>,
    as_of: AsOf,
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
        next_at: next_at(&row)
            .filter(|_| is_counting(&row, as_of))
            .map(|at| at.max(as_of.now)),
        guards: guards(&row.document, judgement),
        actions,
        in_the_way: None,
        history: events.into_iter().map(event).collect(),
        pipeline: Vec::new(),
        started: None,
        moved: None,
        stages_entered: Vec::new(),
        document: row.document,
        state: row.state,
    }
}

/// Enough of a live release to name it.
pub(crate) fn live(row: &store::release::Release) -> LiveRelease {
    LiveRelease {
        id: row.release_id,
        site: row.document.site.clone(),
        stage: row.state.position().map_or(0, |position| position.stage),
        stages: row.document.stages.len(),
        weight: row.state.weight(&row.document).unwrap_or_default(),
        state: row.state.name().to_owned(),
    }
}

/// The same for one that another keeps from its site: a start says why it is refused.
pub(super) fn behind(mut release: Release, other: LiveRelease) -> Release {
    let document = &release.document;
    let reason = format!(
        "another release has the {} of flag {:?}, at {} %: take it over, or roll that one back first",
        document.site, document.flag, other.weight
    );
    refuse_start(&mut release, reason);
    Release {
        in_the_way: Some(other),
        ..release
    }
}

/// The same where the other one cannot be read, and there is not enough to name it by.
pub(super) fn behind_unread(mut release: Release, other: Uuid) -> Release {
    let document = &release.document;
    let reason = format!(
        "release {other} has the {} of flag {:?}, and cannot be read by this version of the server: take it over, or turn the flag off",
        document.site, document.flag
    );
    refuse_start(&mut release, reason);
    release
}

fn refuse_start(release: &mut Release, reason: String) {
    let mut actions = release.actions.iter_mut();
    if let Some(start) = actions.find(|action| action.signal == Signal::Start) {
        start.refused.get_or_insert(reason);
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

/// Whether the time of a bake goes on counting. With guards only observed time does, some seconds
/// late; where none did for longer, nobody knows when it will be over.
fn is_counting(row: &store::release::Release, as_of: AsOf) -> bool {
    let counted = row.ticked_at.unwrap_or(row.entered_at);
    row.state == State::Scheduled
        || !row.document.is_guarded()
        || as_of.now.signed_duration_since(counted) <= lateness::known_after(as_of.grace)
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
