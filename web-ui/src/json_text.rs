//! Documents that are typed as JSON: where a mistake is, and whether all of it is read.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serin_engine::json::read;

use crate::json_twice::{Twice, twice};

/// A mistake in a text, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Where it is, counted from 1, where that is known.
    pub(crate) at: Option<(usize, usize)>,
    /// What it is.
    pub(crate) message: String,
}

impl Broken {
    /// A mistake of the whole.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self {
            at: None,
            message: message.into(),
        }
    }
}

/// Texts that are edited as JSON, by what they are the text of. They are kept until they
/// are read and the view is left, so that a broken one is never lost.
pub(crate) type Texts = Vec<(String, Text)>;

/// Such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// What is in the way of reading it.
    pub(crate) broken: Option<Broken>,
}

/// Reads one JSON document.
///
/// # Errors
/// Where and what the mistake is; a member that is written twice is one, as only one of
/// the two could be kept.
pub(crate) fn parse(text: &str) -> Result<Value, Broken> {
    if text.trim().is_empty() {
        return Err(Broken::whole("there is nothing here yet"));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let message = match said.split(" at line ").next().unwrap_or(&said) {
            begun if begun.starts_with("EOF ") => "the text ends too early",
            other => other,
        };
        Broken {
            at: Some((error.line(), error.column())),
            message: message.to_owned(),
        }
    })?;
    match twice(text) {
        None => Ok(value),
        Some(Twice {
            name,
            pointer,
            line,
        }) => Err(Broken {
            at: Some((line, 1)),
            message: format!("“{name}” is written twice, at {pointer}"),
        }),
    }
}

/// Reads a document into its type, and makes sure that nothing of it is left out.
///
/// # Errors
/// What does not fit, or the member that nothing is known of.
pub(crate) fn typed<T: Serialize + DeserializeOwned>(value: &Value) -> Result<T, Broken> {
    let typed: T = read(value.clone()).map_err(|error| Broken::whole(plain(&error.to_string())))?;
    let again = serde_json::to_value(&typed).unwrap_or_default();
    match lost(value, &again, "") {
        None => Ok(typed),
        Some(path) => Err(Broken::whole(format!("nothing is known of {path}"))),
    }
}

/// The offset in UTF-16 units, as browsers count, of a line and column counted from 1 (the
/// column in bytes, as serde_json does).
pub(crate) fn offset(text: &str, line: usize, column: usize) -> u32 {
    let starts = text.split_inclusive('\n');
    let before: usize = starts.take(line.saturating_sub(1)).map(str::len).sum();
    let mut end = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].encode_utf16().count() as u32
}

/// What does not fit, without the names that types have in this code.
pub(crate) fn plain(error: &str) -> String {
    let Some((found, wanted)) = error
        .strip_prefix("invalid type: ")
        .and_then(|rest| rest.split_once(", expected "))
    else {
        return error.to_owned();
    };
    let found = match found {
        "sequence" => "a list",
        "map" => "an object",
        other => other,
    };
    let wanted = match wanted.split(' ').next() {
        Some("struct" | "internally" | "map") => "an object, in braces",
        Some("sequence" | "Vec") => "a list, in brackets",
        _ => wanted,
    };
    format!("expected {wanted}, found {found}")
}

/// The pointer of the first member that is not there any more, but for those that say
/// nothing: null, empty lists and `false`.
pub(crate) fn lost(before: &Value, after: &Value, at: &str) -> Option<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before.iter().find_map(|(name, value)| {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            match after.get(name) {
                Some(after) => lost(value, after, &at),
                None => says_something(value).then_some(at),
            }
        }),
        (Value::Array(before), Value::Array(after)) => {
            let pairs = before.iter().zip(after).enumerate();
            let mut pairs =
                pairs.map(|(index, (before, after))| lost(before, after, &format!("{at}/{index}")));
            pairs.find_map(|found| found)
        }
        _ => None,
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(all) => !all.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serin_engine::{condition::Condition, flag::Rule};

    use super::*;

    #[test]
    fn mistakes_have_a_place() {
        let broken = parse("{\n  \"a\": 1,\n  b\n}").unwrap_err();
        assert_eq!(broken.at, Some((3, 3)));
        assert_eq!(broken.message, "key must be a string");
        assert_eq!(offset("{\n  \"ü🐦\": x", 2, 12), 10);
        assert_eq!(offset("ab", 9, 9), 2);
    }

    #[test]
    fn members_that_are_written_twice_are_refused() {
        let broken = parse("{\n  \"a\": [{\"b\": \":\",\n \"b\": 2}]\n}").unwrap_err();
        assert_eq!(broken.at, Some((3, 1)));
        assert_eq!(broken.message, "“b” is written twice, at /a/0/b");
        assert!(parse(r#"{"a": {"b": 1}, "c": {"b": ["b", "b"]}}"#).is_ok());
        assert_eq!(
            parse(r#"{"a": "\":", "b": {"a": 1}}"#).unwrap()["b"]["a"],
            1
        );
    }

    #[test]
    fn mistakes_are_told_to_people() {
        assert_eq!(parse(" ").unwrap_err().message, "there is nothing here yet");
        assert_eq!(parse("{").unwrap_err().message, "the text ends too early");
        let said = |value| typed::<Rule>(&value).unwrap_err().message;
        assert_eq!(
            said(json!([1])),
            "expected an object, in braces, found a list"
        );
        assert_eq!(
            said(json!({"id": [], "serve": {"variation": "on"}})),
            "expected a string, found a list"
        );
    }

    #[test]
    fn nothing_is_left_out_in_silence() {
        let rule = json!({"id": "r", "name": null, "serve": {"variation": "on"},
            "when": {"all": [{"segment": "a"}, {"attribute": "x", "op": "in", "values": [], "ignore_case": false}]}});
        assert!(typed::<Rule>(&rule).is_ok());
        let mut odd = rule;
        odd["when"]["all"][0]["a/b"] = json!(1);
        let broken = typed::<Rule>(&odd).unwrap_err();
        assert_eq!(broken.message, "nothing is known of /when/all/0/a~1b");
        assert!(typed::<Condition>(&json!({"all": 5})).is_err());
    }
}
