//! Contexts that people paste: JSON lines or a JSON array.

use serde_json::{Map, Value};

use crate::{json_twice::twice, pages::flag::context::said_twice};

/// A context.
pub(crate) type Context = Map<String, Value>;

/// What cannot be read of what was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Where, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) message: String,
}

/// The most text that is read, in bytes.
pub(crate) const MOST_BYTES: usize = 20_000_000;

/// Reads a JSON array of contexts, or one context a line. Nothing makes no contexts.
///
/// # Errors
/// The first thing that cannot be read, with its line.
pub(crate) fn read(text: &str) -> Result<Vec<Context>, Mistake> {
    if text.len() > MOST_BYTES {
        let megabytes = MOST_BYTES / 1_000_000;
        return Err(mistake(1, format!("more than {megabytes} MB of text")));
    }
    let begun = text.trim_start();
    if begun.starts_with('[') {
        return array(text);
    }
    match lines(text) {
        // One context that is written over many lines is a list of one.
        Err(_) if begun.starts_with('{') => match serde_json::from_str(text) {
            Ok(Value::Object(context)) => once(text, 1).map(|()| vec![context]),
            _ => lines(text),
        },
        read => read,
    }
}

fn lines(text: &str) -> Result<Vec<Context>, Mistake> {
    let mut contexts = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let number = index + 1;
        match serde_json::from_str(line) {
            Ok(Value::Object(context)) => {
                once(line, number)?;
                contexts.push(context);
            }
            Ok(other) => return Err(mistake(number, no_context(&other))),
            Err(error) => return Err(mistake(number, not_json(&error))),
        }
    }
    Ok(contexts)
}

fn array(text: &str) -> Result<Vec<Context>, Mistake> {
    let elements = match serde_json::from_str(text) {
        Ok(Value::Array(elements)) => {
            once(text, 1)?;
            elements
        }
        Ok(other) => return Err(mistake(1, no_context(&other))),
        Err(error) => return Err(mistake(error.line().max(1), not_json(&error))),
    };
    let mut contexts = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        match element {
            Value::Object(context) => contexts.push(context),
            // The parser keeps no lines for what it has read, so this says which one.
            other => {
                let message = format!("entry {} of the list {}", index + 1, no_context(&other));
                return Err(mistake(line_of_entry(text, index), message));
            }
        }
    }
    Ok(contexts)
}

/// Refuses a text that begins on a line and in which a member is written twice: readers
/// would take one of them, and nobody knows which is meant.
fn once(text: &str, line: usize) -> Result<(), Mistake> {
    match twice(text) {
        None => Ok(()),
        Some(found) => Err(mistake(line + found.line - 1, said_twice(&found))),
    }
}

/// The line on which an entry of an array that reads as JSON begins.
fn line_of_entry(text: &str, wanted: usize) -> usize {
    let (mut depth, mut entry, mut line) = (0_usize, 0_usize, 1_usize);
    let (mut quoted, mut escaped, mut fresh) = (false, false, true);
    for letter in text.chars() {
        if letter == '\n' {
            line += 1;
        }
        if quoted {
            match (escaped, letter) {
                (true, _) => escaped = false,
                (false, '\\') => escaped = true,
                (false, '"') => quoted = false,
                _ => {}
            }
            continue;
        }
        if depth == 1 && fresh && entry == wanted && !letter.is_whitespace() {
            return line;
        }
        match letter {
            '"' => quoted = true,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => {
                entry += 1;
                fresh = true;
                continue;
            }
            _ => {}
        }
        if depth > 1 {
            fresh = false;
        }
    }
    line
}

fn mistake(line: usize, message: String) -> Mistake {
    Mistake { line, message }
}

fn no_context(value: &Value) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("is {found}; a context is a JSON object, in braces")
}

fn not_json(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let words = words.strip_suffix(&place).unwrap_or(&words);
    format!("is not JSON: {words} (column {})", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Result<Vec<String>, Mistake> {
        let contexts = read(text)?;
        let unit = |context: &Context| context["targetingKey"].as_str().unwrap().to_owned();
        Ok(contexts.iter().map(unit).collect())
    }

    #[test]
    fn lines_arrays_and_a_single_context_are_read() {
        let lines = "{\"targetingKey\":\"a\"}\n\n  {\"targetingKey\":\"b\"}\r\n";
        assert_eq!(units(lines), Ok(vec!["a".to_owned(), "b".to_owned()]));
        let array = " [{\"targetingKey\":\"a\"},\n{\"targetingKey\":\"b\"}]";
        assert_eq!(units(array), units(lines));
        assert_eq!(
            units("{\n  \"targetingKey\": \"a\"\n}"),
            Ok(vec!["a".to_owned()])
        );
        assert_eq!(units(" \n "), Ok(Vec::new()));
    }

    fn at(text: &str) -> (usize, String) {
        let mistake = read(text).unwrap_err();
        (mistake.line, mistake.message)
    }

    #[test]
    fn a_mistake_says_its_line() {
        let (line, message) = at("{}\n{}\n{\"a\":}\n{}");
        assert_eq!(line, 3);
        assert!(
            message.starts_with("is not JSON: expected value"),
            "{message}"
        );
        assert_eq!(at("{}\n7").0, 2);
        assert_eq!(at("[{},\n{},\n{]").0, 3);
        let (line, message) = at("[{\"a\":[1,2],\"b\":\"],{\\\"\"},\n{},\n\"x\", {}]");
        assert_eq!(line, 3);
        assert_eq!(
            message,
            "entry 3 of the list is a text; a context is a JSON object, in braces"
        );
        assert_eq!(at("[\n{}\n,\n null]").0, 4);
    }

    #[test]
    fn a_key_that_is_written_twice_is_named_with_its_place() {
        let said = |line, pointer: &str| {
            let message =
                format!("the key “a” is written twice, at {pointer}; only one could hold");
            (line, message)
        };
        assert_eq!(at("{}\n\n{\"a\":1,\"a\":2}"), said(3, "/a"));
        assert_eq!(at("{\"a\":1,\"a\":2}"), said(1, "/a"));
        assert_eq!(at("[{},\n{\"o\":{\"a\":1,\n\"a\":2}}]"), said(3, "/1/o/a"));
        assert_eq!(at("{\n\"a\":1,\n\"a\":2\n}"), said(3, "/a"));
    }
}
