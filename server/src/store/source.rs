//! How far the sources of releases' metrics were read.

use chrono::{DateTime, Utc};
use serin_engine::release::{Position, judge::burn::BurnWindows};
use uuid::Uuid;

use super::{Error, Result, Tx, on, run, signed, unsigned};

/// What a source is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// What both arms had, to be compared.
    Windows,
    /// What an objective is held against.
    Burn,
}

/// What a reading is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The release.
    pub release_id: Uuid,
    /// The metric's key.
    pub metric: String,
    /// What it is read for.
    pub purpose: Purpose,
}

/// How far a source was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The stage that it was read for.
    pub stage: usize,
    /// And its attempt.
    pub attempt: u32,
    /// Everything until then was read, by the source's clock.
    pub read_until: DateTime<Utc>,
    /// When it last answered.
    pub answered_at: DateTime<Utc>,
    /// Since when it does not, and why.
    pub failing: Option<(DateTime<Utc>, String)>,
    /// What the objective was held against last.
    pub burn: Option<BurnWindows>,
}

impl Reading {
    /// Whether it says something of where a release is. What is compared is counted for a stage
    /// and its attempt; objectives are of no stage.
    pub fn concerns(&self, purpose: Purpose, at: &Position) -> bool {
        match purpose {
            Purpose::Windows => (self.stage, self.attempt) == (at.stage, at.attempt),
            Purpose::Burn => true,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    release_id: Uuid,
    metric: String,
    purpose: String,
    stage: i64,
    attempt: i64,
    read_until: DateTime<Utc>,
    answered_at: DateTime<Utc>,
    failing_since: Option<DateTime<Utc>>,
    problem: Option<String>,
    burn: Option<String>,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Burn => "burn",
        }
    }
}

impl Row {
    fn read(self) -> Result<(Name, Reading)> {
        let purpose = match self.purpose.as_str() {
            "burn" => Purpose::Burn,
            _ => Purpose::Windows,
        };
        let burn = self.burn.as_deref().map(serde_json::from_str).transpose();
        let name = Name {
            release_id: self.release_id,
            metric: self.metric,
            purpose,
        };
        let problem = self.problem.unwrap_or_default();
        Ok((
            name,
            Reading {
                stage: usize::try_from(unsigned(self.stage)).unwrap_or(usize::MAX),
                attempt: u32::try_from(unsigned(self.attempt)).unwrap_or(u32::MAX),
                read_until: self.read_until,
                answered_at: self.answered_at,
                failing: self.failing_since.map(|since| (since, problem)),
                burn: burn.map_err(|error| unreadable(&error))?,
            },
        ))
    }
}

/// All readings of a release.
pub async fn of(tx: &mut Tx, release_id: Uuid) -> Result<Vec<(Name, Reading)>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, metric, purpose, stage, attempt, read_until, answered_at, failing_since, problem, burn
         FROM release_sources WHERE release_id = $1 ORDER BY metric, purpose",
    )
    .bind(release_id)
    .fetch_all(c))?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes a reading as it is from now on.
pub async fn put(tx: &mut Tx, name: &Name, reading: &Reading) -> Result<()> {
    let burn = reading.burn.as_ref().map(serde_json::to_string).transpose();
    run!(tx, c => sqlx::query(
        "INSERT INTO release_sources (release_id, metric, purpose, stage, attempt, read_until, answered_at, failing_since, problem, burn)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (release_id, metric, purpose) DO UPDATE SET stage = excluded.stage, attempt = excluded.attempt,
             read_until = excluded.read_until, answered_at = excluded.answered_at,
             failing_since = excluded.failing_since, problem = excluded.problem, burn = excluded.burn",
    )
    .bind(name.release_id)
    .bind(name.metric.clone())
    .bind(name.purpose.name())
    .bind(signed(reading.stage as u64))
    .bind(i64::from(reading.attempt))
    .bind(reading.read_until)
    .bind(reading.answered_at)
    .bind(reading.failing.as_ref().map(|(since, _)| *since))
    .bind(reading.failing.as_ref().map(|(_, problem)| problem.clone()))
    .bind(burn.map_err(|error| unreadable(&error))?)
    .execute(c))
    .map(drop)
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::json("release_sources", error)
}
