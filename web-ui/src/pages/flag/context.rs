//! Evaluation contexts as people type them.

use serde_json::{Map, Value};

use crate::json_twice::{Twice, twice};

/// A context from a targeting key and lines of `attribute = value`. Values that read as JSON
/// are that, all else is text; dotted names make objects.
///
/// # Errors
/// The line that cannot be read, or that says again what was said before.
pub(crate) fn from_lines(targeting_key: &str, lines: &str) -> Result<Map<String, Value>, String> {
    let mut context = Map::new();
    if !targeting_key.is_empty() {
        context.insert(
            "targetingKey".to_owned(),
            Value::String(targeting_key.to_owned()),
        );
    }
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once(['=', ':'])
            .ok_or_else(|| format!("“{line}” is not of the form attribute = value."))?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return Err(format!("“{line}” has no attribute."));
        }
        let value = match serde_json::from_str(value) {
            Ok(read) => match twice(value) {
                Some(found) => return Err(format!("“{name}”: {}.", said_twice(&found))),
                None => read,
            },
            Err(_) => Value::String(value.to_owned()),
        };
        if !insert(&mut context, name, value) {
            return Err(format!("“{name}” is written twice; only one could hold."));
        }
    }
    Ok(context)
}

/// A context as a targeting key and lines, the reverse of [`from_lines`].
pub(crate) fn to_lines(context: &Map<String, Value>) -> (String, String) {
    let key = context.get("targetingKey").and_then(Value::as_str);
    let mut lines = Vec::new();
    for (name, value) in context {
        if name != "targetingKey" || key.is_none() {
            write_lines(name, value, &mut lines);
        }
    }
    (key.unwrap_or_default().to_owned(), lines.join("\n"))
}

fn write_lines(name: &str, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members)
            if !members.is_empty()
                && members
                    .keys()
                    .all(|name| !name.is_empty() && !name.contains(['.', '=', ':', '\n'])) =>
        {
            for (member, value) in members {
                write_lines(&format!("{name}.{member}"), value, into);
            }
        }
        Value::String(text) if is_bare(text) => into.push(format!("{name} = {text}")),
        other => into.push(format!("{name} = {other}")),
    }
}

/// Whether a text is itself where no quotes are around it.
fn is_bare(text: &str) -> bool {
    text.trim() == text
        && !text.contains(['\n', '\r'])
        && serde_json::from_str::<Value>(text).is_err()
}

/// A context from JSON.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_json(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(context)) => match twice(text) {
            Some(found) => Err(format!("Line {}: {}.", found.line, said_twice(&found))),
            None => Ok(context),
        },
        Ok(_) => Err("A context is a JSON object, in braces.".to_owned()),
        Err(error) => Err(format!("Not JSON: {error}.")),
    }
}

/// A member that is written twice, in words.
pub(crate) fn said_twice(found: &Twice) -> String {
    let Twice { name, pointer, .. } = found;
    format!("the key “{name}” is written twice, at {pointer}; only one could hold")
}

/// False where there is a value already.
fn insert(into: &mut Map<String, Value>, name: &str, value: Value) -> bool {
    match name.split_once('.') {
        None => into.insert(name.to_owned(), value).is_none(),
        Some((head, rest)) => {
            let inner = into
                .entry(head)
                .or_insert_with(|| Value::Object(Map::new()));
            match inner {
                Value::Object(inner) => insert(inner, rest, value),
                _ => false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_make_a_context() {
        let context = from_lines(
            "user-1",
            "country = DE\n\nage: 42\norg.plan = \"pro\"\norg.id = o7",
        )
        .unwrap();
        assert_eq!(
            Value::Object(context),
            json!({"targetingKey": "user-1", "country": "DE", "age": 42, "org": {"plan": "pro", "id": "o7"}})
        );
        assert!(from_lines("", "country").is_err());
        assert!(from_lines("", "a..b = 1").is_err());
    }

    #[test]
    fn a_context_makes_lines_that_make_it_again() {
        let context = json!({
            "targetingKey": "u1", "country": "DE", "age": 42, "zip": "01234", "tags": ["a", 1], "none": {},
            "org": {"plan": "pro", "seats": {"used": 1}}, "odd": {"a.b": true}, "blank": "", "quoted": "7",
        });
        let Value::Object(context) = context else {
            unreachable!()
        };
        let (key, lines) = to_lines(&context);
        assert_eq!(from_lines(&key, &lines), Ok(context));
    }

    #[test]
    fn what_is_said_twice_is_refused_by_name_and_place() {
        let said = |text: &str| from_json(text).unwrap_err();
        assert_eq!(
            said("{\"org\":{\"plan\":1,\n\"plan\":2}}"),
            "Line 2: the key “plan” is written twice, at /org/plan; only one could hold."
        );
        let said = |key: &str, lines: &str| from_lines(key, lines).unwrap_err();
        assert_eq!(
            said("", "org.plan = a\nage = 1\norg.plan = b"),
            "“org.plan” is written twice; only one could hold."
        );
        assert!(said("", "org = 1\norg.plan = b").contains("“org.plan”"));
        assert!(said("", "org.plan = b\norg = {}").contains("“org”"));
        assert!(said("u", "targetingKey = v").contains("“targetingKey”"));
        assert!(said("", r#"org = {"a":1,"a":2}"#).contains("“org”: the key “a”"));
    }

    #[test]
    fn only_objects_are_contexts() {
        assert!(from_json("[]").is_err());
        assert!(from_json("{").is_err());
        assert_eq!(from_json("{}"), Ok(Map::new()));
    }
}
