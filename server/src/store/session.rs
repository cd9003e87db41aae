//! Sessions of people.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Glance, Result, Tx, on, run};

/// A session with its user.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Found {
    /// The session.
    pub session_id: Uuid,
    /// Goes into the header of every write.
    pub csrf_token: String,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
    /// Whose it is.
    pub user_id: Uuid,
    /// Whose it is.
    pub username: String,
    /// For people.
    pub name: String,
    /// May do everything everywhere.
    pub admin: bool,
    /// When the user was made.
    pub user_created_at: DateTime<Utc>,
}

/// A new row of `sessions`.
#[derive(Clone, Debug)]
pub struct New {
    /// Names it.
    pub session_id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// SHA-256 of the cookie.
    pub secret_hash: [u8; 32],
    /// See [`Found::csrf_token`].
    pub csrf_token: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
}

/// The session of a secret.
pub async fn find(glance: &mut Glance, secret_hash: &[u8; 32]) -> Result<Option<Found>> {
    on!(glance, c => sqlx::query_as(
        "SELECT s.session_id, s.csrf_token, s.expires_at, u.user_id, u.username, u.name, u.admin,
                u.created_at AS user_created_at
         FROM sessions s JOIN users u ON u.user_id = s.user_id
         WHERE s.secret_hash = $1",
    )
    .bind(secret_hash.as_slice())
    .fetch_optional(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, session: &New) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO sessions (session_id, user_id, secret_hash, csrf_token, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(session.session_id)
    .bind(session.user_id)
    .bind(session.secret_hash.as_slice())
    .bind(&session.csrf_token)
    .bind(session.created_at)
    .bind(session.expires_at)
    .execute(c))
    .map(drop)
}

/// Ends the session of a secret; whether there was one.
pub async fn delete(tx: &mut Tx, secret_hash: &[u8; 32]) -> Result<bool> {
    let done = on!(tx, c => sqlx::query_scalar::<_, Uuid>(
        "DELETE FROM sessions WHERE secret_hash = $1 RETURNING session_id",
    )
    .bind(secret_hash.as_slice())
    .fetch_optional(c))?;
    Ok(done.is_some())
}

/// Ends all sessions of a user.
pub async fn delete_of_user(tx: &mut Tx, user_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(user_id).execute(c))
        .map(drop)
}

/// Removes what has expired.
pub async fn delete_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(c))
        .map(drop)
}
