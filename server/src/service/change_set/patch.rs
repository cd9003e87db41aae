//! Applies the changes, one after the other, to the documents as people write them.

use serde_json::Value;
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
};
use serin_documents::schema;
use serin_engine::{flag::FlagDefinition, key, segment::SegmentConfig};

use super::{
    defaults, members,
    mistakes::Mistakes,
    state::{Name, State},
};
use crate::{
    service::{Error, Result, document, writer::Work},
    store::environment::Environment,
};

/// Applies all changes.
pub(super) async fn all(state: &mut State<'_>, work: &mut Work, changes: &[Change]) -> Result<()> {
    check_shapes(changes)?;
    let names = foreseen(&state.environments, changes);
    state.know(work, names).await?;
    for (index, change) in changes.iter().enumerate() {
        one(state, work, index, change).await?;
    }
    Ok(())
}

/// The entities that changes are about to ask for, as far as that is plain to see: to read them
/// all at once.
pub(super) fn foreseen(environments: &[Environment], changes: &[Change]) -> Vec<Name> {
    let here = |change: &&Change| {
        let known = |key: &String| {
            environments
                .iter()
                .any(|environment| environment.key == *key)
        };
        key::check(&change.key).is_ok() && change.environment.as_ref().is_none_or(known)
    };
    let names = changes.iter().filter(here).flat_map(|change| {
        let of_all = |kind| names(environments, kind, &change.key);
        let others = match change.kind {
            EntityKind::Flag => of_all(EntityKind::FlagConfig),
            EntityKind::FlagConfig => vec![Name::of_project(EntityKind::Flag, &change.key)],
            // They may be long, and are only asked for where they come or go.
            EntityKind::Segment if matches!(change.action, Action::Create | Action::Delete) => {
                of_all(EntityKind::SegmentConfig)
            }
            _ => Vec::new(),
        };
        let own = Name {
            kind: change.kind,
            environment: change.environment.clone(),
            key: change.key.clone(),
        };
        others.into_iter().chain([own])
    });
    names.collect()
}

/// What can be told without looking at anything.
fn check_shapes(changes: &[Change]) -> Result<()> {
    let mut mistakes = Mistakes::default();
    for (index, change) in changes.iter().enumerate() {
        let path = format!("/changes/{index}");
        let place = format!("{path}/environment");
        match (document::in_environment(change.kind), &change.environment) {
            (true, None) => mistakes.add(place, "required", "a configuration is of an environment"),
            (false, Some(_)) => {
                mistakes.add(
                    place,
                    "not_allowed",
                    "this kind is the same in all environments",
                );
            }
            _ => {}
        }
        let place = format!("{path}/key");
        if let Err(why) = key::check(&change.key) {
            mistakes.add(place, "invalid_key", why.to_string());
        } else if change.action != Action::Delete && [".", ".."].contains(&change.key.as_str()) {
            // Clients take them for steps of the path, even encoded.
            mistakes.add(place, "invalid_key", "no address can have this key in it");
        }
        if change.action == Action::Members && change.kind != EntityKind::SegmentConfig {
            let place = format!("{path}/action");
            mistakes.add(
                place,
                "not_allowed",
                "only a segment in an environment has members",
            );
        }
        let place = format!("{path}/document");
        match (change.action, &change.document) {
            (Action::Delete, Some(_)) => {
                mistakes.add(place, "not_allowed", "a deletion has no document");
            }
            (Action::Create | Action::Put | Action::Patch | Action::Members, None) => {
                mistakes.add(place, "required", "what the entity is to be is missing");
            }
            (_, Some(Value::Object(_)) | None) => {}
            (_, Some(_)) => mistakes.add(place, "wrong_type", "a document is a JSON object"),
        }
    }
    mistakes.into_result()
}

fn missing(index: usize, member: &str, what: String) -> Error {
    let path = format!("/changes/{index}/{member}");
    Error::Missing { what, path }
}

