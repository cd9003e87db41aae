//! Documents that begin with a template.

use serde_json::Value;

use super::transition::Place;
use crate::{
    service::{Error, Result},
    store::{self, Tx},
};

/// Members of a template that are about the template, and no part of a release.
const ABOUT: [&str; 2] = ["name", "description"];

/// Whether a document names a template.
pub(super) fn names_one(document: &Value) -> bool {
    document.get("template").is_some()
}

/// Fills in what a document does not say itself from the template that it names, member by
/// member.
///
/// # Errors
/// [`Error::Invalid`] where there is no such template.
pub(super) async fn fill(tx: &mut Tx, place: &Place, mut document: Value) -> Result<Value> {
    let Value::Object(members) = &mut document else {
        return Ok(document);
    };
    let Some(named) = members.remove("template") else {
        return Ok(document);
    };
    let Value::String(key) = named else {
        let message = "a template is named by its key";
        return Err(Error::invalid("/template", "type", message));
    };
    for (name, value) in plan(tx, place, &key, "/template").await? {
        members.entry(name).or_insert(value);
    }
    Ok(document)
}

/// What a template says of a release.
///
/// # Errors
/// [`Error::Invalid`] at `path` where there is no such template.
pub(super) async fn plan(
    tx: &mut Tx,
    place: &Place,
    key: &str,
    path: &str,
) -> Result<serde_json::Map<String, Value>> {
    let kind = "release_template";
    let row = store::entity::in_project(tx, place.project_id, kind, key).await?;
    match row.map(|row| row.document) {
        Some(Value::Object(mut members)) => {
            members.retain(|name, _| !ABOUT.contains(&name.as_str()));
            Ok(members)
        }
        _ => {
            let message = format!("there is no release template {key:?} in the project");
            Err(Error::invalid(path, "unknown_template", message))
        }
    }
}
