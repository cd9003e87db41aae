//! What changed in a flag's definition.

use serin_engine::flag::{FlagDefinition, Variation};

use super::text;
use crate::describe::condition;

/// What an edit of a flag's definition does.
pub(crate) fn sentences(before: &FlagDefinition, after: &FlagDefinition) -> Vec<String> {
    let mut said = Vec::new();
    match (before.archived, after.archived) {
        (false, true) => said.push("archived".to_owned()),
        (true, false) => said.push("taken out of the archive".to_owned()),
        _ => {}
    }
    for (name, was, is) in [
        ("name", &before.name, &after.name),
        ("description", &before.description, &after.description),
        ("owner", &before.owner, &after.owner),
        ("salt", &before.salt, &after.salt),
    ] {
        said.extend(text(name, was.as_deref(), is.as_deref()));
    }
    variations(&before.variations, &after.variations, &mut said);
    tags(&before.tags, &after.tags, &mut said);
    if before.lifetime != after.lifetime {
        said.push("lifetime changed".to_owned());
    }
    if before.schema != after.schema {
        said.push("value schema changed".to_owned());
    }
    match (before.client_visible, after.client_visible) {
        (false, true) => said.push("made visible to client keys".to_owned()),
        (true, false) => said.push("hidden from client keys".to_owned()),
        _ => {}
    }
    said
}

fn variations(before: &[Variation], after: &[Variation], said: &mut Vec<String>) {
    for now in after {
        match before.iter().find(|other| other.key == now.key) {
            None => said.push(format!(
                "variation {} added: {}",
                now.key,
                condition::value(&now.value)
            )),
            Some(was) if was.value != now.value => said.push(format!(
                "variation {}: {} → {}",
                now.key,
                condition::value(&was.value),
                condition::value(&now.value)
            )),
            Some(was) if was != now => said.push(format!("variation {} described anew", now.key)),
            Some(_) => {}
        }
    }
    for was in before {
        if !after.iter().any(|now| now.key == was.key) {
            said.push(format!("variation {} removed", was.key));
        }
    }
}

/// Which tags came and went.
pub(super) fn tags(before: &[String], after: &[String], said: &mut Vec<String>) {
    let only_in = |tags: &[String], others: &[String]| -> Vec<String> {
        tags.iter()
            .filter(|tag| !others.contains(tag))
            .cloned()
            .collect()
    };
    let (added, removed) = (only_in(after, before), only_in(before, after));
    if !added.is_empty() {
        said.push(format!("tagged {}", added.join(", ")));
    }
    if !removed.is_empty() {
        said.push(format!("no longer tagged {}", removed.join(", ")));
    }
}
