//! From translated flags to the changes of one change set.

use serde_json::{Map, Value, json};
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
};
use serin_engine::flag::{FlagConfig, FlagDefinition};

/// Where a translated flag goes.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a> {
    /// The environment whose configuration is written.
    pub environment: &'a str,
    /// The flag as the project has it; absent where it has none.
    pub existing: Option<&'a FlagDefinition>,
}

/// The changes that bring one flag into an environment.
///
/// A flag that the project has already (from an import into another environment,
/// say) keeps what people wrote on it: only its type and variations are brought in
/// line, and only where they differ.
///
/// # Errors
/// Where a document cannot be written as JSON, which documents of the engine can.
pub fn changes(
    key: &str,
    definition: &FlagDefinition,
    config: &FlagConfig,
    placement: Placement<'_>,
) -> Result<Vec<Change>, serde_json::Error> {
    let mut changes = Vec::with_capacity(2);
    match placement.existing {
        None => changes.push(change(
            EntityKind::Flag,
            None,
            key,
            Action::Create,
            serde_json::to_value(definition)?,
        )),
        Some(existing) => {
            let patch = difference(existing, definition)?;
            if !patch.is_empty() {
                changes.push(change(
                    EntityKind::Flag,
                    None,
                    key,
                    Action::Patch,
                    Value::Object(patch),
                ));
            }
        }
    }
    changes.push(change(
        EntityKind::FlagConfig,
        Some(placement.environment),
        key,
        Action::Put,
        serde_json::to_value(config)?,
    ));
    Ok(changes)
}

fn difference(
    existing: &FlagDefinition,
    imported: &FlagDefinition,
) -> Result<Map<String, Value>, serde_json::Error> {
    let mut patch = Map::new();
    if existing.kind != imported.kind {
        patch.insert("type".to_owned(), serde_json::to_value(imported.kind)?);
    }
    if !same_variations(existing, imported) {
        patch.insert("variations".to_owned(), json!(imported.variations));
    }
    if existing.archived {
        patch.insert("archived".to_owned(), json!(false));
    }
    Ok(patch)
}

/// Whether both serve the same values under the same keys, whatever their order and
/// whatever people call them.
fn same_variations(existing: &FlagDefinition, imported: &FlagDefinition) -> bool {
    existing.variations.len() == imported.variations.len()
        && imported.variations.iter().all(|variation| {
            existing
                .variations
                .iter()
                .any(|other| other.key == variation.key && other.value == variation.value)
        })
}

fn change(
    kind: EntityKind,
    environment: Option<&str>,
    key: &str,
    action: Action,
    document: Value,
) -> Change {
    Change {
        kind,
        environment: environment.map(ToOwned::to_owned),
        key: key.to_owned(),
        action,
        document: Some(document),
        version: None,
    }
}
