//! Environments.

mod configs;

use serde::Deserialize;
use serde_json::{Value, json};
use serin_api::{
    error::Detail,
    project::{Environment, NewEnvironment},
    session::Role,
};

use super::{Actor, Error, Result, access, audit, document, fields, writer::Work};
use crate::{
    app::App,
    publish::commit::Effect,
    store::{self, Script},
};

/// What environments are shown in; new ones take turns.
pub const COLORS: [&str; 6] = ["green", "blue", "violet", "amber", "red", "grey"];

/// A project's environments, in order.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(app: &App, actor: &Actor, project: &str) -> Result<Vec<Environment>> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Viewer).await?;
    let rows = store::environment::list(&mut tx, seen.project.project_id).await?;
    Ok(rows.iter().map(shown).collect())
}

/// One environment.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(app: &App, actor: &Actor, project: &str, key: &str) -> Result<Environment> {
    let mut tx = app.db.read().await?;
    let (_, row) = access::environment(&mut tx, actor, project, key, Role::Viewer).await?;
    Ok(shown(&row))
}

/// Makes an environment, with a configuration for each flag and segment.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::Invalid`],
/// [`Error::AlreadyExists`].
pub async fn create(
    app: &App,
    actor: &Actor,
    project: &str,
    new: NewEnvironment,
) -> Result<Environment> {
    let mut details = Vec::new();
    check(&new, "", &mut details);
    if !details.is_empty() {
        return Err(Error::Invalid(details));
    }
    let (actor, project) = (actor.clone(), project.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let seen = access::project(&mut work.tx, &actor, &project, Role::Admin).await?;
                let id = seen.project.project_id;
                let others = store::environment::list(&mut work.tx, id).await?;
                let made = insert(work, &actor, &seen.project, new, &others).await?;
                work.committed.effects.push(Effect::Reload);
                Ok(shown(&made))
            })
        })
        .await
}

/// Makes an environment within a job; `others` are those that the project has.
pub(crate) async fn insert(
    work: &mut Work,
    actor: &Actor,
    project: &store::project::Project,
    new: NewEnvironment,
    others: &[store::environment::Environment],
) -> Result<store::environment::Environment> {
    if others.iter().any(|other| other.key == new.key) {
        let what = format!("the environment {:?}", new.key);
        return Err(Error::AlreadyExists { what });
    }
    let source = match &new.copy_from {
        None => None,
        Some(key) => Some(
            others
                .iter()
                .find(|other| other.key == *key)
                .ok_or_else(|| {
                    let message = format!("there is no environment {key:?}");
                    Error::invalid("/copy_from", "unknown_environment", message)
                })?,
        ),
    };
    let color = new
        .color
        .unwrap_or_else(|| COLORS[others.len() % COLORS.len()].to_owned());
    let mut row = store::environment::Environment {
        environment_id: work.id(),
        project_id: project.project_id,
        name: new.name.unwrap_or_else(|| new.key.clone()),
        key: new.key,
        color,
        production: new.production,
        allowed_origins: document::text(&new.allowed_origins)?,
        version: 1,
        position: others.last().map_or(0, |last| last.position + 1),
        created_at: work.now(),
        revision: 1,
        fingerprint: String::new(),
        releases: "[]".to_owned(),
        release_limit: None,
    };
    let entities = configs::make(work, actor, &row, source).await?;
    row.fingerprint = configs::fingerprint_of(work, &row, &entities).await?;
    store::environment::insert(&mut work.tx, &row).await?;
    let mut script = Script::default();
    store::entity::insert(&mut script, &entities);
    script.run(&mut work.tx).await?;
    let details = json!({ "environment": row.key, "copy_from": source.map(|s| &s.key) });
    let action = "environment.created";
    audit::append(work, &actor.username, action, Some(&project.key), &details).await?;
    Ok(row)
}

/// What people may change of an environment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    color: String,
    production: bool,
    #[serde(default)]
    allowed_origins: Vec<String>,
    #[serde(default)]
    release_limit: Option<u32>,
}

/// Members of an environment that a patch may repeat, and that are then ignored.
const KEPT: [&str; 3] = ["key", "version", "revision"];

