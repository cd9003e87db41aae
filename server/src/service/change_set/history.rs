//! What was changed, when, by whom and why.

use serin_api::{
    change::{ChangeSet, ChangeSetState},
    entity::EntityKind,
    page::Page,
    session::Role,
};
use uuid::Uuid;

use super::members;
use crate::{
    app::App,
    service::{Actor, Error, Paging, Result, access, document},
    store::{self, change_set::Narrow},
};

/// Which change sets to list; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The project's key.
    pub project: String,
    /// Touched this environment.
    pub environment: Option<String>,
    /// Touched an entity of this kind.
    pub kind: Option<EntityKind>,
    /// Touched an entity of this key.
    pub key: Option<String>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// How many at most; see [`Paging`].
    pub limit: Option<u32>,
}

/// A project's change sets, newest first.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::BadRequest`] for a cursor that is none.
pub async fn list(app: &App, actor: &Actor, filter: Filter) -> Result<Page<ChangeSet>> {
    let before = filter.cursor.as_deref().map(str::parse::<Uuid>).transpose();
    let before =
        before.map_err(|_| Error::BadRequest("this is no cursor of this list".to_owned()))?;
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, &filter.project, Role::Viewer).await?;
    let narrow = Narrow {
        environment: filter.environment.as_deref(),
        kind: filter.kind.map(document::kind_name),
        key: filter.key.as_deref(),
        before,
    };
    let paging = Paging {
        cursor: None,
        limit: filter.limit,
    };
    let id = seen.project.project_id;
    let rows = store::change_set::list(&mut tx, id, narrow, paging.probe()).await?;
    let page = paging.page(rows, |row| row.change_set_id.to_string(), |row| row);
    let items: Result<Vec<_>> = page
        .items
        .into_iter()
        .map(|row| {
            let mut set = shown(row, filter.project.clone())?;
            members::brief(&mut set);
            Ok(set)
        })
        .collect();
    Ok(Page {
        items: items?,
        next_cursor: page.next_cursor,
    })
}

/// One change set.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(app: &App, actor: &Actor, change_set_id: Uuid) -> Result<ChangeSet> {
    let mut tx = app.db.read().await?;
    let found = store::change_set::find(&mut tx, change_set_id).await?;
    let (row, project) = found.ok_or(Error::NotFound)?;
    access::project(&mut tx, actor, &project, Role::Viewer).await?;
    shown(row, project)
}

fn shown(row: store::change_set::ChangeSet, project: String) -> Result<ChangeSet> {
    let inconsistent =
        |error: serde_json::Error| Error::Store(store::Error::json("change_sets", &error));
    Ok(ChangeSet {
        id: row.change_set_id,
        project,
        author: row.author,
        reason: row.reason,
        state: ChangeSetState::Applied,
        applied_at: row.applied_at,
        changes: serde_json::from_str(&row.changes).map_err(inconsistent)?,
        revisions: serde_json::from_str(&row.revisions).map_err(inconsistent)?,
    })
}
