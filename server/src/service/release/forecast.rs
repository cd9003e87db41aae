//! What the evidence of a release is going to take: the engine's planner, fed with what was
//! counted lately.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use serin_api::{
    forecast::{
        FlagTraffic, GuardForecast, ReleaseForecast, StageForecast, TrafficSource, Unforeseen,
    },
    session::Role,
};
use serin_engine::release::{
    Document, Guard, MetricGuard, MetricKind, Stage,
    evidence::{Counter, Tally},
    judge::forecast::{Traffic, forecast as foresee},
};
use uuid::Uuid;

use super::{guarded, sent::Sent, templated, transition::Place};
use crate::{
    app::App,
    service::{Actor, Result, metric},
    store::{self, Tx, evidence::Stored, release::Narrow},
};

/// How old evidence may be.
const RECENT: TimeDelta = TimeDelta::days(30);
/// Of which the last so much is looked at.
const LAST: TimeDelta = TimeDelta::hours(1);
/// How many releases are looked through, and how many rows are read of each: an hour, and where one
/// stage followed another in it.
const RELEASES: usize = 10;
const ROWS: i64 = 400;
/// The time that evaluations are counted over, in minutes.
const DAY: f64 = 24.0 * 60.0;

/// What is to be expected of a document, at the traffic that there is. Nothing is written, and
/// whether it fits the flag is not asked.
///
/// # Errors
/// [`crate::service::Error::Invalid`] with every mistake in its shape; as `access::environment`.
pub async fn forecast(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    document: Value,
) -> Result<ReleaseForecast> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let place = Place::open(&mut tx, actor, project, environment, Role::Viewer).await?;
    let filled = templated::fill(&mut tx, &place, document).await?;
    let document = Sent::read(filled)?.accept(Vec::new())?;
    let id = place.environment_id;
    let flag = Some(document.flag.as_str());
    let mut seen = Seen::default();
    seen.add(&mut tx, id, flag, now - RECENT).await?;
    let traffic = match seen.traffic() {
        Some(traffic) => Some(traffic),
        None => evaluated(&mut tx, id, &document.flag, now).await?,
    };
    let metrics: Vec<&str> = guarded::metrics(&document).collect();
    if metrics.iter().any(|metric| seen.rate(metric).is_none()) {
        // What other flags' releases counted is better than nothing.
        seen.add(&mut tx, id, None, now - RECENT).await?;
    }
    let mut guards = Vec::new();
    for guard in document.guards.iter().filter_map(Guard::metric) {
        let kind = kind(&mut tx, place.project_id, &guard.metric).await?;
        guards.push(of_guard(&document, guard, kind, traffic, &seen));
    }
    Ok(ReleaseForecast { traffic, guards })
}

/// What was counted lately, by release, the newest first.
#[derive(Default)]
struct Seen(Vec<(store::release::Release, Vec<Stored>)>);

impl Seen {
    /// Takes in what was counted for the newest releases, of one flag where given.
    async fn add(
        &mut self,
        tx: &mut Tx,
        environment_id: Uuid,
        flag: Option<&str>,
        since: DateTime<Utc>,
    ) -> Result<()> {
        let narrow = Narrow {
            flag,
            ..Narrow::default()
        };
        let (newest, _) = store::release::list(tx, environment_id, narrow, RELEASES).await?;
        for release in newest {
            let id = release.release_id;
            let is_known = self.0.iter().any(|(known, _)| known.release_id == id);
            if is_known || release.state.is_ahead() {
                continue;
            }
            let rows = store::evidence::newest(tx, id, since, ROWS).await?;
            let (mut rows, _) = store::evidence::sorted(rows);
            let newest = rows.first().map_or(since, |row| row.name.at);
            rows.retain(|row| newest - row.name.at <= LAST);
            if !rows.is_empty() {
                self.0.push((release, rows));
            }
        }
        Ok(())
    }

    /// Units a minute, of the newest release whose stages were for all.
    fn traffic(&self) -> Option<FlagTraffic> {
        self.0.iter().find_map(|(release, rows)| {
            let for_all = |row: &&Stored| {
                let stage = release.document.stage(row.name.stage);
                stage.is_some_and(|stage| stage.segment.is_none() && stage.shadow.is_none())
            };
            let (mut units, mut seconds) = (0.0, 0.0);
            let mut last = None;
            for row in rows.iter().filter(for_all) {
                units += row.counted.baseline.exposed + row.counted.candidate.exposed;
                // A stage that ends within a window, and the next one, have a row each of that time.
                if last.replace(row.name.at) != Some(row.name.at) {
                    seconds += row.name.seconds as f64;
                }
            }
            (units > 0.0).then(|| FlagTraffic {
                units_per_minute: 60.0 * units / seconds,
                source: TrafficSource::Windows,
            })
        })
    }

