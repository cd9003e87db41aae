//! Conditions as sentences: `country is one of DE or FR and in segment beta`.

use serde_json::Value;
use serin_engine::condition::{Comparison, Condition, Operator};

use crate::weights::percent;

/// How many values a sentence names before it counts the rest.
const VALUES: usize = 6;

/// What a piece of a sentence is, so that it can be set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What joins the others.
    Words,
    /// An attribute, a segment or a flag.
    Name,
    /// What is compared with.
    Value,
}

/// A condition as a sentence without its full stop.
pub(crate) fn sentence(condition: &Condition) -> String {
    let pieces = pieces(condition);
    pieces.into_iter().map(|(_, text)| text).collect()
}

/// The sentence in pieces, white space and all.
pub(crate) fn pieces(condition: &Condition) -> Vec<(Tone, String)> {
    let mut said = Sentence(Vec::new());
    said.condition(condition, false);
    said.0
}

struct Sentence(Vec<(Tone, String)>);

impl Sentence {
    fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.0.push((tone, text.into()));
    }

    fn words(&mut self, words: &str) {
        self.say(Tone::Words, words);
    }

    fn condition(&mut self, condition: &Condition, negated: bool) {
        match condition {
            Condition::Segment { segment } => {
                self.words(if negated {
                    "not in segment "
                } else {
                    "in segment "
                });
                self.say(Tone::Name, segment);
            }
            Condition::Attribute(comparison) => self.compared(comparison, negated),
            other if negated => {
                self.words("not (");
                self.condition(other, false);
                self.words(")");
            }
            Condition::All { all } => self.joined(all, " and ", "always"),
            Condition::Any { any } => self.joined(any, " or ", "never"),
            Condition::Not { not } => self.condition(not, true),
            Condition::Flag { flag, variations } => {
                self.words("flag ");
                self.say(Tone::Name, flag);
                self.words(" serves ");
                self.alternatives(variations);
            }
            Condition::Share { share } => {
                self.words("within ");
                self.say(Tone::Value, percent(share.slots));
                self.words(" of ");
                self.say(Tone::Name, share.by.as_deref().unwrap_or("targetingKey"));
            }
        }
    }

    fn joined(&mut self, parts: &[Condition], with: &str, empty: &str) {
        if parts.is_empty() {
            self.words(empty);
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.words(with);
            }
            let (Condition::All { all: inner } | Condition::Any { any: inner }) = part else {
                self.condition(part, false);
                continue;
            };
            if inner.len() > 1 {
                self.words("(");
                self.condition(part, false);
                self.words(")");
            } else {
                self.condition(part, false);
            }
        }
    }

    fn compared(&mut self, comparison: &Comparison, negated: bool) {
        self.say(Tone::Name, &comparison.attribute);
        self.words(" ");
        self.words(verb(comparison.op, comparison.values.len(), negated));
        if comparison.op == Operator::Exists {
            return;
        }
        self.words(" ");
        let values: Vec<String> = comparison.values.iter().map(value).collect();
        self.alternatives(&values);
        if comparison.ignore_case {
            self.words(" (any case)");
        }
    }

    /// As [`super::alternatives`], in pieces.
    fn alternatives(&mut self, items: &[String]) {
        if items.is_empty() {
            self.words("nothing");
        }
        let shown = items.len().min(VALUES);
        for (index, item) in items[..shown].iter().enumerate() {
            if index > 0 {
                let last = index + 1 == items.len();
                self.words(if last { " or " } else { ", " });
            }
            self.say(Tone::Value, item);
        }
        if items.len() > shown {
            self.words(&format!(" or {} more", items.len() - shown));
        }
    }
}

