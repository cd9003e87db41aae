//! A flag made of single values.

use serde_json::{Value, json};

/// The values that a test has set for one flag.
#[derive(Clone, Debug)]
pub(super) struct ByHand {
    default: Value,
    others: Vec<(Whom, Value)>,
}

/// Who gets another value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Whom {
    /// The unit with this targeting key.
    Unit(String),
    /// Whoever has this value in this attribute.
    Having(String, Value),
}

impl ByHand {
    pub(super) fn new(default: Value) -> Self {
        Self {
            default,
            others: Vec::new(),
        }
    }

    /// Takes the place of what was served to the same.
    pub(super) fn serve(&mut self, whom: Whom, value: Value) {
        match self.others.iter_mut().find(|(other, _)| *other == whom) {
            Some((_, there)) => *there = value,
            None => self.others.push((whom, value)),
        }
    }

    /// The flag, as in a ruleset document.
    pub(super) fn definition(&self, version: u64) -> Value {
        let kind = match &self.default {
            Value::Bool(_) => "boolean",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Object(_) | Value::Array(_) | Value::Null => "object",
        };
        let mut variations = vec![json!({"key": "on", "value": self.default})];
        let (mut targets, mut rules) = (Vec::new(), Vec::new());
        for (number, (whom, value)) in self.others.iter().enumerate() {
            let key = format!("on-{}", number + 1);
            variations.push(json!({"key": key, "value": value}));
            match whom {
                Whom::Unit(unit) => targets.push(json!({"variation": key, "values": [unit]})),
                Whom::Having(attribute, equals) => rules.push(json!({
                    "id": key,
                    "when": {"attribute": attribute, "op": "in", "values": [equals]},
                    "serve": {"variation": key},
                })),
            }
        }
        json!({
            "type": kind,
            "version": version,
            "enabled": true,
            "variations": variations,
            "targets": targets,
            "rules": rules,
            "default": {"variation": "on"},
        })
    }
}
