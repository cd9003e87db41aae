//! API tokens.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Glance, Result, Tx, on, run};

/// A row of `tokens`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Token {
    /// Names it.
    pub token_id: Uuid,
    /// As whom it acts.
    pub user_id: Uuid,
    /// For people.
    pub name: String,
    /// The first characters of the secret.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A token with its user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Found {
    /// The token.
    #[sqlx(flatten)]
    pub token: Token,
    /// As whom it acts.
    pub username: String,
    /// For people.
    pub user_name: String,
    /// May do everything everywhere.
    pub admin: bool,
    /// When the user was made.
    pub user_created_at: DateTime<Utc>,
}

/// A user's tokens, oldest first.
pub async fn list(tx: &mut Tx, user_id: Uuid) -> Result<Vec<Token>> {
    on!(tx, c => sqlx::query_as(
        "SELECT token_id, user_id, name, prefix, secret_hash, created_at, expires_at, last_used_at
         FROM tokens WHERE user_id = $1 ORDER BY token_id",
    )
    .bind(user_id)
    .fetch_all(c))
}

/// The tokens whose secrets begin alike, with their users.
pub async fn with_prefix(glance: &mut Glance, prefix: &str) -> Result<Vec<Found>> {
    on!(glance, c => sqlx::query_as(
        "SELECT t.token_id, t.user_id, t.name, t.prefix, t.secret_hash, t.created_at, t.expires_at,
                t.last_used_at, u.username, u.name AS user_name, u.admin, u.created_at AS user_created_at
         FROM tokens t JOIN users u ON u.user_id = t.user_id WHERE t.prefix = $1",
    )
    .bind(prefix)
    .fetch_all(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, token: &Token) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO tokens (token_id, user_id, name, prefix, secret_hash, created_at, expires_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.token_id)
    .bind(token.user_id)
    .bind(&token.name)
    .bind(&token.prefix)
    .bind(&token.secret_hash)
    .bind(token.created_at)
    .bind(token.expires_at)
    .bind(token.last_used_at)
    .execute(c))
    .map(drop)
}

/// Notes its use.
pub async fn touch(tx: &mut Tx, token_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("UPDATE tokens SET last_used_at = $2 WHERE token_id = $1")
        .bind(token_id)
        .bind(now)
        .execute(c))
    .map(drop)
}

/// Removes a user's token; its name where there was one.
pub async fn delete(tx: &mut Tx, user_id: Uuid, token_id: Uuid) -> Result<Option<String>> {
    on!(tx, c => sqlx::query_scalar(
        "DELETE FROM tokens WHERE token_id = $1 AND user_id = $2 RETURNING name",
    )
    .bind(token_id)
    .bind(user_id)
    .fetch_optional(c))
}