/// The words between an attribute and its values.
pub(crate) fn verb(op: Operator, values: usize, negated: bool) -> &'static str {
    match (op, negated) {
        (Operator::In, false) if values == 1 => "is",
        (Operator::In, true) if values == 1 => "is not",
        (Operator::In, false) => "is one of",
        (Operator::In, true) => "is none of",
        (Operator::StartsWith, false) => "starts with",
        (Operator::StartsWith, true) => "does not start with",
        (Operator::EndsWith, false) => "ends with",
        (Operator::EndsWith, true) => "does not end with",
        (Operator::Contains, false) => "contains",
        (Operator::Contains, true) => "does not contain",
        (Operator::Matches, false) => "matches",
        (Operator::Matches, true) => "does not match",
        (Operator::Lt, false) => "is less than",
        (Operator::Lt, true) => "is not less than",
        (Operator::Lte, false) => "is at most",
        (Operator::Lte, true) => "is not at most",
        (Operator::Gt, false) => "is greater than",
        (Operator::Gt, true) => "is not greater than",
        (Operator::Gte, false) => "is at least",
        (Operator::Gte, true) => "is not at least",
        (Operator::Before, false) => "is before",
        (Operator::Before, true) => "is not before",
        (Operator::After, false) => "is after",
        (Operator::After, true) => "is not after",
        (Operator::SemverEq, false) => "is version",
        (Operator::SemverEq, true) => "is not version",
        (Operator::SemverLt, false) => "is a version below",
        (Operator::SemverLt, true) => "is not a version below",
        (Operator::SemverLte, false) => "is at most version",
        (Operator::SemverLte, true) => "is not at most version",
        (Operator::SemverGt, false) => "is a version above",
        (Operator::SemverGt, true) => "is not a version above",
        (Operator::SemverGte, false) => "is at least version",
        (Operator::SemverGte, true) => "is not at least version",
        (Operator::InCidr, false) => "is in network",
        (Operator::InCidr, true) => "is not in network",
        (Operator::Exists, false) => "is present",
        (Operator::Exists, true) => "is missing",
    }
}

/// A value as people write it: text bare where that is unmistakable, all else as JSON.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a text can stand bare: it is not empty, reads as nothing but text, and does not
/// end or bend a sentence.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && serde_json::from_str::<Value>(text).is_err()
        && text.trim() == text
        && !text.contains([',', '"', '\n'])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(condition: Value, expected: &str) {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        assert_eq!(sentence(&condition).replace('\u{202f}', " "), expected);
    }

    #[test]
    fn conditions_read_as_sentences() {
        let country = json!({"attribute": "country", "op": "in", "values": ["DE", "FR"]});
        check(country.clone(), "country is one of DE or FR");
        check(json!({"not": country}), "country is none of DE or FR");
        check(
            json!({"all": [{"segment": "beta-orgs"}, {"not": country}]}),
            "in segment beta-orgs and country is none of DE or FR",
        );
        check(
            json!({"any": [{"all": [{"segment": "a"}, {"segment": "b"}]}, {"segment": "c"}]}),
            "(in segment a and in segment b) or in segment c",
        );
        check(json!({"all": []}), "always");
        check(json!({"any": []}), "never");
        check(
            json!({"flag": "payments", "variations": ["on"]}),
            "flag payments serves on",
        );
        check(
            json!({"share": {"slots": 12_250, "salt": "s"}}),
            "within 12.25 % of targetingKey",
        );
        check(
            json!({"attribute": "age", "op": "gte", "values": [18]}),
            "age is at least 18",
        );
        check(
            json!({"attribute": "plan", "op": "in", "values": ["Pro"], "ignore_case": true}),
            "plan is Pro (any case)",
        );
        check(
            json!({"not": {"attribute": "email", "op": "exists"}}),
            "email is missing",
        );
        check(
            json!({"attribute": "v", "op": "in", "values": ["7", "", "a, b"]}),
            r#"v is one of "7", "" or "a, b""#,
        );
        check(
            json!({"attribute": "n", "op": "in", "values": [1, 2, 3, 4, 5, 6, 7, 8]}),
            "n is one of 1, 2, 3, 4, 5, 6 or 2 more",
        );
    }
}
