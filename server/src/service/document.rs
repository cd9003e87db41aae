//! Documents as people write them and as they are stored: weights here, an allocation
//! there.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serin_api::entity::EntityKind;
use serin_documents::shares::show;
use serin_engine::flag::FlagConfig;

use super::{Error, Result};
use crate::store;

/// Members that the server keeps beside a document's own, and ignores where people send them.
pub(crate) const KEPT: [&str; 4] = ["key", "version", "updated_at", "updated_by"];

/// A kind's name in the database and in schemas.
pub(crate) fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Flag => "flag",
        EntityKind::FlagConfig => "flag_config",
        EntityKind::Segment => "segment",
        EntityKind::SegmentConfig => "segment_config",
        EntityKind::ReleaseTemplate => "release_template",
        EntityKind::Metric => "metric",
    }
}

/// Whether entities of a kind belong to an environment.
pub(crate) fn in_environment(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::FlagConfig | EntityKind::SegmentConfig)
}

/// A document as people see it, from how it is stored.
pub(crate) fn shown(kind: EntityKind, stored: Value) -> Result<Value> {
    if kind != EntityKind::FlagConfig {
        return Ok(stored);
    }
    let mut config: FlagConfig = typed(stored)?;
    show(&mut config);
    value(&config)
}

/// RFC 7396.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Merges a patch into a configuration, with one thing more than RFC 7396 has: where
/// the patch gives `default` one of its two forms, the other form goes, since both
/// together are never right.
pub(crate) fn merge_config(target: &mut Value, patch: &Value) {
    merge(target, patch);
    let given = |form: &str| {
        patch["default"]
            .get(form)
            .is_some_and(|given| !given.is_null())
    };
    let other = match (given("variation"), given("split")) {
        (true, false) => "split",
        (false, true) => "variation",
        _ => return,
    };
    if let Some(default) = target.get_mut("default").and_then(Value::as_object_mut) {
        default.remove(other);
    }
}

/// Reads a stored document, which must have been written by us.
pub(crate) fn typed<T: DeserializeOwned>(stored: Value) -> Result<T> {
    serde_json::from_value(stored)
        .map_err(|error| Error::Store(store::Error::json("entities", &error)))
}

/// Writes a document.
pub(crate) fn value<T: Serialize>(document: &T) -> Result<Value> {
    serde_json::to_value(document).map_err(|error| Error::Internal(error.to_string()))
}

/// An object without the members that there are not: `null` on the wire means "remove" and nothing else.
pub(crate) fn present(mut object: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.retain(|_, value| !value.is_null());
    }
    object
}

/// Writes JSON text.
pub(crate) fn text<T: Serialize>(document: &T) -> Result<String> {
    serde_json::to_string(document).map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests;
