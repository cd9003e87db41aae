//! Projects and who may do what in them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run, signed};

/// A row of `projects`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Project {
    /// Names it.
    pub project_id: Uuid,
    /// Names it for people.
    pub key: String,
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Grows with every change.
    #[sqlx(try_from = "i64")]
    pub version: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A project with a user's role in it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct WithRole {
    /// The project.
    #[sqlx(flatten)]
    pub project: Project,
    /// `viewer`, `editor`, `admin`; null for one who is no member.
    pub role: Option<String>,
}

/// A member.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    /// Who.
    pub username: String,
    /// `viewer`, `editor`, `admin`.
    pub role: String,
}

/// All projects by key, with the user's role in each.
pub async fn list(tx: &mut Tx, user_id: Uuid) -> Result<Vec<WithRole>> {
    on!(tx, c => sqlx::query_as(
        "SELECT p.project_id, p.key, p.name, p.description, p.version, p.created_at, m.role
         FROM projects p LEFT JOIN members m ON m.project_id = p.project_id AND m.user_id = $1
         ORDER BY p.key",
    )
    .bind(user_id)
    .fetch_all(c))
}

/// The project of a key, with the user's role in it.
pub async fn find(tx: &mut Tx, key: &str, user_id: Uuid) -> Result<Option<WithRole>> {
    on!(tx, c => sqlx::query_as(
        "SELECT p.project_id, p.key, p.name, p.description, p.version, p.created_at, m.role
         FROM projects p LEFT JOIN members m ON m.project_id = p.project_id AND m.user_id = $2
         WHERE p.key = $1",
    )
    .bind(key)
    .bind(user_id)
    .fetch_optional(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, project: &Project) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO projects (project_id, key, name, description, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(project.project_id)
    .bind(&project.key)
    .bind(&project.name)
    .bind(&project.description)
    .bind(signed(project.version))
    .bind(project.created_at)
    .execute(c))
    .map(drop)
}

/// Changes name, description and version.
pub async fn update(tx: &mut Tx, project: &Project) -> Result<()> {
    run!(tx, c => sqlx::query(
        "UPDATE projects SET name = $2, description = $3, version = $4 WHERE project_id = $1",
    )
    .bind(project.project_id)
    .bind(&project.name)
    .bind(&project.description)
    .bind(signed(project.version))
    .execute(c))
    .map(drop)
}

/// Removes one with everything in it.
pub async fn delete(tx: &mut Tx, project_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM projects WHERE project_id = $1").bind(project_id).execute(c))
        .map(drop)
}

/// Its members, by name.
pub async fn members(tx: &mut Tx, project_id: Uuid) -> Result<Vec<Member>> {
    on!(tx, c => sqlx::query_as(
        "SELECT u.username, m.role FROM members m JOIN users u ON u.user_id = m.user_id
         WHERE m.project_id = $1 ORDER BY u.username",
    )
    .bind(project_id)
    .fetch_all(c))
}

/// Makes a user a member, or changes the role.
pub async fn put_member(tx: &mut Tx, project_id: Uuid, user_id: Uuid, role: &str) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO members (project_id, user_id, role) VALUES ($1, $2, $3)
         ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(project_id)
    .bind(user_id)
    .bind(role)
    .execute(c))
    .map(drop)
}

/// Removes a member; whether there was one.
pub async fn delete_member(tx: &mut Tx, project_id: Uuid, user_id: Uuid) -> Result<bool> {
    let gone = on!(tx, c => sqlx::query_scalar::<_, String>(
        "DELETE FROM members WHERE project_id = $1 AND user_id = $2 RETURNING role",
    )
    .bind(project_id)
    .bind(user_id)
    .fetch_optional(c))?;
    Ok(gone.is_some())
}
