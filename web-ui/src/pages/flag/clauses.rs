//! Conditions that people edit as sentences: leaves joined by "and".

use serde_json::Value;
use serin_engine::condition::{Comparison, Condition, Operator};

use crate::describe::condition;

/// One leaf of such a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Clause {
    /// An attribute, compared.
    Attribute {
        /// The comparison.
        comparison: Comparison,
        /// Whether it is turned round.
        negated: bool,
    },
    /// Membership of a segment.
    Segment {
        /// The segment's key.
        segment: String,
        /// Whether it is turned round.
        negated: bool,
    },
}

/// All operators, in the order in which they are offered.
pub(crate) const OPERATORS: [(Operator, &str); 18] = [
    (Operator::In, "in"),
    (Operator::StartsWith, "starts_with"),
    (Operator::EndsWith, "ends_with"),
    (Operator::Contains, "contains"),
    (Operator::Matches, "matches"),
    (Operator::Lt, "lt"),
    (Operator::Lte, "lte"),
    (Operator::Gt, "gt"),
    (Operator::Gte, "gte"),
    (Operator::Before, "before"),
    (Operator::After, "after"),
    (Operator::SemverEq, "semver_eq"),
    (Operator::SemverLt, "semver_lt"),
    (Operator::SemverLte, "semver_lte"),
    (Operator::SemverGt, "semver_gt"),
    (Operator::SemverGte, "semver_gte"),
    (Operator::InCidr, "in_cidr"),
    (Operator::Exists, "exists"),
];

impl Clause {
    /// A clause to begin with.
    pub(crate) fn attribute() -> Self {
        let comparison = Comparison {
            attribute: String::new(),
            op: Operator::In,
            values: Vec::new(),
            ignore_case: false,
        };
        Self::Attribute {
            comparison,
            negated: false,
        }
    }

    fn condition(&self) -> Condition {
        let (leaf, negated) = match self {
            Self::Attribute {
                comparison,
                negated,
            } => (Condition::Attribute(comparison.clone()), *negated),
            Self::Segment { segment, negated } => (
                Condition::Segment {
                    segment: segment.clone(),
                },
                *negated,
            ),
        };
        if negated {
            Condition::Not {
                not: Box::new(leaf),
            }
        } else {
            leaf
        }
    }

    fn of(condition: &Condition) -> Option<Self> {
        match condition {
            Condition::Not { not } => match Self::of(not)? {
                // A double negation is written by nobody; it stays as it is.
                Self::Attribute { negated: true, .. } | Self::Segment { negated: true, .. } => None,
                Self::Attribute { comparison, .. } => Some(Self::Attribute {
                    comparison,
                    negated: true,
                }),
                Self::Segment { segment, .. } => Some(Self::Segment {
                    segment,
                    negated: true,
                }),
            },
            Condition::Attribute(comparison) => Some(Self::Attribute {
                comparison: comparison.clone(),
                negated: false,
            }),
            Condition::Segment { segment } => Some(Self::Segment {
                segment: segment.clone(),
                negated: false,
            }),
            _ => None,
        }
    }

    /// What is missing in it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Segment { segment, .. } if segment.is_empty() => Some("a segment is not chosen"),
            Self::Attribute { comparison, .. } if comparison.attribute.trim().is_empty() => {
                Some("an attribute is missing")
            }
            Self::Attribute { comparison, .. }
                if comparison.values.is_empty() && comparison.op != Operator::Exists =>
            {
                Some("a condition has no value to compare with")
            }
            _ => None,
        }
    }
}

/// The clauses of a condition; absent where it is more than leaves joined by "and".
pub(crate) fn clauses(condition: &Condition) -> Option<Vec<Clause>> {
    match condition {
        Condition::All { all } => all.iter().map(Clause::of).collect(),
        other => Clause::of(other).map(|clause| vec![clause]),
    }
}

/// The condition of some clauses; a lone one stands for itself.
pub(crate) fn condition_of(clauses: &[Clause]) -> Condition {
    match clauses {
        [only] => only.condition(),
        many => Condition::All {
            all: many.iter().map(Clause::condition).collect(),
        },
    }
}

