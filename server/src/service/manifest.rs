//! An environment's flags for those who write code from them.

use std::collections::HashMap;

use serde_json::{Map, Value};
use serin_api::{
    manifest::{Manifest, ManifestFlag, ManifestType},
    session::Role,
};
use serin_engine::flag::{FlagConfig, FlagDefinition, FlagType};
use uuid::Uuid;

use super::{Actor, Error, Result, access, document, key::Grant};
use crate::{
    app::App,
    store::{self, Tx},
};

/// The flags of a key's environment.
///
/// # Errors
/// [`Error::NotFound`] where the environment went in this moment.
pub async fn of_key(app: &App, grant: &Grant) -> Result<Manifest> {
    let mut tx = app.db.read().await?;
    let project = store::project::find(&mut tx, &grant.project, Uuid::nil()).await?;
    let project = project.ok_or(Error::NotFound)?.project;
    read(&mut tx, project.project_id, grant.environment_id).await
}

/// The flags of an environment that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of_environment(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
) -> Result<Manifest> {
    let mut tx = app.db.read().await?;
    let (seen, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    read(&mut tx, seen.project.project_id, environment.environment_id).await
}

async fn read(tx: &mut Tx, project_id: Uuid, environment_id: Uuid) -> Result<Manifest> {
    let mut off = HashMap::new();
    for row in store::entity::all_in_environment(tx, environment_id, "flag_config").await? {
        let config: FlagConfig = document::typed(row.document)?;
        off.extend(config.off.map(|variation| (row.key, variation)));
    }
    let mut flags = Vec::new();
    for row in store::entity::all_in_project(tx, project_id, "flag").await? {
        let definition: FlagDefinition = document::typed(row.document)?;
        if !definition.archived {
            let off = off.get(&row.key).map(String::as_str);
            flags.push(flag(row.key, definition, off));
        }
    }
    Ok(Manifest { flags })
}

fn flag(key: String, definition: FlagDefinition, off: Option<&str>) -> ManifestFlag {
    let kind = kind(&definition);
    let served = definition
        .variations
        .into_iter()
        .find(|variation| off == Some(variation.key.as_str()));
    let default_value = match (served.map(|variation| variation.value), kind) {
        (Some(value), ManifestType::Float) => value.as_f64().map_or(value, Value::from),
        (Some(value), _) => value,
        (None, ManifestType::Boolean) => Value::Bool(false),
        (None, ManifestType::String) => Value::String(String::new()),
        (None, ManifestType::Integer) => Value::from(0),
        (None, ManifestType::Float) => Value::from(0.0),
        (None, ManifestType::Object) => Value::Object(Map::new()),
    };
    ManifestFlag {
        key,
        name: definition.name,
        kind,
        description: definition.description,
        default_value,
    }
}

fn kind(definition: &FlagDefinition) -> ManifestType {
    let is_fractional = || definition.variations.iter().any(|it| it.value.is_f64());
    match definition.kind {
        FlagType::Boolean => ManifestType::Boolean,
        FlagType::String => ManifestType::String,
        FlagType::Number if is_fractional() => ManifestType::Float,
        FlagType::Number => ManifestType::Integer,
        FlagType::Object => ManifestType::Object,
    }
}