    /// Events a unit of the baseline, of the newest release that the metric judged.
    fn rate(&self, metric: &str) -> Option<(f64, Uuid)> {
        self.0.iter().find_map(|(release, rows)| {
            guarded::metrics(&release.document).find(|judged| *judged == metric)?;
            let (mut exposed, mut events) = (0.0, 0.0);
            let mut others = Counter::default();
            for row in rows {
                let baseline = &row.counted.baseline;
                exposed += baseline.exposed;
                match baseline.metrics.get(metric) {
                    Some(Tally::Events(counted)) => events += counted,
                    // It knows no units: its own exposures are what its events are of.
                    Some(Tally::Counter(counted)) => {
                        others.exposed += counted.exposed;
                        others.events += counted.events;
                    }
                    Some(Tally::Histogram(_)) => return None,
                    None => {}
                }
            }
            if others.exposed > 0.0 {
                (exposed, events) = (others.exposed, others.events);
            }
            (events > 0.0 && exposed > 0.0).then(|| (events / exposed, release.release_id))
        })
    }
}

/// What evaluations say of the traffic of a flag that no release was judged on.
async fn evaluated(
    tx: &mut Tx,
    environment_id: Uuid,
    flag: &str,
    now: DateTime<Utc>,
) -> Result<Option<FlagTraffic>> {
    let since = now - TimeDelta::hours(24);
    let counts = store::usage::counts(tx, environment_id, Some(flag), since).await?;
    let all: u64 = counts.iter().map(|row| row.count).sum();
    Ok((all > 0).then(|| FlagTraffic {
        units_per_minute: all as f64 / DAY,
        source: TrafficSource::Evaluations,
    }))
}

async fn kind(tx: &mut Tx, project_id: Uuid, key: &str) -> Result<Option<MetricKind>> {
    let found = store::entity::in_project(tx, project_id, "metric", key).await?;
    let metric = found
        .map(|row| metric::read(key, row.document))
        .transpose()?;
    Ok(metric.map(|metric| metric.kind))
}

fn of_guard(
    document: &Document,
    guard: &MetricGuard,
    kind: Option<MetricKind>,
    traffic: Option<FlagTraffic>,
    seen: &Seen,
) -> GuardForecast {
    let counted = seen
        .rate(&guard.metric)
        .filter(|_| kind != Some(MetricKind::Value));
    let known = match (kind, traffic, counted) {
        (Some(MetricKind::Value), _, _) => Err(Unforeseen::Values),
        (_, None, _) => Err(Unforeseen::Traffic),
        (_, _, None) => Err(Unforeseen::Rate),
        (_, Some(traffic), Some((rate, _))) => Ok(Traffic {
            units_per_minute: traffic.units_per_minute,
            rate,
        }),
    };
    let stages = document.stages.iter();
    GuardForecast {
        metric: guard.metric.clone(),
        rate: counted.map(|(rate, _)| rate),
        counted_for: counted.map(|(_, release)| release),
        stages: stages
            .map(|stage| of_stage(document, guard, stage, known))
            .collect(),
    }
}

fn of_stage(
    document: &Document,
    guard: &MetricGuard,
    stage: &Stage,
    known: std::result::Result<Traffic, Unforeseen>,
) -> StageForecast {
    let nothing = |unknown| StageForecast {
        unknown: Some(unknown),
        ..StageForecast::default()
    };
    let traffic = match known {
        _ if !stage.compares() => return nothing(Unforeseen::OneArm),
        // The planner foresees comparisons.
        _ if guard.limit.is_some() => return nothing(Unforeseen::Rate),
        Ok(_) if stage.segment.is_some() => return nothing(Unforeseen::Segment),
        Ok(traffic) => traffic,
        Err(unknown) => return nothing(unknown),
    };
    let found = foresee(document, guard, stage, traffic);
    StageForecast {
        found_in: found.found_in,
        safe_in: found.safe_in,
        unknown: found.found_in.is_none().then_some(Unforeseen::WithinMargin),
    }
}