async fn one(state: &mut State<'_>, work: &mut Work, index: usize, change: &Change) -> Result<()> {
    let name = Name {
        kind: change.kind,
        environment: change.environment.clone(),
        key: change.key.clone(),
    };
    if let Some(environment) = &name.environment {
        if state.environment(environment).is_err() {
            let what = format!("environment {environment:?}");
            return Err(missing(index, "environment", what));
        }
        if state.unreadable.contains(&name.key) {
            // It has no configurations to change, and the whole is refused anyway.
            return Ok(());
        }
    }
    let at = state.touch(work, &name).await?;
    check_version(state, at, index, change.version)?;
    let exists = state.slots[at].document.is_some();
    if exists && change.action == Action::Create {
        let what = format!("the {} {:?}", spoken(change.kind), change.key);
        return Err(Error::AlreadyExists { what });
    }
    // Configurations come with their flag or segment, and go with it.
    if !exists
        && (matches!(change.action, Action::Patch | Action::Delete)
            || document::in_environment(change.kind))
    {
        let what = format!("{} {:?}", spoken(change.kind), change.key);
        return Err(missing(index, "key", what));
    }
    if change.action == Action::Delete {
        return delete(state, work, at, index).await;
    }
    if change.action == Action::Members {
        return edit_members(state, at, index, change.document.as_ref());
    }
    let mut document = change.document.clone().unwrap_or_default();
    if let Value::Object(members) = &mut document {
        for kept in document::KEPT {
            members.remove(kept);
        }
    }
    let slot = &mut state.slots[at];
    slot.change = Some(index);
    match (&mut slot.document, change.action) {
        (Some(before), Action::Patch) if change.kind == EntityKind::FlagConfig => {
            document::merge_config(before, &document);
        }
        (Some(before), Action::Patch) => document::merge(before, &document),
        (after, _) => *after = Some(document),
    }
    if exists {
        return Ok(());
    }
    make_configs(state, work, at, index).await
}

/// Adds and removes members. A mistake is told at once: the edit is nowhere else to be seen.
fn edit_members(
    state: &mut State<'_>,
    at: usize,
    index: usize,
    edit: Option<&Value>,
) -> Result<()> {
    let slot = &mut state.slots[at];
    slot.change = Some(index);
    let done = members::read(edit.unwrap_or(&Value::Null)).and_then(|edit| {
        let document = slot.document.get_or_insert_default();
        members::edit(document, &edit)
    });
    done.map(drop)
        .map_err(|mistakes| members::refused(index, mistakes))
}

fn check_version(state: &State<'_>, at: usize, index: usize, seen: Option<u64>) -> Result<()> {
    let current = state.slots[at].before.as_ref().map_or(0, |row| row.version);
    match seen {
        Some(seen) if seen != current => Err(Error::VersionConflict {
            current,
            path: format!("/changes/{index}"),
        }),
        _ => Ok(()),
    }
}

async fn delete(state: &mut State<'_>, work: &mut Work, at: usize, index: usize) -> Result<()> {
    let name = state.slots[at].name.clone();
    let configs = match name.kind {
        EntityKind::Flag => Some(EntityKind::FlagConfig),
        EntityKind::Segment => Some(EntityKind::SegmentConfig),
        EntityKind::ReleaseTemplate | EntityKind::Metric => None,
        EntityKind::FlagConfig | EntityKind::SegmentConfig => {
            let message = "a configuration goes with its flag or segment".to_owned();
            return Err(Error::BadRequest(message));
        }
    };
    state.slots[at].document = None;
    state.slots[at].change = Some(index);
    let configs = configs.map(|kind| names(&state.environments, kind, &name.key));
    for config in configs.unwrap_or_default() {
        let at = state.touch(work, &config).await?;
        state.slots[at].document = None;
    }
    Ok(())
}

/// Gives a new flag or segment a configuration in each environment.
async fn make_configs(
    state: &mut State<'_>,
    work: &mut Work,
    at: usize,
    index: usize,
) -> Result<()> {
    let slot = &state.slots[at];
    let key = slot.name.key.clone();
    let (kind, config) = match slot.name.kind {
        EntityKind::Flag => {
            let document = slot.document.clone().unwrap_or_default();
            let fits = schema::check(EntityKind::Flag, &document).is_empty();
            let definition = serde_json::from_value::<FlagDefinition>(document);
            let Some(definition) = definition.ok().filter(|_| fits) else {
                state.unreadable.insert(key);
                return Ok(());
            };
            let config = defaults::flag_config(&definition);
            (EntityKind::FlagConfig, document::value(&config)?)
        }
        EntityKind::Segment => {
            let config = SegmentConfig::default();
            (EntityKind::SegmentConfig, document::value(&config)?)
        }
        _ => return Ok(()),
    };
    for name in names(&state.environments, kind, &key) {
        let at = state.touch(work, &name).await?;
        state.slots[at].document = Some(config.clone());
        state.slots[at].change = Some(index);
    }
    Ok(())
}

fn names(environments: &[Environment], kind: EntityKind, key: &str) -> Vec<Name> {
    let environments = environments.iter();
    environments
        .map(|environment| Name::of_environment(kind, &environment.key, key))
        .collect()
}

/// A kind in words.
pub(super) fn spoken(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Flag => "flag",
        EntityKind::FlagConfig => "flag configuration",
        EntityKind::Segment => "segment",
        EntityKind::SegmentConfig => "segment configuration",
        EntityKind::ReleaseTemplate => "release template",
        EntityKind::Metric => "metric",
    }
}
