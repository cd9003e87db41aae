//! Entities: JSON documents of flags, segments, their configurations and templates.

use std::future::ready;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Result, Tx, on, run, signed};

/// A row of `entities`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entity {
    /// Names it.
    pub entity_id: Uuid,
    /// `flag`, `flag_config`, `segment`, `segment_config`, `release_template`.
    pub kind: String,
    /// Where it is.
    pub project_id: Uuid,
    /// Where it is; null for what belongs to the project.
    pub environment_id: Option<Uuid>,
    /// Names it for people.
    pub key: String,
    /// Grows by one with every change.
    #[sqlx(try_from = "i64")]
    pub version: u64,
    /// As it is stored: splits have an allocation.
    #[sqlx(json)]
    pub document: Value,
    /// The environment's revision at which evaluators last saw it change.
    #[sqlx(try_from = "i64")]
    pub changed_revision: u64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Who changed it last.
    pub updated_by: String,
}

/// One entity of a project.
pub async fn in_project(
    tx: &mut Tx,
    project_id: Uuid,
    kind: &str,
    key: &str,
) -> Result<Option<Entity>> {
    on!(tx, c => sqlx::query_as(
        "SELECT entity_id, kind, project_id, environment_id, key, version, document, changed_revision, updated_at, updated_by
         FROM entities WHERE project_id = $1 AND kind = $2 AND key = $3 AND environment_id IS NULL",
    )
    .bind(project_id)
    .bind(kind)
    .bind(key)
    .fetch_optional(c))
}

/// One entity of an environment.
pub async fn in_environment(
    tx: &mut Tx,
    environment_id: Uuid,
    kind: &str,
    key: &str,
) -> Result<Option<Entity>> {
    on!(tx, c => sqlx::query_as(
        "SELECT entity_id, kind, project_id, environment_id, key, version, document, changed_revision, updated_at, updated_by
         FROM entities WHERE environment_id = $1 AND kind = $2 AND key = $3",
    )
    .bind(environment_id)
    .bind(kind)
    .bind(key)
    .fetch_optional(c))
}

/// All of one kind in a project, by key; in its environments too where the kind is one of theirs.
pub async fn all_in_project(tx: &mut Tx, project_id: Uuid, kind: &str) -> Result<Vec<Entity>> {
    on!(tx, c => sqlx::query_as(
        "SELECT entity_id, kind, project_id, environment_id, key, version, document, changed_revision, updated_at, updated_by
         FROM entities WHERE project_id = $1 AND kind = $2 ORDER BY key",
    )
    .bind(project_id)
    .bind(kind)
    .fetch_all(c))
}

/// All of one kind in a project whose keys are between two, both included, by key.
pub async fn between(
    tx: &mut Tx,
    project_id: Uuid,
    kind: &str,
    first: &str,
    last: &str,
) -> Result<Vec<Entity>> {
    on!(tx, c => sqlx::query_as(
        "SELECT entity_id, kind, project_id, environment_id, key, version, document, changed_revision, updated_at, updated_by
         FROM entities WHERE project_id = $1 AND kind = $2 AND key >= $3 AND key <= $4 ORDER BY key",
    )
    .bind(project_id)
    .bind(kind)
    .bind(first)
    .bind(last)
    .fetch_all(c))
}

/// All of one kind in an environment, by key.
pub async fn all_in_environment(
    tx: &mut Tx,
    environment_id: Uuid,
    kind: &str,
) -> Result<Vec<Entity>> {
    on!(tx, c => sqlx::query_as(
        "SELECT entity_id, kind, project_id, environment_id, key, version, document, changed_revision, updated_at, updated_by
         FROM entities WHERE environment_id = $1 AND kind = $2 ORDER BY key",
    )
    .bind(environment_id)
    .bind(kind)
    .fetch_all(c))
}

/// A flag of an environment, as evaluators get it made.
#[derive(Debug, sqlx::FromRow)]
pub struct Flag {
    /// Names it for people.
    pub key: String,
    /// What it is in the project.
    #[sqlx(json)]
    pub definition: Value,
    /// What it is in the environment.
    #[sqlx(json)]
    pub config: Value,
    /// The environment's revision at which evaluators last saw it change.
    #[sqlx(try_from = "i64")]
    pub changed_revision: u64,
}

