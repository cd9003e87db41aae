//! Which releases come before and after which.

use chrono::{DateTime, Utc};
use serin_engine::release::State;
use uuid::Uuid;

use super::{
    Placed, Release,
    row::{PlacedRow, Row, read, releases},
};
use crate::store::{Result, Tx, on};

/// An environment's live releases on a flag, oldest first.
pub async fn live_on(tx: &mut Tx, environment_id: Uuid, flag: &str) -> Result<Vec<Release>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r WHERE r.environment_id = $1 AND r.flag = $2 AND r.live ORDER BY r.release_id"
    ))
    .bind(environment_id)
    .bind(flag)
    .fetch_all(c))?;
    rows.into_iter().map(Row::read).collect()
}

/// How many releases live in an environment.
pub async fn living(tx: &mut Tx, environment_id: Uuid) -> Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT count(*) FROM releases r WHERE r.environment_id = $1 AND r.live",
    )
    .bind(environment_id)
    .fetch_one(c))
}

/// The releases of a flag that never lived, oldest first: those that have not started, and
/// those that were given up before they did. Those that cannot be read never will start.
pub async fn unstarted(tx: &mut Tx, environment_id: Uuid, flag: &str) -> Result<Vec<Release>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r
         WHERE r.environment_id = $1 AND r.flag = $2 AND NOT r.live AND r.restore IS NULL
         ORDER BY r.release_id"
    ))
    .bind(environment_id)
    .bind(flag)
    .fetch_all(c))?;
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// A release that waits for its time or its turn: as much as others in the line ask for.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Names it.
    pub release_id: Uuid,
    /// Since when.
    pub entered_at: DateTime<Utc>,
    /// For what.
    pub state: State,
}

/// An environment's releases that wait for their time or their turn. Those whose state cannot be
/// read stand in nobody's way.
pub async fn waiting(tx: &mut Tx, environment_id: Uuid) -> Result<Vec<Waiting>> {
    let rows: Vec<(Uuid, DateTime<Utc>, String)> = on!(tx, c => sqlx::query_as(
        "SELECT r.release_id, r.entered_at, r.state FROM releases r
         WHERE r.environment_id = $1 AND NOT r.live AND r.next_at IS NOT NULL",
    )
    .bind(environment_id)
    .fetch_all(c))?;
    let waiting = rows
        .into_iter()
        .filter_map(|(release_id, entered_at, state)| {
            Some(Waiting {
                release_id,
                entered_at,
                state: read(&state).ok()?,
            })
        });
    Ok(waiting.collect())
}

/// A release of a project, in whichever environment.
pub async fn in_project(tx: &mut Tx, project_id: Uuid, release_id: Uuid) -> Result<Option<Placed>> {
    let row: Option<PlacedRow> = on!(tx, c => sqlx::query_as(releases!(
        ", e.key AS environment, p.project_id, p.key AS project
         FROM releases r JOIN environments e ON e.environment_id = r.environment_id
              JOIN projects p ON p.project_id = e.project_id
         WHERE p.project_id = $1 AND r.release_id = $2"
    ))
    .bind(project_id)
    .bind(release_id)
    .fetch_optional(c))?;
    row.map(PlacedRow::read).transpose()
}

/// The release that follows another one.
pub async fn following(tx: &mut Tx, project_id: Uuid, release_id: Uuid) -> Result<Option<Placed>> {
    let row: Option<PlacedRow> = on!(tx, c => sqlx::query_as(releases!(
        ", e.key AS environment, p.project_id, p.key AS project
         FROM releases r JOIN environments e ON e.environment_id = r.environment_id
              JOIN projects p ON p.project_id = e.project_id
         WHERE p.project_id = $1 AND r.follows = $2 ORDER BY r.release_id DESC LIMIT 1"
    ))
    .bind(project_id)
    .bind(release_id)
    .fetch_optional(c))?;
    row.map(PlacedRow::read).transpose()
}
