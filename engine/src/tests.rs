//! The engine's tests; `testdata/` holds the cases that are data.

mod allocation;
mod arbitrary;
mod closure;
mod corners;
mod data;
mod differences;
mod explanations;
mod folding;
mod hashes;
mod impacts;
mod leaves;
mod lexing;
mod limits;
mod links;
mod operators;
mod patches;
mod prepared;
mod properties;
mod references;
mod rulesets;
mod slots;
mod times;
mod typed;
mod validation;

use serde_json::{Value, json};

use crate::ruleset::{Ruleset, Warning};

/// A ruleset of flags and segments, and the warnings of compiling it.
fn compiled(flags: &Value, segments: &Value) -> (Ruleset, Vec<Warning>) {
    let document = json!({"format": 1, "revision": 1, "flags": flags, "segments": segments});
    Ruleset::parse(&document.to_string()).unwrap()
}

/// A boolean flag with one rule, which serves `on`; the default is `off`.
fn ruled(when: &Value) -> Value {
    json!({
        "type": "boolean",
        "enabled": true,
        "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
        "off": "off",
        "rules": [{"id": "r", "when": when, "serve": {"variation": "on"}}],
        "default": {"variation": "off"}
    })
}
