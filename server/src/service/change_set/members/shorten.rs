//! What histories keep of long lists: what came and what went, not who stayed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serin_api::{
    change::{AppliedChange, ChangeSet},
    entity::EntityKind,
    segment::{ListChange, MemberList},
};
use sha2::{Digest as _, Sha256};

use super::{attribute, entries, name, values};

/// A segment with more units than this has its lists shortened in histories.
const WHOLE: usize = 1000;
/// How many units are named in lists of change sets and in the audit log.
const NAMED: usize = 100;

const LISTS: [MemberList; 2] = [MemberList::Included, MemberList::Excluded];

/// Takes the units out of the documents of a change to a segment with long lists, and
/// says what changed among them.
pub(crate) fn shorten(change: &mut AppliedChange) {
    let documents = || change.before.iter().chain(change.after.iter());
    let long = |document: &Value| units(document) > WHOLE;
    if change.kind != EntityKind::SegmentConfig || !documents().any(long) {
        return;
    }
    for list in LISTS {
        let (before, after) = (
            by_attribute(&change.before, list),
            by_attribute(&change.after, list),
        );
        let named: BTreeSet<Option<&str>> = before.keys().chain(after.keys()).copied().collect();
        let none = BTreeSet::new();
        for attribute in named {
            let before = before.get(&attribute).unwrap_or(&none);
            let after = after.get(&attribute).unwrap_or(&none);
            let added: Vec<String> = after
                .difference(before)
                .map(|unit| (*unit).to_owned())
                .collect();
            let removed: Vec<String> = before
                .difference(after)
                .map(|unit| (*unit).to_owned())
                .collect();
            if added.is_empty() && removed.is_empty() {
                continue;
            }
            change.members.push(ListChange {
                list,
                attribute: attribute.map(str::to_owned),
                added: added.len(),
                removed: removed.len(),
                digest: digest(&added, &removed),
                added_units: added,
                removed_units: removed,
            });
        }
    }
    for document in [&mut change.before, &mut change.after]
        .into_iter()
        .flatten()
    {
        count_units(document);
    }
}

/// Leaves only the first units of what came and went: for lists, and for the audit log,
/// where the digest stands for the rest.
pub(crate) fn brief(set: &mut ChangeSet) {
    for list in set
        .changes
        .iter_mut()
        .flat_map(|change| &mut change.members)
    {
        list.added_units.truncate(NAMED);
        list.removed_units.truncate(NAMED);
    }
}

fn units(document: &Value) -> usize {
    let entries = LISTS.into_iter().flat_map(|list| entries(document, list));
    entries.map(|entry| values(entry).len()).sum()
}

type ByAttribute<'d> = BTreeMap<Option<&'d str>, BTreeSet<&'d str>>;

fn by_attribute(document: &Option<Value>, list: MemberList) -> ByAttribute<'_> {
    let mut found = ByAttribute::new();
    for entry in document.iter().flat_map(|document| entries(document, list)) {
        let named = attribute(entry.get("attribute").and_then(Value::as_str));
        let units = values(entry).iter().filter_map(Value::as_str);
        found.entry(named).or_default().extend(units);
    }
    found
}

fn digest(added: &[String], removed: &[String]) -> String {
    let mut hash = Sha256::new();
    for (sign, units) in [("+", added), ("-", removed)] {
        for unit in units {
            hash.update(format!("{sign}{}\n", Value::from(unit.as_str())));
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn count_units(document: &mut Value) {
    for list in LISTS {
        let Some(entries) = document.get_mut(name(list)).and_then(Value::as_array_mut) else {
            continue;
        };
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::Array(values)) = entry.remove("values") {
                entry.insert("units".to_owned(), values.len().into());
            }
        }
    }
}
