//! Rulesets and patches to send.

use serde_json::{Value, json};
use serin_engine::ruleset::{Kind, fingerprint};

/// A boolean flag that serves everybody one of its variations.
pub(crate) fn flag(version: u64, variation: &str) -> Value {
    json!({
        "type": "boolean", "version": version, "enabled": true, "off": "off",
        "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
        "default": {"variation": variation},
    })
}

/// A ruleset with the one flag `checkout`, of the ruleset's revision.
pub(crate) fn put(revision: u64, variation: &str) -> Value {
    json!({
        "format": 1, "project": "shop", "environment": "test", "revision": revision,
        "flags": {"checkout": flag(revision, variation)},
        "fingerprint": print(revision),
    })
}

/// What leads from such a ruleset to the next one.
pub(crate) fn patch(from: u64, variation: &str) -> Value {
    json!({
        "from": from, "to": from + 1,
        "flags": {"checkout": flag(from + 1, variation)},
        "fingerprint": print(from + 1),
    })
}

fn print(version: u64) -> String {
    fingerprint([(Kind::Flag, "checkout", version)].into_iter())
}
