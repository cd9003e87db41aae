//! What an edit of a live release would change of what has happened already.

use serde_json::Value;
use serin_engine::{release::Document, validate::Violation};

use super::Sent;
use crate::{
    service::{Result, document},
    store::release::Release,
};

/// Lists the members that may not change any more and would, each by its place: those of the stages up
/// to the present one, and what goes for the whole release.
pub(super) fn rewritten(
    row: &Release,
    edited: &Document,
    stage: usize,
    sent: &Sent,
) -> Result<Vec<Violation>> {
    let (before, after) = (document::value(&row.document)?, document::value(edited)?);
    let mut places = Vec::new();
    for name in names(&before, &after) {
        // Stages and guards without those that have no shape cannot be told apart by their number.
        if name == "then" || !sent.is_whole(name) {
            continue;
        }
        let path = format!("/{name}");
        if name == "stages" {
            for index in 0..=stage {
                let path = format!("{path}/{index}");
                differences(&before[name][index], &after[name][index], path, &mut places);
            }
        } else {
            differences(&before[name], &after[name], path, &mut places);
        }
    }
    if places.is_empty() {
        // What differs has no shape, and is told already; else it is told at least that something does.
        places.push(String::new());
    }
    let message = format!(
        "the release is in stage {stage}, counted from 0: only what comes after that may change"
    );
    let told = places.into_iter().map(|path| Violation {
        path,
        code: "already_happened",
        message: message.clone(),
    });
    Ok(told.collect())
}

fn names<'v>(before: &'v Value, after: &'v Value) -> Vec<&'v String> {
    let of = |value: &'v Value| value.as_object().into_iter().flat_map(|it| it.keys());
    let added = of(after).filter(|name| before.get(name.as_str()).is_none());
    of(before).chain(added).collect()
}

/// The innermost members in which two values differ.
fn differences(before: &Value, after: &Value, path: String, places: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => {
            for name in names(before, after) {
                let step = name.replace('~', "~0").replace('/', "~1");
                let path = format!("{path}/{step}");
                differences(&before[name.as_str()], &after[name.as_str()], path, places);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(old, new, format!("{path}/{index}"), places);
            }
        }
        _ if before != after => places.push(path),
        _ => {}
    }
}
