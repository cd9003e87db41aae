//! Reading JSON text, with the limits that evaluators promise.

mod layout;
mod lexer;
mod members;
mod reader;
mod scan;
mod tape;

use serde::Deserialize as _;
use serde_json::Value;

pub(crate) use lexer::Lexer;
pub use members::Members;
pub use reader::read;
pub(crate) use tape::{Elements, Members as TapeMembers, Node, Tape};

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 128;

/// Why a text is no JSON; says line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// Reads one JSON document. Numbers beyond a double, lone surrogates and nesting
/// beyond [`MAX_DEPTH`] levels are refused; of members with one name the last wins.
///
/// # Errors
/// Where the text is no such document, with line and column.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    check_depth(text)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    // The check above bounds the recursion, and by one level more than serde_json would.
    reader.disable_recursion_limit();
    let value = Value::deserialize(&mut reader);
    value
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| JsonError(error.to_string()))
}

/// A JSON type's name, for messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn check_depth(text: &str) -> Result<(), JsonError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(too_deep(&text.as_bytes()[..offset]));
        }
    }
    Ok(())
}

fn too_deep(before: &[u8]) -> JsonError {
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|&&b| b != b'\n').count() + 1;
    JsonError(format!(
        "nesting beyond {MAX_DEPTH} levels at line {line} column {column}"
    ))
}