/// Takes each flag of an environment, one after the other: there is never more in memory than a few.
pub async fn each_flag(
    tx: &mut Tx,
    environment_id: Uuid,
    mut take: impl FnMut(Flag),
) -> Result<()> {
    on!(tx, c => sqlx::query_as(
        "SELECT config.key, flag.document AS definition, config.document AS config, config.changed_revision
         FROM entities config JOIN entities flag ON flag.project_id = config.project_id AND flag.key = config.key
             AND flag.kind = 'flag' AND flag.environment_id IS NULL
         WHERE config.environment_id = $1 AND config.kind = 'flag_config'",
    )
    .bind(environment_id)
    .fetch(c)
    .try_for_each(|flag| {
        take(flag);
        ready(Ok(()))
    }))
}

/// A segment of an environment, as evaluators get it made.
#[derive(Debug, sqlx::FromRow)]
pub struct Segment {
    /// Names it for people.
    pub key: String,
    /// What it is in the environment.
    #[sqlx(json)]
    pub config: Value,
    /// The environment's revision at which evaluators last saw it change.
    #[sqlx(try_from = "i64")]
    pub changed_revision: u64,
}

/// Takes each segment of an environment, as [`each_flag`] does.
pub async fn each_segment(
    tx: &mut Tx,
    environment_id: Uuid,
    mut take: impl FnMut(Segment),
) -> Result<()> {
    on!(tx, c => sqlx::query_as(
        "SELECT key, document AS config, changed_revision
         FROM entities WHERE environment_id = $1 AND kind = 'segment_config'",
    )
    .bind(environment_id)
    .fetch(c)
    .try_for_each(|segment| {
        take(segment);
        ready(Ok(()))
    }))
}

/// The configurations of one flag or segment, over all environments.
pub async fn of_key(tx: &mut Tx, project_id: Uuid, kind: &str, key: &str) -> Result<Vec<Entity>> {
    on!(tx, c => sqlx::query_as(
        "SELECT entity_id, kind, project_id, environment_id, key, version, document, changed_revision, updated_at, updated_by
         FROM entities WHERE project_id = $1 AND kind = $2 AND key = $3",
    )
    .bind(project_id)
    .bind(kind)
    .bind(key)
    .fetch_all(c))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, entity: &Entity) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO entities (entity_id, kind, project_id, environment_id, key, version, document,
             changed_revision, updated_at, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(entity.entity_id)
    .bind(&entity.kind)
    .bind(entity.project_id)
    .bind(entity.environment_id)
    .bind(&entity.key)
    .bind(signed(entity.version))
    .bind(Json(&entity.document))
    .bind(signed(entity.changed_revision))
    .bind(entity.updated_at)
    .bind(&entity.updated_by)
    .execute(c))
    .map(drop)
}

/// Replaces the document of one that is still at `from_version`; false where it is not.
pub async fn update(tx: &mut Tx, entity: &Entity, from_version: u64) -> Result<bool> {
    let done = on!(tx, c => sqlx::query_scalar::<_, i64>(
        "UPDATE entities SET version = $3, document = $4, changed_revision = $5, updated_at = $6, updated_by = $7
         WHERE entity_id = $1 AND version = $2 RETURNING version",
    )
    .bind(entity.entity_id)
    .bind(signed(from_version))
    .bind(signed(entity.version))
    .bind(Json(&entity.document))
    .bind(signed(entity.changed_revision))
    .bind(entity.updated_at)
    .bind(&entity.updated_by)
    .fetch_optional(c))?;
    Ok(done.is_some())
}

/// Notes that evaluators saw it change, though its own document did not.
pub async fn set_changed_revision(tx: &mut Tx, entity_id: Uuid, revision: u64) -> Result<()> {
    run!(tx, c => sqlx::query("UPDATE entities SET changed_revision = $2 WHERE entity_id = $1")
        .bind(entity_id)
        .bind(signed(revision))
        .execute(c))
    .map(drop)
}

/// Removes one.
pub async fn delete(tx: &mut Tx, entity_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM entities WHERE entity_id = $1").bind(entity_id).execute(c))
        .map(drop)
}
