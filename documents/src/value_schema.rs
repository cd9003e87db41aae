//! A flag's own JSON Schema, which all its values satisfy.
//!
//! Such a schema comes from people and is run while everybody else's writes wait. So what
//! it may cost is known before it runs: [`effort`] counts the parts and the steps, regular
//! expressions are of the linear kind and small, nothing outside the schema is fetched,
//! and the stack is as deep as the limits need.

mod effort;

use jsonschema::{PatternOptions, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;
use serin_api::error::Detail;
use serin_engine::flag::{FlagDefinition, Variation};

use crate::schema;

/// The largest program that a regular expression may become, in bytes.
const MAX_PATTERN: usize = 1 << 19;
/// More mistakes of one value than this help nobody.
const MAX_MISTAKES: usize = 20;
/// Enough for [`effort::MAX_PARTS`] parts inside each other.
#[cfg(not(target_family = "wasm"))]
const STACK: usize = 64 << 20;

/// Checks a flag's schema, and its variations' values against it; every mistake by its
/// place in the definition. References to anything outside the schema are not followed.
pub fn check(definition: &FlagDefinition) -> Vec<Detail> {
    match &definition.schema {
        Some(schema) => on_a_deep_stack(|| mistakes_of(schema, &definition.variations)),
        None => Vec::new(),
    }
}

/// Browsers have no threads for this; the engine's module has a deep stack from the start.
#[cfg(target_family = "wasm")]
fn on_a_deep_stack(work: impl FnOnce() -> Vec<Detail>) -> Vec<Detail> {
    work()
}

#[cfg(not(target_family = "wasm"))]
fn on_a_deep_stack(work: impl FnOnce() -> Vec<Detail> + Send) -> Vec<Detail> {
    let failed = |what: &str| {
        let message = format!("the schema could not be checked: {what}");
        vec![detail("/schema".to_owned(), "invalid_schema", message)]
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("value-schema".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => failed("the checker failed"),
            Err(error) => failed(&error.to_string()),
        }
    })
}

/// What is wrong with the schema; else what is wrong with the values.
fn mistakes_of(schema: &Value, variations: &[Variation]) -> Vec<Detail> {
    let invalid = |place: &str, message: String| {
        vec![detail(
            format!("/schema{place}"),
            "invalid_schema",
            message,
        )]
    };
    let parts = match effort::Parts::of(schema) {
        Ok(parts) => parts,
        Err(refusal) => return invalid(&refusal.place, refusal.message),
    };
    let validator = match compile(schema) {
        Ok(validator) => validator,
        Err(error) => return invalid(error.instance_path().as_str(), unfit(&error)),
    };
    let values = variations.iter().map(|variation| &variation.value);
    if let Err(message) = parts.steps(values) {
        return invalid("", message);
    }
    let values = variations.iter().enumerate();
    values
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
            "this is no regular expression that can be run in linear time: it has a mistake, looks around, refers back, or repeats too much".to_owned()
        }
        ValidationErrorKind::AnyOf { .. } => {
            "this is no JSON Schema: what stands here has not the form that the keyword takes"
                .to_owned()
        }
        _ => format!("this is no JSON Schema: {}", error.masked()),
    }
}

/// What is wrong with a variation's value: its key, and the place inside the value, are
/// part of each message.
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
