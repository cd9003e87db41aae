//! Entities: JSON documents of flags, segments, their configurations and templates.

/// A query for whole entities: their columns, and what is given.
macro_rules! entities {
    ($rest:literal) => {
        concat!(
            "SELECT entity_id, kind, project_id, environment_id, key, version, document,
                    changed_revision, updated_at, updated_by FROM entities ",
            $rest
        )
    };
}

mod part;

use std::{borrow::Cow, future::ready};

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    Result, Script, Tx, on, run,
    script::Argument::{Document, Id, Number, OptionalId, Text, Time},
    signed,
    values::{parts, values},
};

pub use part::{Within, page, with_text};

/// A row of `entities`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entity {
    /// Names it.
    pub entity_id: Uuid,
    /// `flag`, `flag_config`, `segment`, `segment_config`, `release_template`, `metric`.
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
        entities!("WHERE project_id = $1 AND kind = $2 AND key = $3 AND environment_id IS NULL"),
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
        entities!("WHERE environment_id = $1 AND kind = $2 AND key = $3"),
    )
    .bind(environment_id)
    .bind(kind)
    .bind(key)
    .fetch_optional(c))
}

/// All of one kind in a project, by key; in its environments too where the kind is one of theirs.
pub async fn all_in_project(tx: &mut Tx, project_id: Uuid, kind: &str) -> Result<Vec<Entity>> {
    on!(tx, c => sqlx::query_as(
        entities!("WHERE project_id = $1 AND kind = $2 ORDER BY key"),
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
        entities!("WHERE project_id = $1 AND kind = $2 AND key >= $3 AND key <= $4 ORDER BY key"),
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
        entities!("WHERE environment_id = $1 AND kind = $2 ORDER BY key"),
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
        entities!("WHERE project_id = $1 AND kind = $2 AND key = $3"),
    )
    .bind(project_id)
    .bind(kind)
    .bind(key)
    .fetch_all(c))
}

/// Where an entity is: what names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The project.
    pub project_id: Uuid,
    /// The environment; none for what belongs to the project.
    pub environment_id: Option<Uuid>,
    /// As in [`Entity::kind`].
    pub kind: Cow<'static, str>,
    /// Names it for people.
    pub key: String,
}

impl Entity {
    /// Where it is.
    pub fn address(&self) -> Address {
        Address {
            project_id: self.project_id,
            environment_id: self.environment_id,
            kind: Cow::Owned(self.kind.clone()),
            key: self.key.clone(),
        }
    }
}

/// Those of the addresses that there are, in any order.
pub async fn at(tx: &mut Tx, addresses: &[Address]) -> Result<Vec<Entity>> {
    let mut found = Vec::with_capacity(addresses.len());
    for part in parts(addresses) {
        let values = values(part.len(), 4, 0);
        // CROSS JOIN keeps SQLite from looking at every entity there is.
        let sql = AssertSqlSafe(format!(
            "SELECT e.entity_id, e.kind, e.project_id, e.environment_id, e.key, e.version, e.document,
                    e.changed_revision, e.updated_at, e.updated_by
             FROM ({values}) AS v CROSS JOIN entities e
             WHERE e.project_id = v.column1 AND e.kind = v.column2 AND e.key = v.column3
               AND (e.environment_id = v.column4 OR e.environment_id IS NULL AND v.column4 IS NULL)"
        ));
        let rows: Vec<Entity> = on!(tx, c => {
            let query = part.iter().fold(sqlx::query_as(sql), |query, address| {
                query
                    .bind(address.project_id)
                    .bind(&*address.kind)
                    .bind(&address.key)
                    .bind(address.environment_id)
            });
            query.fetch_all(c)
        })?;
        found.extend(rows);
    }
    Ok(found)
}

/// Adds entities.
pub fn insert<'a>(script: &mut Script<'a>, entities: impl IntoIterator<Item = &'a Entity>) {
    let rows = entities.into_iter().map(|entity| {
        [
            Id(entity.entity_id),
            Text(&entity.kind),
            Id(entity.project_id),
            OptionalId(entity.environment_id),
            Text(&entity.key),
            Number(signed(entity.version)),
            Document(&entity.document),
            Number(signed(entity.changed_revision)),
            Time(entity.updated_at),
            Text(&entity.updated_by),
        ]
    });
    script.add(
        "INSERT INTO entities (entity_id, kind, project_id, environment_id, key, version, document,
             changed_revision, updated_at, updated_by) ",
        "",
        rows,
    );
}

/// Replaces entities that are still at the versions given beside them.
pub fn update<'a>(script: &mut Script<'a>, entities: impl IntoIterator<Item = (&'a Entity, u64)>) {
    let rows = entities.into_iter().map(|(entity, from_version)| {
        [
            Id(entity.entity_id),
            Number(signed(from_version)),
            Number(signed(entity.version)),
            Document(&entity.document),
            Number(signed(entity.changed_revision)),
            Time(entity.updated_at),
            Text(&entity.updated_by),
        ]
    });
    script.add(
        "UPDATE entities SET version = v.column3, document = v.column4, changed_revision = v.column5,
                updated_at = v.column6, updated_by = v.column7 FROM (",
        ") AS v WHERE entity_id = v.column1 AND version = v.column2",
        rows,
    );
}

/// Removes one.
pub async fn delete(tx: &mut Tx, entity_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM entities WHERE entity_id = $1").bind(entity_id).execute(c))
        .map(drop)
}
