//! What is to be asked, and of whom.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serin_engine::release::{
    Guard, Phase, Prometheus,
    evidence::{Arm, Tally, Window},
    judge::burn::{BurnWindows, Totals},
};
use uuid::Uuid;

use crate::{
    service::{Error, Result, metric},
    store::{
        self, Tx,
        release::{Placed, Release, Unreadable},
        source::{Name, Purpose, Reading},
    },
};

/// How often an objective is asked for: its shortest window is five minutes.
const BURN: Duration = Duration::from_secs(30);

/// Something to be asked.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: Name,
    pub(super) environment_id: Uuid,
    pub(super) environment: String,
    pub(super) project: String,
    pub(super) flag: String,
    /// Baseline and candidate.
    pub(super) arms: [String; 2],
    pub(super) stage: usize,
    pub(super) attempt: u32,
    pub(super) from: From,
    /// As it was read last in the stage; nothing where it was not.
    pub(super) before: Option<Reading>,
}

/// Who is asked.
#[derive(Clone, Debug)]
pub(super) enum From {
    /// Prometheus.
    Prometheus(Prometheus),
    /// Nobody: what programs reported for an objective is here already.
    Reports(BurnWindows),
}

/// What is due by now, of all live releases, and those of which something cannot be read that it takes
/// to ask, as a metric of another version.
pub(super) async fn due(tx: &mut Tx, now: DateTime<Utc>) -> Result<(Vec<Wanted>, Vec<Unreadable>)> {
    let (mut due, mut unreadable) = (Vec::new(), Vec::new());
    let (watched, _) = store::release::watched(tx).await?;
    for placed in watched {
        let release = &placed.release;
        if release.state.is_live() && !release.document.guards.is_empty() {
            match of_release(tx, &placed, now, &mut due, &mut unreadable).await {
                // What is kept of one and cannot be read is no reason not to ask for the others.
                Err(Error::Store(error @ store::Error::Inconsistent { .. })) => {
                    unreadable.push(Unreadable {
                        release_id: release.release_id,
                        epoch: release.epoch,
                        error,
                    });
                }
                asked => asked?,
            }
        }
    }
    Ok((due, unreadable))
}

async fn of_release(
    tx: &mut Tx,
    placed: &Placed,
    now: DateTime<Utc>,
    due: &mut Vec<Wanted>,
    unreadable: &mut Vec<Unreadable>,
) -> Result<()> {
    let asked = asked(tx, placed, unreadable).await?;
    let Some(position) = placed
        .release
        .state
        .position()
        .filter(|_| !asked.is_empty())
    else {
        return Ok(());
    };
    let readings = store::source::of(tx, placed.release.release_id).await?;
    let readings: BTreeMap<Name, Reading> = readings.into_iter().collect();
    for ((metric, purpose), queries) in asked {
        let every = match (purpose, &queries) {
            // What is measured while SDKs still learn of a stage is of nobody's stage. Objectives
            // are of no stage at all.
            (Purpose::Windows, _) if position.phase == Phase::Propagating => continue,
            (Purpose::Windows, Some(queries)) => queries.window(),
            (Purpose::Windows, None) => continue,
            (Purpose::Burn, _) => BURN,
        };
        let name = Name {
            release_id: placed.release.release_id,
            metric,
            purpose,
        };
        let before = readings.get(&name);
        let before = before.filter(|reading| reading.concerns(purpose, position));
        let before = before.cloned();
        if is_due(before.as_ref(), every, now) {
            let document = &placed.release.document;
            let from = match queries {
                Some(queries) => From::Prometheus(queries),
                None => From::Reports(reported(tx, &placed.release, &name.metric, now).await?),
            };
            due.push(Wanted {
                name,
                environment_id: placed.release.environment_id,
                environment: placed.environment.clone(),
                project: placed.project.clone(),
                flag: document.flag.clone(),
                arms: [document.baseline.clone(), document.candidate.clone()],
                stage: position.stage,
                attempt: position.attempt,
                from,
                before,
            });
        }
    }
    Ok(())
}

/// A clock that was set back makes it due at once.
fn is_due(before: Option<&Reading>, every: Duration, now: DateTime<Utc>) -> bool {
    let every = TimeDelta::from_std(every).unwrap_or_default();
    before.is_none_or(|before| {
        before.failing.is_some() || now - before.answered_at >= every || now < before.answered_at
    })
}

/// What programs reported of a metric, of both arms together. Before they did so for the whole of the
/// shorter window of two, that says nothing.
async fn reported(
    tx: &mut Tx,
    release: &Release,
    metric: &str,
    now: DateTime<Utc>,
) -> Result<BurnWindows> {
    let longest = TimeDelta::hours(6);
    let (rows, _) = store::evidence::windows(tx, release, Some(now - longest), now).await?;
    let age = |window: &Window| now.timestamp_millis() - window.at.as_millis();
    let since = rows.first().map_or(0, age);
    let over = |minutes: i64| {
        let length = minutes * 60_000;
        if minutes <= 30 && since < length {
            return Totals::default();
        }
        rows.iter()
            .filter(|window| age(window) <= length)
            .fold(Totals::default(), |sum, window| {
                let arms = [&window.baseline, &window.candidate];
                let failed = |arm: &&Arm| match arm.metrics.get(metric) {
                    Some(Tally::Events(events)) => *events,
                    _ => 0.0,
                };
                Totals {
                    requests: sum.requests + arms.iter().map(|arm| arm.exposed).sum::<f64>(),
                    failures: sum.failures + arms.iter().map(failed).sum::<f64>(),
                }
            })
    };
    Ok(BurnWindows {
        five_minutes: over(5),
        half_hour: over(30),
        hour: over(60),
        six_hours: over(360),
    })
}

/// What has to be asked for a release's guards, and the queries where Prometheus is.
async fn asked(
    tx: &mut Tx,
    placed: &Placed,
    unreadable: &mut Vec<Unreadable>,
) -> Result<BTreeMap<(String, Purpose), Option<Prometheus>>> {
    let mut asked = BTreeMap::new();
    for guard in &placed.release.document.guards {
        let (key, purpose) = match guard {
            Guard::Metric(guard) => (&guard.metric, Purpose::Windows),
            Guard::Slo(guard) => (&guard.slo, Purpose::Burn),
        };
        let row = store::entity::in_project(tx, placed.project_id, "metric", key).await?;
        let Some(row) = row else {
            continue;
        };
        let metric = match metric::read(key, row.document) {
            // The other guards are asked for: harm is to be found by them.
            Err(Error::Unreadable { what, cause }) => {
                unreadable.push(Unreadable {
                    release_id: placed.release.release_id,
                    epoch: placed.release.epoch,
                    error: store::Error::Inconsistent {
                        table: "entities",
                        what: format!("{what}: {cause}"),
                    },
                });
                continue;
            }
            metric => metric?,
        };
        let queries = metric.prometheus().cloned();
        if queries.is_some() || purpose == Purpose::Burn {
            asked.insert((key.clone(), purpose), queries);
        }
    }
    Ok(asked)
}
