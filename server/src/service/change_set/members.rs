//! Members of segments: changes that name only what comes and goes, and lists without
//! anything twice. Long lists are never sent, checked or kept whole where a part will do.

mod shorten;

use std::collections::HashSet;

use serde_json::Value;
use serin_api::{
    error::Detail,
    segment::{ListEdit, MembersEdit},
};
pub(crate) use serin_documents::members::{attribute, edit, entries, name, settle, values};
use serin_documents::{members::lists, schema};
use serin_engine::attribute::AttributeRef;

use crate::service::Error;

pub(crate) use shorten::{Short, brief, shorten};

/// Reads an edit; every mistake by its place in it.
pub(crate) fn read(document: &Value) -> Result<MembersEdit, Vec<Detail>> {
    let edit: MembersEdit = crate::shape::read(document).map_err(|mistake| vec![mistake])?;
    let mut mistakes = schema::limits_within(document, schema::MAX_SEGMENT);
    for (list, edits) in lists(&edit) {
        let mut seen = HashSet::new();
        for (index, edit) in edits.iter().enumerate() {
            let path = format!("/{}/{index}", name(list));
            let named = edit.attribute.as_deref();
            if let Some(Err(error)) = named.map(AttributeRef::validate) {
                let path = format!("{path}/attribute");
                mistakes.push(detail(path, "invalid_attribute", error.to_string()));
            }
            if !seen.insert(attribute(named)) {
                let message = "this list is here already: one entry for each attribute";
                mistakes.push(detail(path.clone(), "duplicate", message.to_owned()));
            }
            both(&path, edit, &mut mistakes);
        }
    }
    if mistakes.is_empty() {
        Ok(edit)
    } else {
        Err(mistakes)
    }
}

/// The refusal of a change set whose change of this index has such an edit.
pub(crate) fn refused(index: usize, mut mistakes: Vec<Detail>) -> Error {
    for mistake in &mut mistakes {
        mistake.path = format!("/changes/{index}/document{}", mistake.path);
    }
    Error::Invalid(mistakes)
}

/// What is to come and to go at once.
fn both(path: &str, edit: &ListEdit, mistakes: &mut Vec<Detail>) {
    let add: HashSet<&str> = edit.add.iter().map(String::as_str).collect();
    let both = edit.remove.iter().enumerate();
    let both = both.filter(|(_, unit)| add.contains(unit.as_str()));
    mistakes.extend(both.take(schema::MAX_MISTAKES).map(|(index, unit)| {
        let message = format!("{unit:?} is to be added and removed at once");
        detail(format!("{path}/remove/{index}"), "conflict", message)
    }));
}

fn detail(path: String, code: &str, message: String) -> Detail {
    Detail {
        path,
        code: code.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests;
