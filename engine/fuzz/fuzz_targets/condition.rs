//! Any text as a condition, met by any context: the text has the condition in its first
//! line and the context in its second.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use serin_engine::{
    context::Context,
    evaluation::{ErrorCode, Evaluation},
    ruleset::Ruleset,
};

fn flag(when: &Value) -> Value {
    json!({
        "type": "boolean", "enabled": true, "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
        "rules": [{ "id": "r", "when": when, "serve": { "variation": "on" } }], "default": { "variation": "off" },
    })
}

fn is_broken(evaluation: &Evaluation<'_>) -> bool {
    evaluation
        .error
        .as_ref()
        .is_some_and(|error| error.code == ErrorCode::ParseError)
}

fuzz_target!(|text: &str| {
    let (condition, context) = text.split_once('\n').unwrap_or((text, "{}"));
    let (Ok(condition), Ok(context)) = (
        serin_engine::json::parse(condition),
        serin_engine::json::parse(context),
    ) else {
        return;
    };
    let Ok(context) = Context::from_json(context) else {
        return;
    };
    let document = json!({
        "format": 1, "project": "p", "environment": "e", "revision": 1,
        "flags": { "is": flag(&condition), "not": flag(&json!({ "not": condition })) },
        "segments": { "s": { "included": [{ "values": ["user-1"] }] } },
    });
    let Ok((ruleset, _)) = Ruleset::parse(&document.to_string()) else {
        return;
    };
    let (is, not) = (
        ruleset.evaluate("is", &context),
        ruleset.evaluate("not", &context),
    );
    // The negation is one level deeper: that alone may break it.
    if !is_broken(&is) && !is_broken(&not) {
        assert_ne!(
            is.variation, not.variation,
            "a condition holds, or its negation does"
        );
    }
});
