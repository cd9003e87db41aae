//! SDKs that reported lately.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run, signed, unsigned};

/// Who reported of itself, or of the SDKs behind it.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    /// Where it runs.
    pub environment_id: Uuid,
    /// A running SDK, or a relay; another one after each start.
    pub instance: Uuid,
    /// The number of the report, which grows.
    pub sequence: u64,
    /// When it came.
    pub seen_at: DateTime<Utc>,
}

/// Keeps the newest revision that an SDK reported: nodes do not write in the order in which reports
/// came to them.
pub async fn keep(tx: &mut Tx, seen: &Instance, revision: u64) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO sdk_instances (environment_id, instance, revision, seen_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (environment_id, instance)
         DO UPDATE SET seen_at = excluded.seen_at, revision =
             CASE WHEN sdk_instances.revision < excluded.revision
                  THEN excluded.revision ELSE sdk_instances.revision END",
    )
    .bind(seen.environment_id)
    .bind(seen.instance)
    .bind(signed(revision))
    .bind(seen.seen_at)
    .execute(c))
    .map(drop)
}

/// Keeps how many SDKs behind a relay run which revision, in the place of what it reported before.
pub async fn keep_relayed(
    tx: &mut Tx,
    seen: &Instance,
    mut running: BTreeMap<u64, u64>,
) -> Result<()> {
    let newer: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "SELECT revision FROM relayed_instances
         WHERE environment_id = $1 AND relay = $2 AND sequence > $3 LIMIT 1",
    )
    .bind(seen.environment_id)
    .bind(seen.instance)
    .bind(signed(seen.sequence))
    .fetch_optional(c))?;
    if newer.is_some() {
        return Ok(());
    }
    run!(tx, c => sqlx::query("DELETE FROM relayed_instances WHERE environment_id = $1 AND relay = $2")
        .bind(seen.environment_id)
        .bind(seen.instance)
        .execute(c))?;
    // Where it has none, a row that counts nothing keeps the number of the report that says so: an
    // older one may yet be written.
    if running.is_empty() {
        running.insert(0, 0);
    }
    for (revision, instances) in running {
        run!(tx, c => sqlx::query(
            "INSERT INTO relayed_instances (environment_id, relay, revision, instances, sequence, seen_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(seen.environment_id)
        .bind(seen.instance)
        .bind(signed(revision))
        .bind(signed(instances))
        .bind(signed(seen.sequence))
        .bind(seen.seen_at)
        .execute(c))?;
    }
    Ok(())
}

/// How many of an environment's SDKs that reported since some time, by themselves or by way of
/// a relay, have a revision or a newer one, and how many there are.
pub async fn having(
    tx: &mut Tx,
    environment_id: Uuid,
    revision: u64,
    since: DateTime<Utc>,
) -> Result<(u64, u64)> {
    let (having, all): (i64, i64) = on!(tx, c => sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(CASE WHEN revision >= $2 THEN instances ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(instances), 0) AS BIGINT)
         FROM (SELECT revision, CAST(1 AS BIGINT) AS instances FROM sdk_instances
               WHERE environment_id = $1 AND seen_at >= $3
               UNION ALL
               SELECT revision, instances FROM relayed_instances
               WHERE environment_id = $1 AND seen_at >= $3) AS seen",
    )
    .bind(environment_id)
    .bind(signed(revision))
    .bind(since)
    .fetch_one(c))?;
    Ok((unsigned(having), unsigned(all)))
}

/// Forgets those that were last seen before some time.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM sdk_instances WHERE seen_at < $1").bind(before).execute(c))?;
    run!(tx, c => sqlx::query("DELETE FROM relayed_instances WHERE seen_at < $1").bind(before).execute(c))
        .map(drop)
}
