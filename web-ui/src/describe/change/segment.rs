//! What changed in a segment's configuration.

use serin_api::segment::{ListChange, MemberList};
use serin_engine::segment::{Members, SegmentConfig, SegmentDefinition};

use super::{definition::tags, text};
use crate::describe::count;

/// What an edit of what people say about a segment does.
pub(crate) fn details(before: &SegmentDefinition, after: &SegmentDefinition) -> Vec<String> {
    let mut said = Vec::new();
    for (name, was, is) in [
        ("name", &before.name, &after.name),
        ("description", &before.description, &after.description),
    ] {
        said.extend(text(name, was.as_deref(), is.as_deref()));
    }
    tags(&before.tags, &after.tags, &mut said);
    said
}

/// What an edit of a segment does.
pub(crate) fn sentences(before: &SegmentConfig, after: &SegmentConfig) -> Vec<String> {
    let mut said = Vec::new();
    members("included", &before.included, &after.included, &mut said);
    members("excluded", &before.excluded, &after.excluded, &mut said);
    if before.rules != after.rules {
        said.push(match (before.rules.len(), after.rules.len()) {
            (was, is) if was == is => "rules changed".to_owned(),
            (was, is) => format!("{} → {}", count(was, "rule"), count(is, "rule")),
        });
    }
    said
}

/// What changed in lists that are too long to be shown whole.
pub(crate) fn long_lists(lists: &[ListChange]) -> Vec<String> {
    let mut said = Vec::new();
    for list in lists {
        let name = match list.list {
            MemberList::Included => "included",
            MemberList::Excluded => "excluded",
        };
        let parts = [
            (list.added, &list.added_units, "added"),
            (list.removed, &list.removed_units, "removed"),
        ];
        for (number, units, what) in parts {
            match number {
                0 => {}
                few if few <= 4 && units.len() == few => {
                    said.push(format!("{name}: {} {what}", units.join(", ")));
                }
                many => said.push(format!("{name}: {} {what}", count(many, "unit"))),
            }
        }
    }
    said
}

fn members(list: &str, before: &[Members], after: &[Members], said: &mut Vec<String>) {
    if before == after {
        return;
    }
    let units = |lists: &[Members]| -> std::collections::BTreeSet<(String, String)> {
        lists
            .iter()
            .flat_map(|members| {
                let attribute = members.attribute.as_deref().unwrap_or("targetingKey");
                members
                    .values
                    .iter()
                    .map(move |unit| (attribute.to_owned(), unit.clone()))
            })
            .collect()
    };
    let (was, is) = (units(before), units(after));
    let added: Vec<String> = is.difference(&was).map(|(_, unit)| unit.clone()).collect();
    let removed: Vec<String> = was.difference(&is).map(|(_, unit)| unit.clone()).collect();
    for (units, what) in [(added, "added"), (removed, "removed")] {
        match units.as_slice() {
            [] => {}
            few if few.len() <= 4 => said.push(format!("{list}: {} {what}", few.join(", "))),
            many => said.push(format!("{list}: {} {what}", count(many.len(), "unit"))),
        }
    }
}
