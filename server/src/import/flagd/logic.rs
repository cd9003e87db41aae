//! Conditions under construction, simplified as they grow.

use serde_json::Value;
use serin_engine::condition::{Comparison, Condition, Operator};

/// A condition, or a constant that needs none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Logic {
    Constant(bool),
    When(Condition),
}

impl Logic {
    pub(crate) fn leaf(attribute: &str, op: Operator, values: Vec<Value>) -> Self {
        Self::When(Condition::Attribute(Comparison {
            attribute: attribute.to_owned(),
            op,
            values,
            ignore_case: false,
        }))
    }

    pub(crate) fn exists(attribute: &str) -> Self {
        Self::leaf(attribute, Operator::Exists, Vec::new())
    }

    pub(crate) fn missing(attribute: &str) -> Self {
        Self::exists(attribute).negate()
    }

    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Constant(constant) => Self::Constant(!constant),
            Self::When(Condition::Not { not }) => Self::When(*not),
            Self::When(condition) => Self::When(Condition::Not {
                not: Box::new(condition),
            }),
        }
    }

    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::Constant(true) => {}
                Self::Constant(false) => return Self::Constant(false),
                Self::When(Condition::All { all: inner }) => all.extend(inner),
                Self::When(condition) => all.push(condition),
            }
        }
        match all.len() {
            0 => Self::Constant(true),
            1 => Self::When(all.remove(0)),
            _ => Self::When(Condition::All { all }),
        }
    }

    pub(crate) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Constant(false) => {}
                Self::Constant(true) => return Self::Constant(true),
                Self::When(Condition::Any { any: inner }) => any.extend(inner),
                Self::When(condition) => any.push(condition),
            }
        }
        match any.len() {
            0 => Self::Constant(false),
            1 => Self::When(any.remove(0)),
            _ => Self::When(Condition::Any { any }),
        }
    }

    /// The condition itself; an empty `all` or `any` for a constant.
    pub(crate) fn into_condition(self) -> Condition {
        match self {
            Self::When(condition) => condition,
            Self::Constant(true) => Condition::All { all: Vec::new() },
            Self::Constant(false) => Condition::Any { any: Vec::new() },
        }
    }

    /// Whether it surely does not hold where the attributes that it names are missing.
    pub(crate) fn needs_attributes(&self) -> bool {
        match self {
            Self::Constant(constant) => !constant,
            Self::When(condition) => needs_attributes(condition),
        }
    }
}

fn needs_attributes(condition: &Condition) -> bool {
    match condition {
        Condition::Attribute(_) => true,
        Condition::All { all } => all.iter().any(needs_attributes),
        Condition::Any { any } => any.iter().all(needs_attributes),
        Condition::Not { .. }
        | Condition::Segment { .. }
        | Condition::Flag { .. }
        | Condition::Share { .. } => false,
    }
}
