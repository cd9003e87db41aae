//! What was counted for releases, in windows.
//!
//! Rows are read, merged and written back within the writer's transactions, which are one
//! after the other over all nodes; so no count is lost between two that add to one row.

mod attempt;
mod row;

use chrono::{DateTime, TimeDelta, Utc};
use serin_engine::{
    release::evidence::{Arm, At, Window},
    slots::SLOTS,
};
use uuid::Uuid;

use super::{Result, Tx, on, release::Release, run, signed};
pub use attempt::{Attempt, Unreadable, name, sorted};
use row::{Row, write};

/// How long a window is as it is measured, in seconds.
pub const SECONDS: i64 = 10;

/// What a row is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The release.
    pub release_id: Uuid,
    /// How long the stretch of time is.
    pub seconds: i64,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The stage that it was measured in.
    pub stage: usize,
}

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// Who kept what there was.
    pub baseline: Arm,
    /// Who got what is new.
    pub candidate: Arm,
    /// How many reports came after it was judged.
    pub late: u64,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// What it is known by.
    pub name: Name,
    /// What it says.
    pub counted: Counted,
}

/// How long after its end a window is taken to be complete, where nobody says otherwise:
/// SDKs report within two seconds, and a relay between hands on within fifteen.
pub const GRACE: TimeDelta = TimeDelta::seconds(20);

/// The windows that began until then are complete, `grace` after their end.
#[must_use]
pub fn complete_until(now: DateTime<Utc>, grace: TimeDelta) -> DateTime<Utc> {
    now - grace - TimeDelta::seconds(SECONDS)
}

/// When the window began that a time is in.
#[must_use]
pub fn window_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let second = at.timestamp();
    DateTime::from_timestamp(second - second.rem_euclid(SECONDS), 0).unwrap_or(at)
}

/// What the judge is fed with: the windows of a release that began after `after` and no
/// later than `until` (see [`complete_until`]), merged over all instances, in order; and those
/// that cannot be read. Who judges them says so with [`close`] in the same transaction.
pub async fn windows(
    tx: &mut Tx,
    release: &Release,
    after: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
) -> Result<(Vec<Window>, Vec<Unreadable>)> {
    let after = after.unwrap_or(DateTime::UNIX_EPOCH);
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, seconds, at, stage, baseline, candidate, late FROM release_windows
         WHERE release_id = $1 AND seconds = $2 AND at > $3 AND at <= $4 ORDER BY at, stage",
    )
    .bind(release.release_id)
    .bind(SECONDS)
    .bind(after)
    .bind(until)
    .fetch_all(c))?;
    let (read, unread) = sorted(rows.into_iter().map(Row::attempt).collect());
    let windows = read.into_iter().map(|row| window(release, row));
    Ok((windows.collect(), unread))
}

/// A row as the judge knows it.
pub fn window(release: &Release, stored: Stored) -> Window {
    let Stored { name, counted } = stored;
    let share = release
        .document
        .stage(name.stage)
        .map_or(0, |stage| stage.slots());
    Window {
        release: Some(name.release_id.to_string()),
        // Times in the database are far from the ends of what nanoseconds can say.
        at: At::from_nanos(name.at.timestamp_nanos_opt().unwrap_or_default()),
        stage: name.stage,
        weight: f64::from(share) / f64::from(SLOTS),
        baseline: counted.baseline,
        candidate: counted.candidate,
    }
}

/// Notes that the windows which began until then are judged: what comes for them later is
/// counted as late. It never goes back.
pub async fn close(tx: &mut Tx, release_id: Uuid, until: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO release_evidence (release_id, closed_at) VALUES ($1, $2)
         ON CONFLICT (release_id) DO UPDATE SET closed_at = excluded.closed_at
         WHERE release_evidence.closed_at < excluded.closed_at",
    )
    .bind(release_id)
    .bind(until)
    .execute(c))
    .map(drop)
}

/// Takes back that windows after a time are judged: they were by a clock that was ahead.
pub async fn reopen(tx: &mut Tx, release_id: Uuid, until: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query(
        "UPDATE release_evidence SET closed_at = $2 WHERE release_id = $1 AND closed_at > $2",
    )
    .bind(release_id)
    .bind(until)
    .execute(c))
    .map(drop)
}

/// Up to when a release is judged.
pub async fn closed_at(tx: &mut Tx, release_id: Uuid) -> Result<Option<DateTime<Utc>>> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT closed_at FROM release_evidence WHERE release_id = $1",
    )
    .bind(release_id)
    .fetch_optional(c))
}

