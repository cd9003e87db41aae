//! A flag's own JSON Schema, which all its values satisfy.

use jsonschema::PatternOptions;
use serde_json::Value;
use serin_engine::flag::FlagDefinition;

use crate::service::{change_set::state::Mistakes, schema};

/// Checks a flag's schema, and its variations' values against it. References to
/// anything outside the schema are not followed.
pub(super) fn check(path: &str, definition: &FlagDefinition, mistakes: &mut Mistakes) {
    let Some(text) = &definition.schema else {
        return;
    };
    let validator = match compile(text) {
        Ok(validator) => validator,
        Err(message) => {
            mistakes.add(format!("{path}/schema"), "invalid_schema", message);
            return;
        }
    };
    for (index, variation) in definition.variations.iter().enumerate() {
        let place = format!("{path}/variations/{index}/value");
        for error in validator.iter_errors(&variation.value) {
            for mistake in schema::mistakes(&error) {
                let place = format!("{place}{}", mistake.path);
                mistakes.add(place, "schema", mistake.message);
            }
        }
    }
}

fn compile(schema: &Value) -> Result<jsonschema::Validator, String> {
    jsonschema::options()
        // Linear time, whatever the pattern.
        .with_pattern_options(PatternOptions::regex())
        .offline()
        .build(schema)
        .map_err(|error| format!("this is no JSON Schema: {}", error.masked()))
}
