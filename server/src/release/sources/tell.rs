//! What the runner makes of sources: those that do not answer, and budgets that burn.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_engine::release::{
    Action, Guard, Hold, Observation,
    judge::burn::{BurnWindows, burn},
};

use crate::{
    service::{Error, Result, document, metric, release::guarded, writer::Work},
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
    let release = &placed.release;
    let Some(position) = release.state.position() else {
        return Ok(None);
    };
    if release.document.guards.is_empty() {
        return Ok(None);
    }
    let now = work.now();
    let readings = store::source::of(&mut work.tx, release.release_id).await?;
    let metrics = Metrics::of(work, placed).await?;
    let mut told = json!({});
    let asked = readings.iter();
    // Of a stage that is over nobody asks any more, so that nothing would end a hold.
    let down = asked.filter(|(name, reading)| {
        reading.concerns(name.purpose, position) && is_down(reading, now)
    });
    let unreadable = metrics.unreadable.iter().map(|key| not_read(key));
    let down: Vec<_> = down.map(shown).chain(unreadable).collect();
    if !down.is_empty() {
        seen.holds.push(Hold::ProviderDown);
        told["down"] = down.into();
    }
    let guards = release.document.guards.iter();
    for guard in guards.filter_map(Guard::slo) {
        let reading = readings
            .iter()
            .find(|(name, _)| name.purpose == Purpose::Burn && name.metric == guard.slo);
        let windows = reading.and_then(|(_, reading)| fresh(reading, now));
        let objective = metrics.objectives.get(&guard.slo);
        let (Some(windows), Some(objective)) = (windows, objective) else {
            continue;
        };
        if let Some(burning) = burning(*objective, windows) {
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

/// What a release's metrics are, as far as it takes to look after it.
#[derive(Default)]
struct Metrics {
    objectives: BTreeMap<String, f64>,
    /// Of these nobody knows how they do: as if nothing answered. The release goes no further, and
    /// is still taken back for harm by another guard.
    unreadable: Vec<String>,
}

impl Metrics {
    async fn of(work: &mut Work, placed: &Placed) -> Result<Self> {
        let mut metrics = Self::default();
        let keys: BTreeSet<_> = guarded::metrics(&placed.release.document).collect();
        for key in keys {
            let row =
                store::entity::in_project(&mut work.tx, placed.project_id, "metric", key).await?;
            match row.map(|row| metric::read(key, row.document)).transpose() {
                Err(Error::Unreadable { .. }) => metrics.unreadable.push(key.to_owned()),
                found => {
                    let objective = found?.and_then(|metric| metric.objective);
                    metrics
                        .objectives
                        .extend(objective.map(|objective| (key.to_owned(), objective)));
                }
            }
        }
        Ok(metrics)
    }
}

fn not_read(key: &str) -> Value {
    json!({"metric": key, "problem": "this version of the server cannot read the metric"})
}

/// What an objective was held against, unless that is long ago.
fn fresh(reading: &Reading, now: DateTime<Utc>) -> Option<&BurnWindows> {
    let age = now - reading.answered_at;
    reading.burn.as_ref().filter(|_| age <= STALE)
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
