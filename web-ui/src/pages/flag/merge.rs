//! Two people edit the same document: what fits together, and what one must choose.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Whose version of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The one edited here.
    Mine,
    /// The one that stands on the server.
    Theirs,
}

/// A document's members are its parts; each is taken from the side that changed it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merge {
    /// The whole; parts that both changed are mine.
    pub(crate) merged: Value,
    /// The parts that both changed, each to something else.
    pub(crate) conflicts: Vec<String>,
}

/// Merges two edits of `base`, part by part.
pub(crate) fn merge(base: &Value, mine: &Value, theirs: &Value) -> Merge {
    let mut merged = Map::new();
    let mut conflicts = Vec::new();
    for part in parts(&[base, mine, theirs]) {
        let (was, my, their) = (base.get(&part), mine.get(&part), theirs.get(&part));
        let taken = if my == was { their } else { my };
        if my != was && their != was && my != their {
            conflicts.push(part.clone());
        }
        if let Some(value) = taken {
            merged.insert(part, value.clone());
        }
    }
    Merge {
        merged: Value::Object(merged),
        conflicts,
    }
}

/// The merge with a choice for each conflict; mine where none was made.
pub(crate) fn choose(
    base: &Value,
    mine: &Value,
    theirs: &Value,
    choices: &BTreeMap<String, Whose>,
) -> Value {
    let Merge {
        mut merged,
        conflicts,
    } = merge(base, mine, theirs);
    for part in conflicts {
        if choices.get(&part) == Some(&Whose::Theirs) {
            put(&mut merged, &part, theirs.get(&part));
        }
    }
    merged
}

/// The document with one part from another.
pub(crate) fn with_part(document: &Value, part: &str, from: &Value) -> Value {
    let mut changed = document.clone();
    put(&mut changed, part, from.get(part));
    changed
}

fn put(document: &mut Value, part: &str, value: Option<&Value>) {
    if let Value::Object(members) = document {
        match value {
            Some(value) => {
                members.insert(part.to_owned(), value.clone());
            }
            None => {
                members.remove(part);
            }
        }
    }
}

fn parts(documents: &[&Value]) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for members in documents.iter().filter_map(|document| document.as_object()) {
        parts.extend(members.keys().cloned());
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn edits_of_different_parts_fit_together() {
        let base = json!({"enabled": false, "default": "a", "off": "x"});
        let mine = json!({"enabled": false, "default": "b", "off": "x"});
        let theirs = json!({"enabled": true, "default": "a"});
        let merge = merge(&base, &mine, &theirs);
        assert_eq!(merge.merged, json!({"enabled": true, "default": "b"}));
        assert_eq!(merge.conflicts, Vec::<String>::new());
    }

    #[test]
    fn the_same_edit_twice_is_no_conflict() {
        let (base, both) = (json!({"default": "a"}), json!({"default": "b"}));
        assert_eq!(merge(&base, &both, &both).conflicts, Vec::<String>::new());
    }

    #[test]
    fn a_part_that_both_changed_is_chosen() {
        let base = json!({"default": "a", "rules": [1]});
        let mine = json!({"default": "b", "rules": [1, 2]});
        let theirs = json!({"default": "c", "rules": [1]});
        assert_eq!(merge(&base, &mine, &theirs).conflicts, ["default"]);
        let kept = choose(&base, &mine, &theirs, &BTreeMap::new());
        assert_eq!(kept, mine);
        let choices = BTreeMap::from([("default".to_owned(), Whose::Theirs)]);
        assert_eq!(
            choose(&base, &mine, &theirs, &choices),
            json!({"default": "c", "rules": [1, 2]})
        );
    }

    #[test]
    fn one_part_is_shown_alone() {
        let base = json!({"a": 1, "b": 2});
        let after = json!({"a": 3});
        assert_eq!(with_part(&base, "b", &after), json!({"a": 1}));
    }
}
