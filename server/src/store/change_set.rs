//! Change sets: what was done, as it is shown in histories.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Result, Script, Tx, on,
    script::Argument::{Id, Number, OptionalText, Text, Time},
};

/// A row of `change_sets`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ChangeSet {
    /// Names it; later ones sort after.
    pub change_set_id: Uuid,
    /// Where.
    pub project_id: Uuid,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
    /// What became of it.
    pub state: String,
    /// When it took force.
    pub applied_at: DateTime<Utc>,
    /// A JSON array.
    pub changes: String,
    /// A JSON object: revision by environment.
    pub revisions: String,
}

/// What a change set touched.
#[derive(Clone, Debug)]
pub struct Touched {
    /// The entity's kind.
    pub kind: &'static str,
    /// The environment's key, for configurations.
    pub environment: Option<String>,
    /// The entity's key.
    pub key: String,
}

/// Which change sets to list; what is absent does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrow<'a> {
    /// Touched this environment.
    pub environment: Option<&'a str>,
    /// Touched an entity of this kind.
    pub kind: Option<&'a str>,
    /// Touched an entity of this key.
    pub key: Option<&'a str>,
    /// Older than this one.
    pub before: Option<Uuid>,
}

/// Adds change sets, each with what it touched.
pub fn insert<'a>(script: &mut Script<'a>, sets: &'a [(ChangeSet, Vec<Touched>)]) {
    let rows = sets.iter().map(|(set, _)| {
        [
            Id(set.change_set_id),
            Id(set.project_id),
            Text(&set.author),
            OptionalText(set.reason.as_deref()),
            Text(&set.state),
            Time(set.applied_at),
            Text(&set.changes),
            Text(&set.revisions),
        ]
    });
    script.add(
        "INSERT INTO change_sets
             (change_set_id, project_id, author, reason, state, applied_at, changes, revisions) ",
        "",
        rows,
    );
    let touched = sets.iter().flat_map(|(set, touched)| {
        (0..).zip(touched).map(|(position, entity)| {
            [
                Id(set.change_set_id),
                Number(position),
                Id(set.project_id),
                Text(entity.kind),
                OptionalText(entity.environment.as_deref()),
                Text(&entity.key),
            ]
        })
    });
    script.add(
        "INSERT INTO change_set_entities
             (change_set_id, position, project_id, kind, environment, key) ",
        "",
        touched,
    );
}

/// A project's change sets, newest first, at most `limit`.
pub async fn list(
    tx: &mut Tx,
    project_id: Uuid,
    narrow: Narrow<'_>,
    limit: i64,
) -> Result<Vec<ChangeSet>> {
    // One text for all filters: what is null lets everything pass.
    on!(tx, c => sqlx::query_as(
        "SELECT s.change_set_id, s.project_id, s.author, s.reason, s.state, s.applied_at, s.changes, s.revisions
         FROM change_sets s
         WHERE s.project_id = $1
           AND (CAST($2 AS TEXT) IS NULL OR s.change_set_id < $3)
           AND (CAST($4 AS TEXT) IS NULL AND CAST($5 AS TEXT) IS NULL AND CAST($6 AS TEXT) IS NULL
                OR EXISTS (SELECT 1 FROM change_set_entities t
                           WHERE t.change_set_id = s.change_set_id
                             AND (CAST($4 AS TEXT) IS NULL OR t.environment = $4)
                             AND (CAST($5 AS TEXT) IS NULL OR t.kind = $5)
                             AND (CAST($6 AS TEXT) IS NULL OR t.key = $6)))
         ORDER BY s.change_set_id DESC LIMIT $7",
    )
    .bind(project_id)
    .bind(narrow.before.map(|_| "before"))
    .bind(narrow.before.unwrap_or_default())
    .bind(narrow.environment)
    .bind(narrow.kind)
    .bind(narrow.key)
    .bind(limit)
    .fetch_all(c))
}

/// One, with its project's key.
pub async fn find(tx: &mut Tx, change_set_id: Uuid) -> Result<Option<(ChangeSet, String)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        change_set: ChangeSet,
        project: String,
    }
    let row: Option<Row> = on!(tx, c => sqlx::query_as(
        "SELECT s.change_set_id, s.project_id, s.author, s.reason, s.state, s.applied_at, s.changes, s.revisions,
                p.key AS project
         FROM change_sets s JOIN projects p ON p.project_id = s.project_id WHERE s.change_set_id = $1",
    )
    .bind(change_set_id)
    .fetch_optional(c))?;
    Ok(row.map(|row| (row.change_set, row.project)))
}
