//! Environments.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Result, Script, Tx, on, revision, run,
    script::Argument::{Id, Number, Text},
    signed,
};

/// A row of `environments`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Environment {
    /// Names it.
    pub environment_id: Uuid,
    /// Where it is.
    pub project_id: Uuid,
    /// Names it for people.
    pub key: String,
    /// For people.
    pub name: String,
    /// What it is shown in.
    pub color: String,
    /// Changes are confirmed.
    pub production: bool,
    /// A JSON array of texts.
    pub allowed_origins: String,
    /// Grows with every change to the environment's own fields.
    #[sqlx(try_from = "i64")]
    pub version: u64,
    /// Its place among the project's environments.
    pub position: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Of the ruleset.
    #[sqlx(try_from = "i64")]
    pub revision: u64,
    /// Of the ruleset.
    pub fingerprint: String,
    /// The live releases in the ruleset: a JSON array.
    pub releases: String,
    /// How many releases may live at once; as many as like where absent.
    pub release_limit: Option<i64>,
}

/// An environment with its project's key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Named {
    /// The environment.
    #[sqlx(flatten)]
    pub environment: Environment,
    /// The project's key.
    pub project: String,
}

/// A project's environments, in order.
pub async fn list(tx: &mut Tx, project_id: Uuid) -> Result<Vec<Environment>> {
    on!(tx, c => sqlx::query_as(
        "SELECT environment_id, project_id, key, name, color, production, allowed_origins, version,
                position, created_at, revision, fingerprint, releases, release_limit
         FROM environments WHERE project_id = $1 ORDER BY position, key",
    )
    .bind(project_id)
    .fetch_all(c))
}

/// All environments there are.
pub async fn all(tx: &mut Tx) -> Result<Vec<Named>> {
    on!(tx, c => sqlx::query_as(
        "SELECT e.environment_id, e.project_id, e.key, e.name, e.color, e.production,
                e.allowed_origins, e.version, e.position, e.created_at, e.revision, e.fingerprint,
                e.releases, e.release_limit, p.key AS project
         FROM environments e JOIN projects p ON p.project_id = e.project_id
         ORDER BY p.key, e.position, e.key",
    )
    .fetch_all(c))
}

/// One, by its key.
pub async fn find(tx: &mut Tx, project_id: Uuid, key: &str) -> Result<Option<Environment>> {
    on!(tx, c => sqlx::query_as(
        "SELECT environment_id, project_id, key, name, color, production, allowed_origins, version,
                position, created_at, revision, fingerprint, releases, release_limit
         FROM environments WHERE project_id = $1 AND key = $2",
    )
    .bind(project_id)
    .bind(key)
    .fetch_optional(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, environment: &Environment) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO environments (environment_id, project_id, key, name, color, production,
             allowed_origins, version, position, created_at, revision, fingerprint, releases,
             release_limit)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(environment.environment_id)
    .bind(environment.project_id)
    .bind(&environment.key)
    .bind(&environment.name)
    .bind(&environment.color)
    .bind(environment.production)
    .bind(&environment.allowed_origins)
    .bind(signed(environment.version))
    .bind(environment.position)
    .bind(environment.created_at)
    .bind(signed(environment.revision))
    .bind(&environment.fingerprint)
    .bind(&environment.releases)
    .bind(environment.release_limit)
    .execute(c))
    .map(drop)
}

/// Changes what people may change, and the version.
pub async fn update(tx: &mut Tx, environment: &Environment) -> Result<()> {
    run!(tx, c => sqlx::query(
        "UPDATE environments SET name = $2, color = $3, production = $4, allowed_origins = $5, version = $6,
                release_limit = $7
         WHERE environment_id = $1",
    )
    .bind(environment.environment_id)
    .bind(&environment.name)
    .bind(&environment.color)
    .bind(environment.production)
    .bind(&environment.allowed_origins)
    .bind(signed(environment.version))
    .bind(environment.release_limit)
    .execute(c))
    .map(drop)
}

/// Notes what evaluators have from now on, in each environment once.
pub fn advance<'a>(script: &mut Script<'a>, to: impl IntoIterator<Item = &'a revision::New>) {
    let rows = to.into_iter().map(|new| {
        [
            Id(new.environment_id),
            Number(signed(new.revision)),
            Text(&new.fingerprint),
        ]
    });
    script.add(
        "UPDATE environments SET revision = v.column2, fingerprint = v.column3 FROM (",
        ") AS v WHERE environment_id = v.column1",
        rows,
    );
}

/// Removes one with everything in it.
pub async fn delete(tx: &mut Tx, environment_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM environments WHERE environment_id = $1")
        .bind(environment_id)
        .execute(c))
    .map(drop)
}

/// The live releases in the ruleset: a JSON array.
pub async fn releases(tx: &mut Tx, environment_id: Uuid) -> Result<String> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT releases FROM environments WHERE environment_id = $1",
    )
    .bind(environment_id)
    .fetch_one(c))
}

/// How many releases may live at once; as many as like where absent.
pub async fn release_limit(tx: &mut Tx, environment_id: Uuid) -> Result<Option<i64>> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT release_limit FROM environments WHERE environment_id = $1",
    )
    .bind(environment_id)
    .fetch_one(c))
}

/// Notes the live releases that evaluators have from the next revision on.
pub async fn set_releases(tx: &mut Tx, environment_id: Uuid, releases: &str) -> Result<()> {
    on!(tx, c => sqlx::query_scalar::<_, i64>(
        "UPDATE environments SET releases = $2 WHERE environment_id = $1 RETURNING revision",
    )
    .bind(environment_id)
    .bind(releases)
    .fetch_one(c))
    .map(drop)
}
