//! Members of segments: edits that name only what comes and goes, and lists without anything
//! twice.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use serin_api::{
    error::Detail,
    segment::{ListEdit, ListOutcome, MemberList, MembersEdit},
};
use serin_engine::{
    segment::{Members, SegmentConfig},
    validate::MAX_VALUES,
};

/// What an entry without an attribute is compared with.
const TARGETING_KEY: &str = "targetingKey";

/// The name of a list in documents.
pub fn name(list: MemberList) -> &'static str {
    match list {
        MemberList::Included => "included",
        MemberList::Excluded => "excluded",
    }
}

/// The attribute of an entry, where it is another than the targeting key.
pub fn attribute(written: Option<&str>) -> Option<&str> {
    written.filter(|name| *name != TARGETING_KEY && *name != "/targetingKey")
}

/// The lists of an edit.
pub fn lists(edit: &MembersEdit) -> [(MemberList, &Vec<ListEdit>); 2] {
    [
        (MemberList::Included, &edit.included),
        (MemberList::Excluded, &edit.excluded),
    ]
}

/// Makes an edit in a segment's configuration as people write it.
///
/// # Errors
/// Every mistake by its place in the edit; the document is of no use then.
pub fn edit(document: &mut Value, edit: &MembersEdit) -> Result<Vec<ListOutcome>, Vec<Detail>> {
    let mut outcomes = Vec::new();
    let mut mistakes = Vec::new();
    for (list, edits) in lists(edit) {
        for edit in edits {
            outcomes.push(one(document, list, edit));
        }
        let units: usize = entries(document, list)
            .map(|entry| values(entry).len())
            .sum();
        if units > MAX_VALUES && edits.iter().any(|edit| !edit.add.is_empty()) {
            let message = format!(
                "a segment lists at most {} units as {}; with these it would be {}",
                grouped(MAX_VALUES),
                name(list),
                grouped(units)
            );
            mistakes.push(Detail {
                path: format!("/{}", name(list)),
                code: "too_many".to_owned(),
                message,
            });
        }
    }
    if mistakes.is_empty() {
        Ok(outcomes)
    } else {
        Err(mistakes)
    }
}

/// A number as people write it: `100 000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            said.push('\u{202f}');
        }
        said.push(digit);
    }
    said
}

fn one(document: &mut Value, list: MemberList, edit: &ListEdit) -> ListOutcome {
    let named = attribute(edit.attribute.as_deref());
    let mut outcome = ListOutcome {
        list,
        attribute: named.map(str::to_owned),
        units: 0,
        added: 0,
        present: 0,
        removed: 0,
        absent: 0,
    };
    remove(document, list, named, &edit.remove, &mut outcome);
    let fresh: Vec<Value> = {
        let mut seen: HashSet<&str> = of_attribute(document, list, named)
            .flat_map(values)
            .filter_map(Value::as_str)
            .collect();
        let add = edit.add.iter().map(String::as_str);
        add.filter(|unit| seen.insert(unit))
            .map(Value::from)
            .collect()
    };
    outcome.added = fresh.len();
    let distinct: HashSet<&String> = edit.add.iter().collect();
    outcome.present = distinct.len() - fresh.len();
    append(document, list, named, fresh);
    outcome.units = of_attribute(document, list, named)
        .map(|entry| values(entry).len())
        .sum();
    outcome
}

fn remove(
    document: &mut Value,
    list: MemberList,
    named: Option<&str>,
    units: &[String],
    outcome: &mut ListOutcome,
) {
    let going: HashSet<&str> = units.iter().map(String::as_str).collect();
    if going.is_empty() {
        return;
    }
    let mut gone: HashSet<String> = HashSet::new();
    let Some(entries) = document.get_mut(name(list)).and_then(Value::as_array_mut) else {
        outcome.absent = going.len();
        return;
    };
    for entry in entries.iter_mut().filter(|entry| is_of(entry, named)) {
        if let Some(values) = entry.get_mut("values").and_then(Value::as_array_mut) {
            values.retain(|value| match value.as_str() {
                Some(unit) if going.contains(unit) => {
                    gone.insert(unit.to_owned());
                    false
                }
                _ => true,
            });
        }
    }
    // A list that nobody is in any more is none.
    entries.retain(|entry| !is_of(entry, named) || !values(entry).is_empty());
    if entries.is_empty()
        && let Some(members) = document.as_object_mut()
    {
        members.remove(name(list));
    }
    outcome.removed = gone.len();
    outcome.absent = going.len() - gone.len();
}

fn append(document: &mut Value, list: MemberList, named: Option<&str>, fresh: Vec<Value>) {
    if fresh.is_empty() {
        return;
    }
    let entries = &mut document[name(list)];
    if !entries.is_array() {
        *entries = json!([]);
    }
    let Some(entries) = entries.as_array_mut() else {
        return;
    };
    if let Some(entry) = entries.iter_mut().find(|entry| is_of(entry, named)) {
        match entry.get_mut("values").and_then(Value::as_array_mut) {
            Some(values) => values.extend(fresh),
            None => entry["values"] = Value::Array(fresh),
        }
        return;
    }
    entries.push(match named {
        Some(attribute) => json!({"attribute": attribute, "values": fresh}),
        None => json!({"values": fresh}),
    });
}

/// The entries of a list.
pub fn entries(document: &Value, list: MemberList) -> impl Iterator<Item = &Value> {
    let entries = document.get(name(list)).and_then(Value::as_array);
    entries.into_iter().flatten()
}

fn of_attribute<'d>(
    document: &'d Value,
    list: MemberList,
    named: Option<&'d str>,
) -> impl Iterator<Item = &'d Value> {
    entries(document, list).filter(move |entry| is_of(entry, named))
}

fn is_of(entry: &Value, named: Option<&str>) -> bool {
    attribute(entry.get("attribute").and_then(Value::as_str)) == named
}

/// The units of an entry.
pub fn values(entry: &Value) -> &[Value] {
    entry
        .get("values")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Leaves each unit once in a list, where it stands first: a list is a set.
pub fn settle(config: &mut SegmentConfig) {
    for entries in [&mut config.included, &mut config.excluded] {
        let keep = firsts(entries);
        for (Members { values, .. }, keep) in entries.iter_mut().zip(keep) {
            let mut keep = keep.into_iter();
            values.retain(|_| keep.next() != Some(false));
        }
    }
}

/// For each unit of each entry whether it stands in its list for the first time.
fn firsts(entries: &[Members]) -> Vec<Vec<bool>> {
    let mut seen: HashMap<Option<&str>, HashSet<&str>> = HashMap::new();
    entries
        .iter()
        .map(
            |Members {
                 attribute: named,
                 values,
             }| {
                let seen = seen.entry(attribute(named.as_deref())).or_default();
                seen.reserve(values.len());
                values
                    .iter()
                    .map(|unit| seen.insert(unit.as_str()))
                    .collect()
            },
        )
        .collect()
}
