//! Entities as resources, with the members that the server keeps.

use serde_json::Value;
use serin_api::{
    entity::{Entity, EntityKind},
    page::Page,
    session::Role,
};

use super::{Actor, Error, Paging, Result, access, document};
use crate::{
    app::App,
    store::{self, Tx, entity::Within},
};

/// One entity as people see it: splits with weights.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    app: &App,
    actor: &Actor,
    project: &str,
    kind: EntityKind,
    environment: Option<&str>,
    key: &str,
) -> Result<Entity<Value>> {
    let mut tx = app.db.read().await?;
    get_in(&mut tx, actor, project, kind, environment, key).await
}

/// As [`get`], within a transaction.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get_in(
    tx: &mut Tx,
    actor: &Actor,
    project: &str,
    kind: EntityKind,
    environment: Option<&str>,
    key: &str,
) -> Result<Entity<Value>> {
    let seen = access::project(tx, actor, project, Role::Viewer).await?;
    let (id, name) = (seen.project.project_id, document::kind_name(kind));
    let row = match environment {
        None => store::entity::in_project(tx, id, name, key).await?,
        Some(environment) => {
            let environment = store::environment::find(tx, id, environment)
                .await?
                .ok_or(Error::NotFound)?;
            store::entity::in_environment(tx, environment.environment_id, name, key).await?
        }
    };
    shown(kind, row.ok_or(Error::NotFound)?)
}

/// A project's or environment's entities of one kind, by key.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(
    app: &App,
    actor: &Actor,
    project: &str,
    kind: EntityKind,
    environment: Option<&str>,
    paging: &Paging,
) -> Result<Page<Entity<Value>>> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Viewer).await?;
    let (id, name) = (seen.project.project_id, document::kind_name(kind));
    let within = match environment {
        None => Within::Project(id),
        Some(environment) => {
            let environment = store::environment::find(&mut tx, id, environment)
                .await?
                .ok_or(Error::NotFound)?;
            Within::Environment(environment.environment_id)
        }
    };
    let rows = store::entity::page(&mut tx, within, name, paging.after(), paging.probe()).await?;
    let page = paging.page(rows, |row| row.key.clone(), |row| row);
    let items: Result<Vec<_>> = page.items.into_iter().map(|row| shown(kind, row)).collect();
    Ok(Page {
        items: items?,
        next_cursor: page.next_cursor,
    })
}

fn shown(kind: EntityKind, row: store::entity::Entity) -> Result<Entity<Value>> {
    Ok(Entity {
        key: row.key,
        version: row.version,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
        document: document::shown(kind, row.document)?,
    })
}
