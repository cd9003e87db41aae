//! Evaluation counts.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run, signed};

/// A row of `evaluation_counts`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Count {
    /// The flag's key.
    pub flag: String,
    /// The variation's key; empty for errors and the caller's default.
    pub variation: String,
    /// When the hour began.
    pub hour: DateTime<Utc>,
    /// How often.
    #[sqlx(try_from = "i64")]
    pub count: u64,
}

/// Notes a batch; false where it was noted before.
pub async fn take_batch(
    tx: &mut Tx,
    environment_id: Uuid,
    instance: Uuid,
    sequence: u64,
    now: DateTime<Utc>,
) -> Result<bool> {
    let new = on!(tx, c => sqlx::query_scalar::<_, i64>(
        "INSERT INTO telemetry_batches (environment_id, instance, sequence, received_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING sequence",
    )
    .bind(environment_id)
    .bind(instance)
    .bind(signed(sequence))
    .bind(now)
    .fetch_optional(c))?;
    Ok(new.is_some())
}

/// Forgets batches and counts that nobody asks for any more.
pub async fn prune(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM telemetry_batches WHERE received_at < $1").bind(before).execute(c))?;
    run!(tx, c => sqlx::query("DELETE FROM evaluation_counts WHERE hour < $1").bind(before).execute(c))
        .map(drop)
}

/// Adds to an hour's count.
pub async fn add(tx: &mut Tx, environment_id: Uuid, count: &Count) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO evaluation_counts (environment_id, flag, variation, hour, count)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (environment_id, flag, variation, hour)
         DO UPDATE SET count = evaluation_counts.count + excluded.count",
    )
    .bind(environment_id)
    .bind(&count.flag)
    .bind(&count.variation)
    .bind(count.hour)
    .bind(signed(count.count))
    .execute(c))
    .map(drop)
}

/// Notes when a flag was evaluated; the latest stays.
pub async fn evaluated(
    tx: &mut Tx,
    environment_id: Uuid,
    flag: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO flag_usage (environment_id, flag, last_evaluated_at) VALUES ($1, $2, $3)
         ON CONFLICT (environment_id, flag) DO UPDATE SET last_evaluated_at =
             CASE WHEN flag_usage.last_evaluated_at < excluded.last_evaluated_at
                  THEN excluded.last_evaluated_at ELSE flag_usage.last_evaluated_at END",
    )
    .bind(environment_id)
    .bind(flag)
    .bind(at)
    .execute(c))
    .map(drop)
}

/// An environment's counts since an hour; of one flag where given.
pub async fn counts(
    tx: &mut Tx,
    environment_id: Uuid,
    flag: Option<&str>,
    since: DateTime<Utc>,
) -> Result<Vec<Count>> {
    on!(tx, c => sqlx::query_as(
        "SELECT flag, variation, hour, count FROM evaluation_counts
         WHERE environment_id = $1 AND hour >= $2 AND (CAST($3 AS TEXT) IS NULL OR flag = $3)",
    )
    .bind(environment_id)
    .bind(since)
    .bind(flag)
    .fetch_all(c))
}

/// When an environment's flags were last evaluated; one flag's where given.
pub async fn last_evaluated(
    tx: &mut Tx,
    environment_id: Uuid,
    flag: Option<&str>,
) -> Result<Vec<(String, DateTime<Utc>)>> {
    on!(tx, c => sqlx::query_as(
        "SELECT flag, last_evaluated_at FROM flag_usage
         WHERE environment_id = $1 AND (CAST($2 AS TEXT) IS NULL OR flag = $2)",
    )
    .bind(environment_id)
    .bind(flag)
    .fetch_all(c))
}
