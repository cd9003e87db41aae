//! Variations as people type them, and as the model has them.

use std::collections::HashSet;

use serde_json::Value;
use serin_engine::flag::{FlagType, Variation};

use crate::keys;

/// A variation while it is edited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VariationDraft {
    /// Tells drafts apart while their keys change.
    pub(crate) id: u32,
    /// Its key.
    pub(crate) key: String,
    /// What people call it; the key where empty.
    pub(crate) name: String,
    /// What people say about it.
    pub(crate) description: String,
    /// Its value as text; for a boolean `true` or `false`.
    pub(crate) value: String,
    /// What is half typed in the form of the value, by places inside it.
    pub(crate) unfinished: Vec<(String, String)>,
}

/// The types with their words.
pub(crate) const KINDS: [(FlagType, &str, &str); 4] = [
    (FlagType::Boolean, "boolean", "Boolean"),
    (FlagType::String, "string", "String"),
    (FlagType::Number, "number", "Number"),
    (FlagType::Object, "object", "JSON"),
];

/// What people call a type.
pub(crate) fn kind_name(kind: FlagType) -> &'static str {
    KINDS
        .iter()
        .find(|(other, ..)| *other == kind)
        .map_or("", |(_, _, name)| name)
}

/// What a new flag of a type starts with.
pub(crate) fn template(kind: FlagType) -> Vec<VariationDraft> {
    let pairs = match kind {
        FlagType::Boolean => [("on", "true"), ("off", "false")],
        FlagType::String => [("treatment", "treatment"), ("control", "control")],
        FlagType::Number => [("high", "100"), ("low", "10")],
        FlagType::Object => [
            ("on", "{\n  \"enabled\": true\n}"),
            ("off", "{\n  \"enabled\": false\n}"),
        ],
    };
    (0..)
        .zip(pairs)
        .map(|(id, (key, value))| VariationDraft {
            id,
            key: key.to_owned(),
            value: value.to_owned(),
            ..VariationDraft::default()
        })
        .collect()
}

/// Variations as drafts.
pub(crate) fn drafts(variations: &[Variation]) -> Vec<VariationDraft> {
    (0..)
        .zip(variations)
        .map(|(id, variation)| VariationDraft {
            id,
            key: variation.key.clone(),
            name: variation.name.clone().unwrap_or_default(),
            description: variation.description.clone().unwrap_or_default(),
            value: value_text(&variation.value),
            unfinished: Vec::new(),
        })
        .collect()
}

/// A value as it is edited: strings without quotes, objects over several lines.
pub(crate) fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// Reads a value of a type.
///
/// # Errors
/// What is wrong with it, for people.
pub(crate) fn read_value(kind: FlagType, text: &str) -> Result<Value, String> {
    match kind {
        FlagType::String => Ok(Value::String(text.to_owned())),
        FlagType::Boolean => match text.trim() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("true or false.".to_owned()),
        },
        FlagType::Number => match serde_json::from_str(text.trim()) {
            Ok(Value::Number(number)) => Ok(Value::Number(number)),
            _ => Err("A number, such as 12 or 0.5.".to_owned()),
        },
        FlagType::Object => match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err("A JSON object, in braces.".to_owned()),
            Err(error) => Err(format!("Not JSON: {error}.")),
        },
    }
}

/// What is wrong with each draft; absent where nothing is.
pub(crate) fn problems(kind: FlagType, drafts: &[VariationDraft]) -> Vec<Option<String>> {
    let mut seen = HashSet::new();
    drafts
        .iter()
        .map(|draft| {
            if draft.key.is_empty() {
                return Some("A key is missing.".to_owned());
            }
            if let Some(problem) = keys::key_problem(&draft.key) {
                return Some(format!("Key: {problem}"));
            }
            if !seen.insert(draft.key.as_str()) {
                return Some("Another variation has this key.".to_owned());
            }
            if let Some((place, _)) = draft.unfinished.first() {
                return Some(format!("At {place}: not typed to the end yet."));
            }
            read_value(kind, &draft.value).err()
        })
        .collect()
}

/// The drafts as variations; absent where something is wrong with one or there is none.
pub(crate) fn read(kind: FlagType, drafts: &[VariationDraft]) -> Option<Vec<Variation>> {
    if drafts.is_empty() || problems(kind, drafts).iter().any(Option::is_some) {
        return None;
    }
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    drafts
        .iter()
        .map(|draft| {
            Some(Variation {
                key: draft.key.clone(),
                value: read_value(kind, &draft.value).ok()?,
                name: some(&draft.name),
                description: some(&draft.description),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(key: &str, value: &str) -> VariationDraft {
        VariationDraft {
            key: key.to_owned(),
            value: value.to_owned(),
            ..VariationDraft::default()
        }
    }

    #[test]
    fn templates_are_valid_and_survive_the_way_there_and_back() {
        for (kind, ..) in KINDS {
            let variations = read(kind, &template(kind)).unwrap();
            assert_eq!(drafts(&variations), template(kind), "{kind:?}");
        }
    }

    #[test]
    fn values_are_read_by_type() {
        assert_eq!(read_value(FlagType::String, " 12 "), Ok(json!(" 12 ")));
        assert_eq!(read_value(FlagType::Number, " 0.5 "), Ok(json!(0.5)));
        assert!(read_value(FlagType::Number, "\"1\"").is_err());
        assert!(read_value(FlagType::Boolean, "yes").is_err());
        assert_eq!(
            read_value(FlagType::Object, r#"{"a": [1]}"#),
            Ok(json!({"a": [1]}))
        );
        assert!(read_value(FlagType::Object, "[1]").is_err());
        assert!(read_value(FlagType::Object, "{").is_err());
    }

    #[test]
    fn every_draft_hears_what_is_wrong_with_it() {
        let drafts = [
            draft("a", "x"),
            draft("a", "x"),
            draft("", "x"),
            draft(" b", "x"),
            draft("c", "x"),
        ];
        let found: Vec<bool> = problems(FlagType::String, &drafts)
            .iter()
            .map(Option::is_some)
            .collect();
        assert_eq!(found, [false, true, true, true, false]);
        assert_eq!(read(FlagType::String, &drafts), None);
        assert_eq!(read(FlagType::String, &[]), None);
    }
}
