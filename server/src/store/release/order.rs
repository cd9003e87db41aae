//! Which releases come before and after which.

use chrono::{DateTime, Utc};
use serin_engine::release::State;
use uuid::Uuid;

use super::{
    Placed, Release, Unreadable,
    row::{PlacedRow, Row, read, releases, write},
};
use crate::store::{Result, Tx, on, signed};

/// The releases that were to move the site of another one before it, and have not started, oldest
/// first; and of those that cannot be read all that are known not to be over. Another version of
/// Serin may read them.
pub async fn unstarted(tx: &mut Tx, than: &Release) -> Result<(Vec<Release>, Vec<Unreadable>)> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r
         WHERE r.environment_id = $1 AND r.flag = $2 AND r.site = $3 AND r.release_id < $4
           AND NOT r.live AND r.restore IS NULL
         ORDER BY r.release_id"
    ))
    .bind(than.environment_id)
    .bind(&than.document.flag)
    .bind(write(&than.document.site)?)
    .bind(than.release_id)
    .fetch_all(c))?;
    let (mut unstarted, mut unreadable) = (Vec::new(), Vec::new());
    for row in rows {
        // Those too are here that were given up before they started.
        let is_over = match read::<State>(&row.state) {
            Ok(state) => state.is_over(),
            // One of another version, which may be an end: it moved there, and time moves it no more.
            Err(_) => row.epoch > 0 && row.next_at.is_none(),
        };
        if is_over {
            continue;
        }
        row.sort_into(&mut unstarted, &mut unreadable);
    }
    Ok((unstarted, unreadable))
}

/// Ends one that cannot be read: what is written in its document stays.
///
/// # Errors
/// Where it is at another epoch by now.
pub async fn end_unread(
    tx: &mut Tx,
    unread: &Unreadable,
    state: &State,
    at: DateTime<Utc>,
) -> Result<()> {
    on!(tx, c => sqlx::query_scalar::<_, i64>(
        "UPDATE releases SET epoch = epoch + 1, state = $3, live = $4, entered_at = $5, ticked_at = NULL, next_at = NULL
         WHERE release_id = $1 AND epoch = $2 RETURNING epoch",
    )
    .bind(unread.release_id)
    .bind(signed(unread.epoch))
    .bind(write(state)?)
    .bind(state.is_live())
    .bind(at)
    .fetch_one(c))
    .map(drop)
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
