//! Documents that begin with a template.

use serde_json::Value;
use serin_api::error::Detail;

use super::transition::Place;
use crate::{
    service::{Result, document},
    store::{self, Tx},
};

/// Members of a template that are about the template, and no part of a release.
const ABOUT: [&str; 2] = ["name", "description"];

/// A document with what its template says, and what is wrong with the name of that.
#[derive(Clone, PartialEq)]
pub(super) struct Filled {
    pub(super) document: Value,
    pub(super) mistake: Option<Detail>,
}

/// Merges a document into the template that it names, as a merge patch (RFC 7396): what it says goes
/// first, objects member by member, and `null` takes away what the template says.
///
/// # Errors
/// Where the database fails.
pub(super) async fn fill(tx: &mut Tx, place: &Place, sent: Value) -> Result<Filled> {
    let mut filled = Filled {
        document: sent,
        mistake: None,
    };
    let sent = filled.document.as_object_mut();
    let Some(named) = sent.and_then(|sent| sent.remove("template")) else {
        return Ok(filled);
    };
    let Value::String(key) = named else {
        let message = "a template is named by its key".to_owned();
        filled.mistake = Some(mistake("type", message));
        return Ok(filled);
    };
    match plan(tx, place, &key).await? {
        Some(plan) => {
            let sent = std::mem::replace(&mut filled.document, Value::Object(plan));
            document::merge(&mut filled.document, &sent);
        }
        None => filled.mistake = Some(mistake("unknown_template", unknown(&key))),
    }
    Ok(filled)
}

fn mistake(code: &str, message: String) -> Detail {
    Detail {
        path: "/template".to_owned(),
        code: code.to_owned(),
        message,
    }
}

/// That there is no such template, for people.
pub(super) fn unknown(key: &str) -> String {
    format!("there is no release template {key:?} in the project")
}

/// What a template says of a release; nothing where there is none of this key.
///
/// # Errors
/// Where the database fails.
pub(super) async fn plan(
    tx: &mut Tx,
    place: &Place,
    key: &str,
) -> Result<Option<serde_json::Map<String, Value>>> {
    let kind = "release_template";
    let row = store::entity::in_project(tx, place.project_id, kind, key).await?;
    Ok(row.and_then(|row| match row.document {
        Value::Object(mut members) => {
            members.retain(|name, _| !ABOUT.contains(&name.as_str()));
            Some(members)
        }
        _ => None,
    }))
}
