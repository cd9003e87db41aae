//! SDKs that reported lately.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, signed, unsigned};

/// An SDK as it reported.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    /// Where it runs.
    pub environment_id: Uuid,
    /// A running SDK; another one after each start.
    pub instance: Uuid,
    /// The revision that it ran.
    pub revision: u64,
    /// When.
    pub seen_at: DateTime<Utc>,
}

/// Keeps what an SDK reported last.
pub async fn keep(tx: &mut Tx, seen: &Instance) -> Result<()> {
    on!(tx, c => sqlx::query_scalar::<_, i64>(
        "INSERT INTO sdk_instances (environment_id, instance, revision, seen_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (environment_id, instance)
         DO UPDATE SET revision = excluded.revision, seen_at = excluded.seen_at
         RETURNING revision",
    )
    .bind(seen.environment_id)
    .bind(seen.instance)
    .bind(signed(seen.revision))
    .bind(seen.seen_at)
    .fetch_one(c))
    .map(drop)
}

/// How many of an environment's SDKs that reported since some time have a revision or a
/// newer one, and how many there are.
pub async fn having(
    tx: &mut Tx,
    environment_id: Uuid,
    revision: u64,
    since: DateTime<Utc>,
) -> Result<(u64, u64)> {
    let (having, all): (i64, i64) = on!(tx, c => sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(CASE WHEN revision >= $2 THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*)
         FROM sdk_instances WHERE environment_id = $1 AND seen_at >= $3",
    )
    .bind(environment_id)
    .bind(signed(revision))
    .bind(since)
    .fetch_one(c))?;
    Ok((unsigned(having), unsigned(all)))
}

/// Forgets those that were last seen before some time; how many.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    let gone: Vec<i64> = on!(tx, c => sqlx::query_scalar(
        "DELETE FROM sdk_instances WHERE seen_at < $1 RETURNING revision",
    )
    .bind(before)
    .fetch_all(c))?;
    Ok(gone.len() as u64)
}
