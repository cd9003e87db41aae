//! Revisions: the ruleset patches that lead from one to the next.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run, signed};

/// A row of `revisions`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Revision {
    /// The number, in its environment.
    #[sqlx(try_from = "i64")]
    pub revision: u64,
    /// The ruleset patch that leads to it, as JSON.
    pub patch: String,
}

/// Adds one.
pub async fn insert(
    tx: &mut Tx,
    environment_id: Uuid,
    revision: u64,
    patch: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO revisions (environment_id, revision, patch, created_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(environment_id)
    .bind(signed(revision))
    .bind(patch)
    .bind(now)
    .execute(c))
    .map(drop)
}

/// The revisions after one, oldest first.
pub async fn after(tx: &mut Tx, environment_id: Uuid, revision: u64) -> Result<Vec<Revision>> {
    on!(tx, c => sqlx::query_as(
        "SELECT revision, patch FROM revisions WHERE environment_id = $1 AND revision > $2 ORDER BY revision",
    )
    .bind(environment_id)
    .bind(signed(revision))
    .fetch_all(c))
}

/// Forgets the patches up to a revision, that one included.
pub async fn prune(tx: &mut Tx, environment_id: Uuid, revision: u64) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM revisions WHERE environment_id = $1 AND revision <= $2")
        .bind(environment_id)
        .bind(signed(revision))
        .execute(c))
    .map(drop)
}
