//! SDK keys.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run};

/// A row of `keys`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Key {
    /// Names it.
    pub key_id: Uuid,
    /// What it opens.
    pub environment_id: Uuid,
    /// For people.
    pub name: String,
    /// `server` or `client`.
    pub kind: String,
    /// The first characters of the secret.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// An environment's keys, oldest first.
pub async fn list(tx: &mut Tx, environment_id: Uuid) -> Result<Vec<Key>> {
    on!(tx, c => sqlx::query_as(
        "SELECT key_id, environment_id, name, kind, prefix, secret_hash, created_by, created_at, expires_at, last_used_at
         FROM keys WHERE environment_id = $1 ORDER BY key_id",
    )
    .bind(environment_id)
    .fetch_all(c))
}

/// All keys there are.
pub async fn all(tx: &mut Tx) -> Result<Vec<Key>> {
    on!(tx, c => sqlx::query_as(
        "SELECT key_id, environment_id, name, kind, prefix, secret_hash, created_by, created_at, expires_at, last_used_at
         FROM keys",
    )
    .fetch_all(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, key: &Key) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO keys (key_id, environment_id, name, kind, prefix, secret_hash, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(key.key_id)
    .bind(key.environment_id)
    .bind(&key.name)
    .bind(&key.kind)
    .bind(&key.prefix)
    .bind(&key.secret_hash)
    .bind(&key.created_by)
    .bind(key.created_at)
    .bind(key.expires_at)
    .execute(c))
    .map(drop)
}

/// Notes its use.
pub async fn touch(tx: &mut Tx, key_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("UPDATE keys SET last_used_at = $2 WHERE key_id = $1")
        .bind(key_id)
        .bind(now)
        .execute(c))
    .map(drop)
}

/// Removes an environment's key; its name where there was one.
pub async fn delete(tx: &mut Tx, environment_id: Uuid, key_id: Uuid) -> Result<Option<String>> {
    on!(tx, c => sqlx::query_scalar(
        "DELETE FROM keys WHERE key_id = $1 AND environment_id = $2 RETURNING name",
    )
    .bind(key_id)
    .bind(environment_id)
    .fetch_optional(c))
}