/// Notes a report of an instance; false where one of its number or a greater one was
/// noted before.
pub async fn take_report(
    tx: &mut Tx,
    environment_id: Uuid,
    instance: Uuid,
    sequence: u64,
    now: DateTime<Utc>,
) -> Result<bool> {
    let new = on!(tx, c => sqlx::query_scalar::<_, i64>(
        "INSERT INTO evidence_sources (environment_id, instance, sequence, seen_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (environment_id, instance) DO UPDATE SET sequence = excluded.sequence, seen_at = excluded.seen_at
         WHERE evidence_sources.sequence < excluded.sequence
         RETURNING sequence",
    )
    .bind(environment_id)
    .bind(instance)
    .bind(signed(sequence))
    .bind(now)
    .fetch_optional(c))?;
    Ok(new.is_some())
}

/// One row; nothing where there is none.
pub async fn find(
    tx: &mut Tx,
    name: &Name,
) -> Result<Option<std::result::Result<Counted, Unreadable>>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, seconds, at, stage, baseline, candidate, late FROM release_windows
         WHERE release_id = $1 AND seconds = $2 AND at = $3 AND stage = $4",
    )
    .bind(name.release_id)
    .bind(name.seconds)
    .bind(name.at)
    .bind(signed(name.stage as u64))
    .fetch_optional(c))?;
    Ok(row.map(|row| row.attempt().map(|stored| stored.counted)))
}

/// Writes a row as it is from now on.
pub async fn put(tx: &mut Tx, name: &Name, counted: &Counted) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO release_windows (release_id, seconds, at, stage, baseline, candidate, late)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (release_id, seconds, at, stage)
         DO UPDATE SET baseline = excluded.baseline, candidate = excluded.candidate, late = excluded.late",
    )
    .bind(name.release_id)
    .bind(name.seconds)
    .bind(name.at)
    .bind(signed(name.stage as u64))
    .bind(write(&counted.baseline)?)
    .bind(write(&counted.candidate)?)
    .bind(signed(counted.late))
    .execute(c))
    .map(drop)
}

/// A release's rows behind one, in order, of all lengths.
pub async fn page(
    tx: &mut Tx,
    release_id: Uuid,
    after: Option<(DateTime<Utc>, usize)>,
    limit: i64,
) -> Result<Vec<Attempt>> {
    let (at, stage) = match after {
        Some((at, stage)) => (at, signed(stage as u64)),
        None => (DateTime::UNIX_EPOCH, 0),
    };
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, seconds, at, stage, baseline, candidate, late FROM release_windows
         WHERE release_id = $1 AND at >= $2 AND (at > $2 OR stage > $3)
         ORDER BY at, stage LIMIT $4",
    )
    .bind(release_id)
    .bind(at)
    .bind(stage)
    .bind(limit)
    .fetch_all(c))?;
    Ok(rows.into_iter().map(Row::attempt).collect())
}

/// A release's rows since then, the newest first.
pub async fn newest(
    tx: &mut Tx,
    release_id: Uuid,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Attempt>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, seconds, at, stage, baseline, candidate, late FROM release_windows
         WHERE release_id = $1 AND at >= $2 ORDER BY at DESC, stage DESC LIMIT $3",
    )
    .bind(release_id)
    .bind(since)
    .bind(limit)
    .fetch_all(c))?;
    Ok(rows.into_iter().map(Row::attempt).collect())
}

/// The oldest rows of one length that began before then and come after one, those of one release
/// together.
pub async fn older(
    tx: &mut Tx,
    seconds: i64,
    before: DateTime<Utc>,
    after: Option<&Name>,
    limit: i64,
) -> Result<Vec<Attempt>> {
    let (at, release_id, stage) = match after {
        Some(name) => (name.at, name.release_id, signed(name.stage as u64)),
        None => (DateTime::UNIX_EPOCH, Uuid::nil(), 0),
    };
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, seconds, at, stage, baseline, candidate, late FROM release_windows
         WHERE seconds = $1 AND at < $2 AND at >= $3
           AND (at > $3 OR release_id > $4 OR (release_id = $4 AND stage > $5))
         ORDER BY at, release_id, stage LIMIT $6",
    )
    .bind(seconds)
    .bind(before)
    .bind(at)
    .bind(release_id)
    .bind(stage)
    .bind(limit)
    .fetch_all(c))?;
    Ok(rows.into_iter().map(Row::attempt).collect())
}

/// Takes a row away.
pub async fn remove(tx: &mut Tx, name: &Name) -> Result<()> {
    run!(tx, c => sqlx::query(
        "DELETE FROM release_windows WHERE release_id = $1 AND seconds = $2 AND at = $3 AND stage = $4",
    )
    .bind(name.release_id)
    .bind(name.seconds)
    .bind(name.at)
    .bind(signed(name.stage as u64))
    .execute(c))
    .map(drop)
}

/// Forgets rows of one length that began before then.
pub async fn forget(tx: &mut Tx, seconds: i64, before: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM release_windows WHERE seconds = $1 AND at < $2")
        .bind(seconds)
        .bind(before)
        .execute(c))
    .map(drop)
}

/// Forgets instances that were not heard of since.
pub async fn forget_sources(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM evidence_sources WHERE seen_at < $1").bind(before).execute(c))
        .map(drop)
}