/// Changes name, colour, production, origins and the limit of releases by a merge patch.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::VersionConflict`],
/// [`Error::Invalid`].
pub async fn patch(
    app: &App,
    actor: &Actor,
    project: &str,
    key: &str,
    patch: Value,
    version: Option<u64>,
) -> Result<Environment> {
    let actor = actor.clone();
    let (project, key) = (project.to_owned(), key.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let (_, mut row) =
                    access::environment(&mut work.tx, &actor, &project, &key, Role::Admin).await?;
                fields::check_version(row.version, version)?;
                let before = own_fields(&row);
                let changed: Fields = fields::patched(&before, patch, &KEPT)?;
                let mut details = Vec::new();
                fields::check_text(Some(&changed.name), "/name", &mut details);
                fields::check_color(Some(&changed.color), "/color", &mut details);
                fields::check_origins(&changed.allowed_origins, "/allowed_origins", &mut details);
                check_limit(changed.release_limit, &mut details);
                if !details.is_empty() {
                    return Err(Error::Invalid(details));
                }
                row.name = changed.name;
                row.color = changed.color;
                row.production = changed.production;
                row.allowed_origins = document::text(&changed.allowed_origins)?;
                row.release_limit = changed.release_limit.map(i64::from);
                row.version += 1;
                store::environment::update(&mut work.tx, &row).await?;
                let details =
                    json!({ "environment": key, "before": before, "after": own_fields(&row) });
                let action = "environment.changed";
                audit::append(work, &actor.username, action, Some(&project), &details).await?;
                work.committed.effects.push(Effect::Reload);
                Ok(shown(&row))
            })
        })
        .await
}

/// Removes an environment with everything in it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::VersionConflict`],
/// [`Error::InUse`] while a release in it is live.
pub async fn delete(
    app: &App,
    actor: &Actor,
    project: &str,
    key: &str,
    version: Option<u64>,
) -> Result<()> {
    let actor = actor.clone();
    let (project, key) = (project.to_owned(), key.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let (_, row) =
                    access::environment(&mut work.tx, &actor, &project, &key, Role::Admin).await?;
                fields::check_version(row.version, version)?;
                check_no_release(work, &row).await?;
                store::environment::delete(&mut work.tx, row.environment_id).await?;
                let details = json!({ "environment": key });
                let action = "environment.deleted";
                audit::append(work, &actor.username, action, Some(&project), &details).await?;
                work.committed.effects.push(Effect::Reload);
                Ok(())
            })
        })
        .await
}

/// Refuses to remove what a live release works in.
pub(crate) async fn check_no_release(
    work: &mut Work,
    row: &store::environment::Environment,
) -> Result<()> {
    let live = store::release::live(&mut work.tx, row.environment_id).await?;
    let uses: Vec<_> = live
        .names()
        .map(|(_, id)| format!("release:{id}").into())
        .collect();
    if uses.is_empty() {
        return Ok(());
    }
    Err(Error::InUse {
        what: format!("the environment {:?}", row.key),
        uses,
    })
}

fn own_fields(row: &store::environment::Environment) -> Value {
    json!({
        "name": row.name,
        "color": row.color,
        "production": row.production,
        "allowed_origins": origins(row),
        "release_limit": row.release_limit,
    })
}

fn check_limit(limit: Option<u32>, details: &mut Vec<Detail>) {
    if limit == Some(0) {
        details.push(Detail {
            path: "/release_limit".to_owned(),
            code: "too_small".to_owned(),
            message: "at least one release at once, or null for as many as like".to_owned(),
        });
    }
}

fn origins(row: &store::environment::Environment) -> Vec<String> {
    serde_json::from_str(&row.allowed_origins).unwrap_or_default()
}

/// An environment as it is shown.
pub(crate) fn shown(row: &store::environment::Environment) -> Environment {
    Environment {
        key: row.key.clone(),
        name: row.name.clone(),
        color: row.color.clone(),
        production: row.production,
        allowed_origins: origins(row),
        release_limit: row
            .release_limit
            .and_then(|limit| u32::try_from(limit).ok()),
        revision: row.revision,
        version: row.version,
    }
}

/// Checks a new environment's fields.
pub(crate) fn check(new: &NewEnvironment, path: &str, details: &mut Vec<Detail>) {
    fields::check_key(&new.key, &format!("{path}/key"), details);
    fields::check_text(new.name.as_deref(), &format!("{path}/name"), details);
    fields::check_color(new.color.as_deref(), &format!("{path}/color"), details);
    fields::check_origins(
        &new.allowed_origins,
        &format!("{path}/allowed_origins"),
        details,
    );
}
