//! What a flag's JSON Schema means for editing its values: the form that it makes, and a
//! first schema from values that are there. Whether a value fits is the engine's to say.

pub(crate) mod form;
pub(crate) mod infer;
pub(crate) mod place;

use serde_json::Value;
use serin_engine::flag::FlagType;

use crate::{
    json_text::{Broken, parse},
    variations::{VariationDraft, read_value},
};

/// Reads a schema as it is typed.
///
/// # Errors
/// Why it is none.
pub(crate) fn read(text: &str) -> Result<Value, Broken> {
    match parse(text)? {
        schema @ (Value::Object(_) | Value::Bool(_)) => Ok(schema),
        _ => Err(Broken::whole(
            "a schema is an object in braces, true or false",
        )),
    }
}

/// A schema as it is edited.
pub(crate) fn text(schema: &Value) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default()
}

/// A first schema from the drafts that can be read.
pub(crate) fn of_drafts(kind: FlagType, drafts: &[VariationDraft]) -> Value {
    let values: Vec<Value> = drafts
        .iter()
        .filter_map(|draft| read_value(kind, &draft.value).ok())
        .collect();
    infer::schema(&values)
}

/// What a refusal says of one place inside a variation's value, where it is about one: the
/// variation's position, the pointer inside its value, and the words without both.
pub(crate) fn about_value<'m>(
    path: &'m str,
    message: &'m str,
) -> Option<(usize, &'m str, &'m str)> {
    let rest = path.strip_prefix("/variations/")?;
    let (index, rest) = rest.split_once('/')?;
    let place = rest.strip_prefix("value")?;
    let lead = match place {
        "" => "\": ".to_owned(),
        place => format!("\", at {place:?}: "),
    };
    let words = match message.strip_prefix("variation ") {
        Some(rest) => rest.split_once(&lead).map_or(message, |(_, words)| words),
        None => message,
    };
    Some((index.parse().ok()?, place, words))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_an_object_or_a_truth() {
        assert_eq!(
            read("{\"type\": \"string\"}"),
            Ok(json!({"type": "string"}))
        );
        assert_eq!(read("true"), Ok(json!(true)));
        for text in ["", "{", "[]", "\"x\"", "{\"a\": 1, \"a\": 2}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn refusals_are_told_at_their_place() {
        let found = about_value(
            "/variations/1/value/limit",
            "variation \"a: \\\"b\", at \"/limit\": value is too small",
        );
        assert_eq!(found, Some((1, "/limit", "value is too small")));
        let whole = about_value("/variations/0/value", "variation \"b\": value is no object");
        assert_eq!(whole, Some((0, "", "value is no object")));
        assert_eq!(about_value("/variations/0/key", "x"), None);
        assert_eq!(about_value("/schema/type", "x"), None);
    }
}
