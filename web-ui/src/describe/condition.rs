//! Conditions as sentences: `country is one of DE or FR and in segment beta`.

use serde_json::Value;
use serin_engine::condition::{Comparison, Condition, Operator};

use super::alternatives;
use crate::weights::percent;

/// How many values a sentence names before it counts the rest.
const VALUES: usize = 6;

/// A condition as a sentence without its full stop.
pub(crate) fn sentence(condition: &Condition) -> String {
    match condition {
        Condition::All { all } if all.is_empty() => "always".to_owned(),
        Condition::Any { any } if any.is_empty() => "never".to_owned(),
        Condition::All { all } => joined(all, " and "),
        Condition::Any { any } => joined(any, " or "),
        Condition::Not { not } => negated(not),
        Condition::Segment { segment } => format!("in segment {segment}"),
        Condition::Flag { flag, variations } => {
            format!("flag {flag} serves {}", alternatives(variations, VALUES))
        }
        Condition::Share { share } => {
            let unit = share.by.as_deref().unwrap_or("targetingKey");
            format!("within {} of {unit}", percent(share.slots))
        }
        Condition::Attribute(comparison) => compared(comparison, false),
    }
}

fn joined(parts: &[Condition], with: &str) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Condition::All { all } if all.len() > 1 => format!("({})", sentence(part)),
            Condition::Any { any } if any.len() > 1 => format!("({})", sentence(part)),
            _ => sentence(part),
        })
        .collect();
    parts.join(with)
}

fn negated(condition: &Condition) -> String {
    match condition {
        Condition::Segment { segment } => format!("not in segment {segment}"),
        Condition::Attribute(comparison) => compared(comparison, true),
        other => format!("not ({})", sentence(other)),
    }
}

fn compared(comparison: &Comparison, negated: bool) -> String {
    let verb = verb(comparison.op, comparison.values.len(), negated);
    let attribute = &comparison.attribute;
    if comparison.op == Operator::Exists {
        return format!("{attribute} {verb}");
    }
    let values: Vec<String> = comparison.values.iter().map(value).collect();
    let case = if comparison.ignore_case {
        " (any case)"
    } else {
        ""
    };
    format!("{attribute} {verb} {}{case}", alternatives(&values, VALUES))
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
