//! What a change did, as sentences: for histories, and for the bar of unsaved edits.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serin_api::{change::AppliedChange, entity::EntityKind};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
    segment::{SegmentConfig, SegmentDefinition},
};

use crate::order;

mod config;
mod definition;
mod segment;

pub(crate) use config::sentences as config_changes;
pub(crate) use definition::sentences as definition_changes;

/// What one applied change did; never empty.
pub(crate) fn sentences(change: &AppliedChange) -> Vec<String> {
    let subject = subject(change);
    match (&change.before, &change.after) {
        (None, Some(_)) => vec![format!("{subject} created")],
        (Some(_), None) => vec![format!("{subject} deleted")],
        (None, None) => vec![format!("{subject} unchanged")],
        (Some(before), Some(after)) => {
            let mut said = segment::long_lists(&change.members);
            said.extend(edits(change.kind, before, after));
            if said.is_empty() {
                vec![format!("{subject} changed")]
            } else {
                said
            }
        }
    }
}

/// The thing that changed, as a sentence begins with it: `flag new-checkout in production`.
pub(crate) fn subject(change: &AppliedChange) -> String {
    let kind = match change.kind {
        EntityKind::Flag | EntityKind::FlagConfig => "flag",
        EntityKind::Segment | EntityKind::SegmentConfig => "segment",
        EntityKind::ReleaseTemplate => "release template",
        EntityKind::Metric => "metric",
    };
    match &change.environment {
        Some(environment) => format!("{kind} {} in {environment}", change.key),
        None => format!("{kind} {}", change.key),
    }
}

fn edits(kind: EntityKind, before: &Value, after: &Value) -> Vec<String> {
    match kind {
        EntityKind::FlagConfig => between(before, after, |a: &FlagConfig, b| config_changes(a, b)),
        EntityKind::Flag => between(before, after, |a: &FlagDefinition, b| {
            definition_changes(a, b)
        }),
        EntityKind::SegmentConfig => between(before, after, |a: &SegmentConfig, b| {
            segment::sentences(a, b)
        }),
        EntityKind::Segment => between(before, after, |a: &SegmentDefinition, b| {
            segment::details(a, b)
        }),
        EntityKind::ReleaseTemplate | EntityKind::Metric => members(before, after),
    }
}

/// Nothing where a document is of a later version than this page knows.
fn between<T: DeserializeOwned>(
    before: &Value,
    after: &Value,
    sentences: impl Fn(&T, &T) -> Vec<String>,
) -> Vec<String> {
    let read = |document: &Value| read::<T>(document.clone());
    match (read(before), read(after)) {
        (Ok(before), Ok(after)) => sentences(&before, &after),
        _ => members(before, after),
    }
}

/// Which members differ, for documents without words of their own.
fn members(before: &Value, after: &Value) -> Vec<String> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return Vec::new();
    };
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    order::short(&mut names, |name| *name);
    names.dedup();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| format!("{name} changed"))
        .collect()
}

/// `description: a → b`, `owner set to b`, `owner removed`.
fn text(name: &str, before: Option<&str>, after: Option<&str>) -> Option<String> {
    match (before, after) {
        (before, after) if before == after => None,
        (None, Some(after)) => Some(format!("{name} set to {after}")),
        (Some(_), None) => Some(format!("{name} removed")),
        (Some(before), Some(after)) => Some(format!("{name}: {before} → {after}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
