//! Any text at all as a ruleset, and as what a person would save.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use serin_engine::{context::Context, ruleset::Ruleset};

fuzz_target!(|text: &str| {
    let Ok((ruleset, warnings)) = Ruleset::parse(text) else {
        return;
    };
    assert_eq!(warnings.len(), ruleset.warnings().len());
    let context = Context::from_json(json!({
        "targetingKey": "user-1", "country": "DE", "org": { "id": "o7", "plan": "beta" }, "x": [1, "a", null],
    }))
    .expect("an object");
    for context in [&Context::default(), &context] {
        for (flag, evaluation) in ruleset.evaluate_all(context) {
            assert_eq!(
                format!("{evaluation:?}"),
                format!("{:?}", ruleset.evaluate(flag.key, context)),
                "{}",
                flag.key
            );
        }
    }
});
