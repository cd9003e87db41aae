//! Sampled contexts.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Result, Tx, on, run};

/// A row of `sampled_contexts`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sampled {
    /// The context, a JSON object.
    #[sqlx(json)]
    pub context: Value,
    /// When an SDK last sent it.
    pub received_at: DateTime<Utc>,
}

/// Keeps a context; one that is kept already becomes the newest.
pub async fn keep(
    tx: &mut Tx,
    environment_id: Uuid,
    digest: &[u8],
    context: &Value,
    now: DateTime<Utc>,
) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO sampled_contexts (environment_id, digest, context, received_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (environment_id, digest) DO UPDATE SET received_at = excluded.received_at",
    )
    .bind(environment_id)
    .bind(digest)
    .bind(Json(context))
    .bind(now)
    .execute(c))
    .map(drop)
}

/// Forgets all but the newest of an environment.
pub async fn keep_newest(tx: &mut Tx, environment_id: Uuid, count: i64) -> Result<()> {
    run!(tx, c => sqlx::query(
        "DELETE FROM sampled_contexts WHERE environment_id = $1 AND digest NOT IN
         (SELECT digest FROM sampled_contexts WHERE environment_id = $1 ORDER BY received_at DESC, digest LIMIT $2)",
    )
    .bind(environment_id)
    .bind(count)
    .execute(c))
    .map(drop)
}

/// Forgets what is older.
pub async fn prune(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM sampled_contexts WHERE received_at < $1").bind(before).execute(c))
        .map(drop)
}

/// An environment's contexts, the newest first.
pub async fn newest(tx: &mut Tx, environment_id: Uuid, count: i64) -> Result<Vec<Sampled>> {
    on!(tx, c => sqlx::query_as(
        "SELECT context, received_at FROM sampled_contexts
         WHERE environment_id = $1 ORDER BY received_at DESC, digest LIMIT $2",
    )
    .bind(environment_id)
    .bind(count)
    .fetch_all(c))
}
