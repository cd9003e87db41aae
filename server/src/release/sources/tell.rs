//! What the runner makes of sources: those that do not answer, and budgets that burn.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_engine::release::{
    Action, Guard, Hold, Observation,
    judge::burn::{BurnWindows, burn},
};
use uuid::Uuid;

use crate::{
    service::{Error, Result, document, metric, writer::Work},
    store::{
        self,
        release::Placed,
        source::{Name, Purpose, Reading},
    },
};

/// How long a source may be silent before that is a reason to hold.
const DOWN_AFTER: TimeDelta = TimeDelta::seconds(15);
/// What is older says nothing of how a budget burns now.
const STALE: TimeDelta = TimeDelta::minutes(5);

/// Puts what is known of a release's sources into what was seen: those that do not answer, and the
/// objectives whose budget burns. They are told, to be kept with what is decided on it.
///
/// # Errors
/// Where the database fails.
pub(in crate::release) async fn tell(
    work: &mut Work,
    placed: &Placed,
    seen: &mut Observation,
) -> Result<Option<Value>> {
    let (release, project_id) = (&placed.release, placed.project_id);
    let Some(position) = release.state.position() else {
        return Ok(None);
    };
    if release.document.guards.is_empty() {
        return Ok(None);
    }
    let now = work.now();
    let readings = store::source::of(&mut work.tx, release.release_id).await?;
    let mut told = json!({});
    let down: Vec<_> = readings
        .iter()
        // Of a stage that is over nobody asks any more, so that nothing would end a hold.
        .filter(|(name, reading)| reading.concerns(name.purpose, position) && is_down(reading, now))
        .map(shown)
        .collect();
    if !down.is_empty() {
        seen.holds.push(Hold::ProviderDown);
        told["down"] = down.into();
    }
    let guards = release.document.guards.iter();
    for guard in guards.filter_map(Guard::slo) {
        let Some(objective) = objective(work, project_id, &guard.slo).await? else {
            hold_unread(seen, &mut told, &guard.slo);
            continue;
        };
        let reading = readings
            .iter()
            .find(|(name, _)| name.purpose == Purpose::Burn && name.metric == guard.slo);
        let windows = reading.and_then(|(_, reading)| fresh(reading, now));
        let Some(windows) = windows else {
            continue;
        };
        if let Some(burning) = objective.and_then(|objective| burning(objective, windows)) {
            match guard.action {
                Action::Hold => seen.holds.push(Hold::SloBurn),
                Action::Notify => seen.notice = true,
                Action::Rollback => seen.harm = true,
            }
            told["burning"][&guard.slo] = burning;
        }
    }
    Ok(told
        .as_object()
        .is_some_and(|told| !told.is_empty())
        .then_some(told))
}

/// What an objective was held against, unless that is long ago.
fn fresh(reading: &Reading, now: DateTime<Utc>) -> Option<&BurnWindows> {
    let age = now - reading.answered_at;
    reading.burn.as_ref().filter(|_| age <= STALE)
}

/// What a guard's metric promises, where there is such a metric and it promises anything; nothing at
/// all where it cannot be read.
async fn objective(work: &mut Work, project_id: Uuid, slo: &str) -> Result<Option<Option<f64>>> {
    let row = store::entity::in_project(&mut work.tx, project_id, "metric", slo).await?;
    match row.map(|row| metric::read(slo, row.document)).transpose() {
        Err(Error::Unreadable { .. }) => Ok(None),
        metric => Ok(Some(metric?.and_then(|metric| metric.objective))),
    }
}

/// Of what cannot be read nobody knows how it does: that is as if nothing answered. A release goes
/// no further then, and is still taken back for harm by another guard.
fn hold_unread(seen: &mut Observation, told: &mut Value, slo: &str) {
    if !seen.holds.contains(&Hold::ProviderDown) {
        seen.holds.push(Hold::ProviderDown);
    }
    match told["unreadable"].as_array_mut() {
        Some(others) => others.push(slo.into()),
        None => told["unreadable"] = json!([slo]),
    }
}

/// How an objective's budget burns, where it burns too fast.
fn burning(objective: f64, windows: &BurnWindows) -> Option<Value> {
    let how = burn(objective, windows)?;
    Some(json!({"objective": objective, "how": how, "windows": windows}))
}

fn is_down(reading: &Reading, now: DateTime<Utc>) -> bool {
    let failing = reading.failing.as_ref();
    failing.is_some_and(|(since, _)| now - *since >= DOWN_AFTER)
}

fn shown((name, reading): &(Name, Reading)) -> Value {
    let failing = reading.failing.as_ref();
    document::present(json!({
        "metric": name.metric,
        "since": failing.map(|(since, _)| *since),
        "problem": failing.map(|(_, problem)| problem),
    }))
}
