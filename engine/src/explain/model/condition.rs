//! Conditions, and what they came to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{is_false, is_zero};
use crate::evaluation::Reason;

/// A condition and what it came to; `kind` says which construct it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// What it came to.
    pub result: Truth,
    /// Whether the evaluator did not look at it, since what came before decided.
    #[serde(skip_serializing_if = "is_false")]
    pub skipped: bool,
    /// What it is.
    #[serde(flatten)]
    pub construct: Construct,
}

/// True, false, or false for want of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It does not hold, because the attribute or the unit is missing. A group is
    /// never missing: it takes such a part for false.
    Missing,
}

impl Truth {
    /// Whether the condition holds.
    pub fn holds(self) -> bool {
        self == Self::True
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What a condition is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Construct {
    /// All hold.
    All(Parts),
    /// Any holds.
    Any(Parts),
    /// The one part does not hold.
    Not(Parts),
    /// An attribute, compared.
    Attribute(Leaf),
    /// The context is in a segment.
    Segment(SegmentPart),
    /// Another flag serves one of some variations.
    Flag(FlagPart),
    /// The unit's slot is below a bound.
    Share(SharePart),
}

/// The parts of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// In order; without those that were left out.
    #[serde(default)]
    pub parts: Vec<Condition>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

/// An attribute, compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// The reference, as it is written.
    pub attribute: String,
    /// The operator's name.
    pub operator: String,
    /// The alternatives; only the first ones where there are many.
    #[serde(default)]
    pub wanted: Vec<Value>,
    /// How many more alternatives there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Whether letter case is ignored.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ignore_case: bool,
    /// What the attribute is; absent where it is missing. Long values are shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// Whether the operator cannot read what it saw, so that no alternative would do: a
    /// string where it takes numbers, or a text that is no version.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unfit: bool,
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentPart {
    /// The segment's key.
    pub segment: String,
    /// What in the segment decided; absent where it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Box<Because>>,
}

/// The part of a segment that decided; `part` says which.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Because {
    /// An entry of `included` lists the context: it is in.
    Included {
        /// The entry's place, from 0.
        index: usize,
        /// What is compared.
        attribute: String,
        /// What it is.
        seen: Option<Value>,
    },
    /// An entry of `excluded` lists the context: it is out.
    Excluded {
        /// The entry's place, from 0.
        index: usize,
        /// What is compared.
        attribute: String,
        /// What it is.
        seen: Option<Value>,
    },
    /// A rule holds: it is in.
    Rule {
        /// The rule's place, from 0.
        index: usize,
        /// The rule's condition; absent where it was left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        condition: Option<Condition>,
    },
    /// Nothing lists it, and no rule holds: it is out.
    ///
    /// The parts are the rules' conditions.
    Nothing(Parts),
}

/// What another flag has to serve, and what it serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagPart {
    /// The other flag's key.
    pub flag: String,
    /// Any of these will do; only the first ones where there are many.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// How many more of these there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// What it serves; absent where there is no such flag, it is not on, it is in
    /// error, or what it serves is the caller's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<String>,
    /// Why it serves that; absent where that takes very many other flags to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// A percentage as a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharePart {
    /// The attribute that names the unit.
    pub by: String,
    /// The unit; absent where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// The unit's slot; absent where there is no unit, or an unfit one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// True for slots below this.
    pub below: u32,
}
