//! A flag's own JSON Schema, which all its values satisfy.
//!
//! Such a schema comes from people and is run while everybody else's writes wait. So what
//! it may cost is known before it runs: the module `effort` counts the parts and the
//! steps, regular expressions are of the linear kind and small, and nothing outside the
//! schema is fetched.

mod effort;

use jsonschema::{PatternOptions, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;
use serin_api::error::Detail;
use serin_engine::flag::{FlagDefinition, Variation};

use crate::schema;

/// The stack that [`check`] may need, in bytes, on any machine: schemas are followed by
/// recursion. The module that browsers load is given as much.
pub const STACK: usize = 8 << 20;
/// More than what passes [`effort`] becomes on any machine, in bytes: it never decides,
/// since it would decide otherwise in a browser.
const MAX_PATTERN: usize = 1 << 22;
/// More mistakes of one value than this help nobody.
const MAX_MISTAKES: usize = 20;
/// Texts longer than this are not repeated in a message.
const SHOWN: usize = 40;

/// Checks a flag's schema, and its variations' values against it; every mistake by its
/// place in the definition. The messages name the variation and the place inside its value.
pub fn check(definition: &FlagDefinition) -> Vec<Detail> {
    let Some(schema) = &definition.schema else {
        return Vec::new();
    };
    let invalid = |place: &str, message: String| {
        let path = format!("/schema{place}");
        vec![detail(path, "invalid_schema", message)]
    };
    let parts = match effort::Parts::of(schema) {
        Ok(parts) => parts,
        Err(refusal) => return invalid(&refusal.place, refusal.message),
    };
    let validator = match compile(schema) {
        Ok(validator) => validator,
        Err(error) => return invalid(error.instance_path().as_str(), unfit(&error)),
    };
    let variations = &definition.variations;
    if let Err(message) = parts.steps(variations.iter().map(|variation| &variation.value)) {
        return invalid("", message);
    }
    variations
        .iter()
        .enumerate()
        .flat_map(|(index, variation)| unfit_value(&validator, index, variation))
        .collect()
}

fn compile(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        // Linear time, whatever the pattern.
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN))
        .offline()
        .build(schema)
}

/// Why something is no schema.
fn unfit(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Referencing(error) => format!("this is no JSON Schema: {error}"),
        ValidationErrorKind::Format { format } if format == "regex" => {
            "this is no regular expression that runs in linear time: it has a mistake, looks around, refers back, or repeats too much".to_owned()
        }
        ValidationErrorKind::AnyOf { .. } => format!("{} takes {}", keyword(error), takes(error)),
        _ => format!("{}: {}", keyword(error), error.masked_with(found(error))),
    }
}

/// The keyword of the schema that a mistake is in: `"type"`.
fn keyword(error: &ValidationError<'_>) -> String {
    let mut steps = error.instance_path().as_str().rsplit('/');
    // The entries of a list have numbers.
    let named = steps.find(|step| step.parse::<usize>().is_err());
    match named.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name:?}"),
        None => "the schema".to_owned(),
    }
}

/// What a keyword takes that takes more than one kind of thing, and what was found.
fn takes(error: &ValidationError<'_>) -> String {
    let allowed = match error.instance_path().as_str().rsplit('/').next() {
        Some("type") => {
            "\"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\", or a list of some of them"
        }
        Some("items") => "a schema or a list of schemas",
        // By name, in \"dependencies\".
        _ => "a schema or a list of names",
    };
    format!("{allowed}, and not {}", found(error))
}

/// What stands there, in a few words.
fn found(error: &ValidationError<'_>) -> String {
    match error.instance().as_ref() {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > SHOWN => "a long text".to_owned(),
        other => other.to_string(),
    }
}

fn unfit_value(validator: &Validator, index: usize, variation: &Variation) -> Vec<Detail> {
    let errors = validator.iter_errors(&variation.value).take(MAX_MISTAKES);
    errors
        .flat_map(|error| in_words(&error))
        .map(|found| {
            let at = match found.path.as_str() {
                "" => String::new(),
                place => format!(", at {place:?}"),
            };
            let message = format!("variation {:?}{at}: {}", variation.key, found.message);
            let path = format!("/variations/{index}/value{}", found.path);
            detail(path, "schema", message)
        })
        .collect()
}

fn in_words(error: &ValidationError<'_>) -> Vec<Detail> {
    let message = match error.kind() {
        ValidationErrorKind::AnyOf { .. } => "it fits none of the schemas of anyOf",
        ValidationErrorKind::OneOfNotValid { .. } => "it fits none of the schemas of oneOf",
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "it fits more than one of the schemas of oneOf"
        }
        ValidationErrorKind::FalseSchema => "the schema admits nothing here",
        _ => return schema::mistakes(error),
    };
    let path = error.instance_path().as_str().to_owned();
    vec![detail(path, "schema", message.to_owned())]
}

fn detail(path: String, code: &str, message: String) -> Detail {
    Detail {
        path,
        code: code.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests;
