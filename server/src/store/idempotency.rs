//! Answers to requests that came with an `Idempotency-Key`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run};

/// A request that was answered.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Answered {
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    /// The answer's body, JSON.
    pub answer: String,
}

/// What a user's request of a key was answered with.
pub async fn find(tx: &mut Tx, user_id: Uuid, key: &str) -> Result<Option<Answered>> {
    on!(tx, c => sqlx::query_as(
        "SELECT request_hash, answer FROM idempotency_keys WHERE user_id = $1 AND key = $2",
    )
    .bind(user_id)
    .bind(key)
    .fetch_optional(c))
}

/// Keeps an answer.
pub async fn insert(
    tx: &mut Tx,
    user_id: Uuid,
    key: &str,
    answered: &Answered,
    now: DateTime<Utc>,
) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(user_id)
    .bind(key)
    .bind(&answered.request_hash)
    .bind(&answered.answer)
    .bind(now)
    .execute(c))
    .map(drop)
}

/// Forgets old answers.
pub async fn prune(tx: &mut Tx, before: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1").bind(before).execute(c))
        .map(drop)
}
