//! Users.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run};

/// A row of `users`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    /// Names it.
    pub user_id: Uuid,
    /// What one signs in with.
    pub username: String,
    /// For people.
    pub name: String,
    /// A PHC string; null where nobody may sign in by password.
    pub password_hash: Option<String>,
    /// May do everything everywhere.
    pub admin: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// All users, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<User>> {
    on!(tx, c => sqlx::query_as(
        "SELECT user_id, username, name, password_hash, admin, created_at FROM users ORDER BY username",
    )
    .fetch_all(c))
}

/// Whether there is any user.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let count: i64 = on!(tx, c => sqlx::query_scalar("SELECT COUNT(*) FROM users").fetch_one(c))?;
    Ok(count > 0)
}

/// The user of a name.
pub async fn find(tx: &mut Tx, username: &str) -> Result<Option<User>> {
    on!(tx, c => sqlx::query_as(
        "SELECT user_id, username, name, password_hash, admin, created_at FROM users WHERE username = $1",
    )
    .bind(username)
    .fetch_optional(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, user: &User) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO users (user_id, username, name, password_hash, admin, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(user.user_id)
    .bind(&user.username)
    .bind(&user.name)
    .bind(&user.password_hash)
    .bind(user.admin)
    .bind(user.created_at)
    .execute(c))
    .map(drop)
}

/// Changes a password.
pub async fn set_password(tx: &mut Tx, user_id: Uuid, password_hash: &str) -> Result<()> {
    run!(tx, c => sqlx::query("UPDATE users SET password_hash = $2 WHERE user_id = $1")
        .bind(user_id)
        .bind(password_hash)
        .execute(c))
    .map(drop)
}

/// Removes one, with its sessions, tokens and memberships.
pub async fn delete(tx: &mut Tx, user_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM users WHERE user_id = $1").bind(user_id).execute(c))
        .map(drop)
}
