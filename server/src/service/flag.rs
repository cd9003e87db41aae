//! The flag list: definitions, configurations and live releases side by side.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;
use serin_api::{
    entity::{Entity, FlagListItem, LiveRelease},
    page::Page,
    session::Role,
};
use serin_documents::shares;
use serin_engine::flag::{FlagConfig, FlagDefinition};
use uuid::Uuid;

use super::{
    Actor, Error, Paging, Result, access, document,
    release::{Unread, view},
};
use crate::{
    app::App,
    store::{self, Tx, environment::Environment},
};

/// Which flags to list; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In key, name, description or owner, whatever the case.
    pub query: Option<String>,
    /// Show the configuration of this environment only.
    pub environment: Option<String>,
    /// The archived ones; those that are not, where absent or false.
    pub archived: Option<bool>,
    /// With this tag.
    pub tag: Option<String>,
    /// Which page.
    pub paging: Paging,
}

/// A project's flags, by key.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(
    app: &App,
    actor: &Actor,
    project: &str,
    filter: Filter,
) -> Result<Page<FlagListItem>> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Viewer).await?;
    let id = seen.project.project_id;
    let mut environments = store::environment::list(&mut tx, id).await?;
    if let Some(key) = &filter.environment {
        environments.retain(|environment| environment.key == *key);
        if environments.is_empty() {
            return Err(Error::NotFound);
        }
    }
    let mut flags = Vec::new();
    for row in store::entity::all_in_project(&mut tx, id, "flag").await? {
        let flag: Entity<FlagDefinition> = shown(row)?;
        if filter.lets_pass(&flag) {
            flags.push(flag);
        }
    }
    let page = filter.paging.slice(flags, |flag| &flag.key);
    let items = complete(&app.unread, &mut tx, id, page.items, &environments).await?;
    Ok(Page {
        items,
        next_cursor: page.next_cursor,
    })
}

impl Filter {
    fn lets_pass(&self, flag: &Entity<FlagDefinition>) -> bool {
        let definition = &flag.document;
        let query = self.query.as_ref().map(|query| query.trim().to_lowercase());
        let found = query.is_none_or(|query| {
            [
                Some(&flag.key),
                definition.name.as_ref(),
                definition.description.as_ref(),
                definition.owner.as_ref(),
            ]
            .into_iter()
            .flatten()
            .any(|text| text.to_lowercase().contains(&query))
        });
        let tagged = self
            .tag
            .as_ref()
            .is_none_or(|tag| definition.tags.contains(tag));
        found && tagged && definition.archived == self.archived.unwrap_or(false)
    }
}

/// Adds configurations and live releases to a page of flags.
async fn complete(
    unread: &Unread,
    tx: &mut Tx,
    project_id: Uuid,
    flags: Vec<Entity<FlagDefinition>>,
    environments: &[Environment],
) -> Result<Vec<FlagListItem>> {
    let (Some(first), Some(last)) = (flags.first(), flags.last()) else {
        return Ok(Vec::new());
    };
    let names: HashMap<Uuid, &str> = environments
        .iter()
        .map(|environment| (environment.environment_id, environment.key.as_str()))
        .collect();
    let rows = store::entity::between(tx, project_id, "flag_config", &first.key, &last.key).await?;
    let mut configs: HashMap<String, BTreeMap<String, Entity<FlagConfig>>> = HashMap::new();
    for row in rows {
        let name = row.environment_id.and_then(|id| names.get(&id));
        if let Some(name) = name {
            let mut config: Entity<FlagConfig> = shown(row)?;
            shares::show(&mut config.document);
            let of_flag = configs.entry(config.key.clone()).or_default();
            of_flag.insert((*name).to_owned(), config);
        }
    }
    let mut releases = releases(unread, tx, environments).await?;
    let item = |flag: Entity<FlagDefinition>| FlagListItem {
        environments: configs.remove(&flag.key).unwrap_or_default(),
        releases: releases.remove(&flag.key).unwrap_or_default(),
        flag,
    };
    Ok(flags.into_iter().map(item).collect())
}

/// The live releases by flag and environment. Those that cannot be read are left out, as of lists.
async fn releases(
    unread: &Unread,
    tx: &mut Tx,
    environments: &[Environment],
) -> Result<HashMap<String, BTreeMap<String, Vec<LiveRelease>>>> {
    let mut by_flag: HashMap<String, BTreeMap<String, Vec<LiveRelease>>> = HashMap::new();
    for environment in environments {
        let live = store::release::live(tx, environment.environment_id).await?;
        unread.note(live.unread.iter().map(|held| &held.unread));
        for row in live.read {
            let live = view::live(&row);
            let of_flag = by_flag.entry(row.document.flag).or_default();
            of_flag
                .entry(environment.key.clone())
                .or_default()
                .push(live);
        }
    }
    Ok(by_flag)
}

fn shown<T: DeserializeOwned>(row: store::entity::Entity) -> Result<Entity<T>> {
    Ok(Entity {
        key: row.key,
        version: row.version,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
        document: document::typed(row.document)?,
    })
}
