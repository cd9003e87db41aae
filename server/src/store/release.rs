//! Releases and their events. Documents, states and serves are JSON texts in the
//! database, and types here.

mod event;
mod living;
mod order;
mod row;
mod watched;

use chrono::{DateTime, Utc};
use serin_engine::{
    flag::Serve,
    release::{Document, State},
};
use uuid::Uuid;

use super::{Result, Tx, on, signed};
pub use event::{Event, Milestone, began_at, events, insert_event, milestones};
pub use living::{
    Held, Living, live, live_flags, live_of_flag, live_of_project, live_on, living, on_site,
};
pub use order::{Waiting, end_unread, following, in_project, unstarted, waiting};
use row::{Row, releases};
pub use watched::{Unreadable, watched};

/// How many are read at a time at least, where more than one read is needed.
const PAGE: usize = 50;

/// A release as it is kept.
#[derive(Clone, Debug)]
pub struct Release {
    /// Names it.
    pub release_id: Uuid,
    /// Where it is.
    pub environment_id: Uuid,
    /// What it is to do, as it was written.
    pub document: Document,
    /// Where it stands.
    pub state: State,
    /// The number of its last transition; 0 before the first.
    pub epoch: u64,
    /// What the site served before it started.
    pub restore: Option<Serve>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Who wrote it.
    pub created_by: String,
    /// When it came to its present state or stage.
    pub entered_at: DateTime<Utc>,
    /// When it is to start by itself, where it is scheduled.
    pub start_at: Option<DateTime<Utc>>,
    /// When time last counted as baking.
    pub ticked_at: Option<DateTime<Utc>>,
    /// When it is to be looked at; nothing where a look changes nothing.
    pub next_at: Option<DateTime<Utc>>,
    /// The release in another environment whose completion led to this one.
    pub follows: Option<Uuid>,
}

/// A release with the keys of where it is.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The release.
    pub release: Release,
    /// The project's id.
    pub project_id: Uuid,
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
}

/// Which releases to list; what is absent does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrow<'a> {
    /// Of this flag.
    pub flag: Option<&'a str>,
    /// Live ones.
    pub live: bool,
    /// Older than this one.
    pub before: Option<Uuid>,
}

/// One release.
pub async fn find(tx: &mut Tx, environment_id: Uuid, release_id: Uuid) -> Result<Option<Release>> {
    let found = attempt(tx, environment_id, release_id).await?;
    found.transpose().map_err(|unread| unread.error)
}

/// One release, which it may be that this version cannot read.
pub async fn attempt(
    tx: &mut Tx,
    environment_id: Uuid,
    release_id: Uuid,
) -> Result<Option<std::result::Result<Release, Unreadable>>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r WHERE r.release_id = $1 AND r.environment_id = $2"
    ))
    .bind(release_id)
    .bind(environment_id)
    .fetch_optional(c))?;
    Ok(row.map(Row::attempt))
}

/// An environment's releases, newest first, at most `limit`, and those among them that cannot be
/// read: they keep nobody from seeing the others.
pub async fn list(
    tx: &mut Tx,
    environment_id: Uuid,
    narrow: Narrow<'_>,
    limit: usize,
) -> Result<(Vec<Release>, Vec<Unreadable>)> {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let (mut narrow, mut page) = (narrow, limit);
    loop {
        let rows = newest(tx, environment_id, narrow, page).await?;
        let is_last = rows.len() < page;
        // However few are missing: where many cannot be read, a read for each would take long.
        page = page.max(PAGE);
        narrow.before = rows.last().map(|row| row.release_id);
        for row in rows {
            if found.len() == limit {
                break;
            }
            row.sort_into(&mut found, &mut unreadable);
        }
        if is_last || found.len() == limit {
            return Ok((found, unreadable));
        }
    }
}

async fn newest(
    tx: &mut Tx,
    environment_id: Uuid,
    narrow: Narrow<'_>,
    limit: usize,
) -> Result<Vec<Row>> {
    on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r
         WHERE r.environment_id = $1 AND (CAST($2 AS TEXT) IS NULL OR r.flag = $2)
           AND (r.live OR NOT $3) AND (CAST($4 AS TEXT) IS NULL OR r.release_id < $5)
         ORDER BY r.release_id DESC LIMIT $6"
    ))
    .bind(environment_id)
    .bind(narrow.flag)
    .bind(narrow.live)
    .bind(narrow.before.map(|_| "before"))
    .bind(narrow.before.unwrap_or_default())
    .bind(signed(limit as u64))
    .fetch_all(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, release: &Release) -> Result<()> {
    let row = Row::of(release)?;
    on!(tx, c => sqlx::query_scalar::<_, i64>(
        "INSERT INTO releases (release_id, environment_id, flag, site, document, state, live, epoch,
             restore, created_at, created_by, entered_at, start_at, ticked_at, next_at, follows)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING epoch",
    )
    .bind(row.release_id)
    .bind(row.environment_id)
    .bind(&release.document.flag)
    .bind(row.site)
    .bind(row.document)
    .bind(row.state)
    .bind(release.state.is_live())
    .bind(row.epoch)
    .bind(row.restore)
    .bind(row.created_at)
    .bind(row.created_by)
    .bind(row.entered_at)
    .bind(row.start_at)
    .bind(row.ticked_at)
    .bind(row.next_at)
    .bind(row.follows)
    .fetch_one(c))
    .map(drop)
}

/// Moves one whose epoch is one less than the given; false where it is not.
///
/// # Errors
/// [`super::Error::Unique`] where another release lives on the site.
pub async fn advance(tx: &mut Tx, release: &Release) -> Result<bool> {
    let row = Row::of(release)?;
    let done = on!(tx, c => sqlx::query_scalar::<_, i64>(
        "UPDATE releases SET epoch = epoch + 1, state = $3, live = $4, restore = $5, entered_at = $6,
                ticked_at = $7, next_at = $8, start_at = $9, document = $10, flag = $11, site = $12
         WHERE release_id = $1 AND epoch = $2 RETURNING epoch",
    )
    .bind(row.release_id)
    .bind(row.epoch - 1)
    .bind(row.state)
    .bind(release.state.is_live())
    .bind(row.restore)
    .bind(row.entered_at)
    .bind(row.ticked_at)
    .bind(row.next_at)
    .bind(row.start_at)
    .bind(row.document)
    .bind(&release.document.flag)
    .bind(row.site)
    .fetch_optional(c))?;
    Ok(done.is_some())
}

/// Keeps how long the stage has baked; nothing happens where the epoch is another by now.
pub async fn keep_bake(tx: &mut Tx, release: &Release) -> Result<()> {
    let row = Row::of(release)?;
    on!(tx, c => sqlx::query_scalar::<_, i64>(
        "UPDATE releases SET state = $3, ticked_at = $4, next_at = $5
         WHERE release_id = $1 AND epoch = $2 RETURNING epoch",
    )
    .bind(row.release_id)
    .bind(row.epoch)
    .bind(row.state)
    .bind(row.ticked_at)
    .bind(row.next_at)
    .fetch_optional(c))
    .map(drop)
}
