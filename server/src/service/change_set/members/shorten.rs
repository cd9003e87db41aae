//! What histories keep of long lists: what came and what went, not who stayed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;
use serin_api::{
    change::ChangeSet,
    segment::{ListChange, MemberList},
};
use sha2::{Digest as _, Sha256};

use super::{attribute, entries, name, values};

/// A segment with more units than this has its lists shortened in histories.
const WHOLE: usize = 1000;
/// How many units are named in lists of change sets and in the audit log.
const NAMED: usize = 100;

const LISTS: [MemberList; 2] = [MemberList::Included, MemberList::Excluded];

/// The documents of a change to a segment as histories have them. Where its lists are long
/// they are without units, and what changed among those is said.
pub(crate) fn shorten(before: Option<&Value>, after: Option<&Value>) -> Short {
    let documents = || [before, after].into_iter().flatten();
    if documents().all(|document| units(document) <= WHOLE) {
        return Short {
            before: before.cloned(),
            after: after.cloned(),
            members: Vec::new(),
        };
    }
    let lists = LISTS.into_iter();
    Short {
        members: lists
            .flat_map(|list| changes(before, after, list))
            .collect(),
        before: before.map(counted),
        after: after.map(counted),
    }
}

/// What a history has of a change to a segment.
pub(crate) struct Short {
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
    pub(crate) members: Vec<ListChange>,
}

fn changes(before: Option<&Value>, after: Option<&Value>, list: MemberList) -> Vec<ListChange> {
    let (before, after) = (by_attribute(before, list), by_attribute(after, list));
    let named: BTreeSet<Option<&str>> = before.keys().chain(after.keys()).copied().collect();
    let none = HashSet::new();
    let mut found = Vec::new();
    for attribute in named {
        let before = before.get(&attribute).unwrap_or(&none);
        let after = after.get(&attribute).unwrap_or(&none);
        let (added, removed) = (beyond(after, before), beyond(before, after));
        if added.is_empty() && removed.is_empty() {
            continue;
        }
        found.push(ListChange {
            list,
            attribute: attribute.map(str::to_owned),
            added: added.len(),
            removed: removed.len(),
            digest: digest(&added, &removed),
            added_units: added,
            removed_units: removed,
        });
    }
    found
}

/// What the one has and the other has not, in order.
fn beyond(one: &HashSet<&str>, other: &HashSet<&str>) -> Vec<String> {
    let mut found: Vec<String> = one
        .difference(other)
        .map(|unit| (*unit).to_owned())
        .collect();
    found.sort_unstable();
    found
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

type ByAttribute<'d> = BTreeMap<Option<&'d str>, HashSet<&'d str>>;

fn by_attribute(document: Option<&Value>, list: MemberList) -> ByAttribute<'_> {
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

/// The document with the number of units in place of the units.
fn counted(document: &Value) -> Value {
    let Value::Object(members) = document else {
        return document.clone();
    };
    let listed = |member: &str| LISTS.into_iter().any(|list| name(list) == member);
    let shown = |(member, value): (&String, &Value)| match value {
        Value::Array(entries) if listed(member) => {
            (member.clone(), entries.iter().map(counted_entry).collect())
        }
        _ => (member.clone(), value.clone()),
    };
    Value::Object(members.iter().map(shown).collect())
}

fn counted_entry(entry: &Value) -> Value {
    let named = entry.get("attribute");
    let mut shown = serde_json::Map::new();
    shown.extend(named.map(|named| ("attribute".to_owned(), named.clone())));
    shown.insert("units".to_owned(), values(entry).len().into());
    Value::Object(shown)
}