/// The name of an operator in a list of choices; a turned one begins with `!`.
pub(crate) fn choice(op: Operator, negated: bool) -> String {
    let name = OPERATORS
        .iter()
        .find(|(other, _)| *other == op)
        .map_or("in", |(_, name)| name);
    format!("{}{name}", if negated { "!" } else { "" })
}

/// The operator of a choice.
pub(crate) fn chosen(choice: &str) -> Option<(Operator, bool)> {
    let (negated, name) = match choice.strip_prefix('!') {
        Some(name) => (true, name),
        None => (false, choice),
    };
    OPERATORS
        .iter()
        .find(|(_, other)| *other == name)
        .map(|(op, _)| (*op, negated))
}

/// All choices with their words.
pub(crate) fn choices() -> Vec<(String, String)> {
    OPERATORS
        .iter()
        .flat_map(|(op, _)| [(*op, false), (*op, true)])
        .map(|(op, negated)| {
            (
                choice(op, negated),
                condition::verb(op, 2, negated).to_owned(),
            )
        })
        .collect()
}

/// Values as they are shown in the editor.
pub(crate) fn value_texts(values: &[Value]) -> Vec<String> {
    values
        .iter()
        .map(|value| match value {
            // In quotes only where it would be read as something else.
            Value::String(text) if read_value(Operator::In, text) == *value => text.clone(),
            other => other.to_string(),
        })
        .collect()
}

/// Reads a typed value: numbers, `true`, `false` and quoted texts are what they look like
/// where the operator compares all types, numbers where it compares numbers, and text elsewhere.
pub(crate) fn read_value(op: Operator, text: &str) -> Value {
    let number = || {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_number)
    };
    let literal = || {
        serde_json::from_str::<Value>(text)
            .ok()
            .filter(|value| value.is_number() || value.is_boolean() || value.is_string())
    };
    let read = match op {
        Operator::In => literal(),
        Operator::Lt
        | Operator::Lte
        | Operator::Gt
        | Operator::Gte
        | Operator::Before
        | Operator::After => number(),
        _ => None,
    };
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn condition(json: Value) -> Condition {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn leaves_joined_by_and_survive_the_way_there_and_back() {
        let all = condition(json!({"all": [
            {"segment": "beta"},
            {"not": {"attribute": "country", "op": "in", "values": ["DE"]}},
        ]}));
        let clauses_of_all = clauses(&all).unwrap();
        assert_eq!(clauses_of_all.len(), 2);
        assert_eq!(condition_of(&clauses_of_all), all);
        let one = condition(json!({"attribute": "plan", "op": "exists"}));
        assert_eq!(condition_of(&clauses(&one).unwrap()), one);
    }

    #[test]
    fn what_is_more_than_that_is_not_touched() {
        for complex in [
            json!({"any": [{"segment": "a"}]}),
            json!({"all": [{"all": []}]}),
            json!({"not": {"not": {"segment": "a"}}}),
            json!({"flag": "other", "variations": ["on"]}),
            json!({"share": {"slots": 1, "salt": "x"}}),
        ] {
            assert_eq!(clauses(&condition(complex)), None);
        }
    }

    #[test]
    fn choices_name_every_operator_both_ways() {
        assert_eq!(choices().len(), 36);
        for (name, _) in choices() {
            let (op, negated) = chosen(&name).unwrap();
            assert_eq!(choice(op, negated), name);
        }
        assert_eq!(chosen("nonsense"), None);
    }

    #[test]
    fn values_are_read_as_the_operator_compares_them() {
        assert_eq!(read_value(Operator::In, "42"), json!(42));
        assert_eq!(read_value(Operator::In, "\"42\""), json!("42"));
        assert_eq!(read_value(Operator::In, "true"), json!(true));
        assert_eq!(read_value(Operator::StartsWith, "42"), json!("42"));
        assert_eq!(read_value(Operator::Gt, "4.5"), json!(4.5));
        assert_eq!(read_value(Operator::SemverGte, "1.2"), json!("1.2"));
        assert_eq!(
            value_texts(&[json!("DE"), json!("42"), json!(42)]),
            ["DE", "\"42\"", "42"]
        );
    }
}
