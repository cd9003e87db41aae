//! Conditions: plain two-valued logic over a context.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::json::Members;

/// A condition; on the wire an object with exactly one of `all`, `any`, `not`,
/// `segment`, `flag`, `share` and `attribute`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Condition {
    /// All hold; true where empty.
    All {
        /// The parts.
        all: Vec<Self>,
    },
    /// Any holds; false where empty.
    Any {
        /// The parts.
        any: Vec<Self>,
    },
    /// Plain negation.
    Not {
        /// What is negated.
        not: Box<Self>,
    },
    /// The context is in the segment.
    Segment {
        /// The segment's key.
        segment: String,
    },
    /// The flag exists, is enabled and serves one of the variations.
    Flag {
        /// The flag's key.
        flag: String,
        /// Any of these will do.
        variations: Vec<String>,
    },
    /// The unit's slot is below a bound.
    Share {
        /// The bound and what it is salted with.
        share: Share,
    },
    /// An attribute of the context, compared.
    Attribute(Comparison),
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

impl Condition {
    fn from_members(mut members: Members) -> Result<Self, serde_json::Error> {
        const KINDS: [&str; 7] = ["all", "any", "not", "segment", "flag", "share", "attribute"];
        let kind = KINDS.into_iter().find(|kind| members.has(kind));
        Ok(match kind {
            Some("all") => Self::All {
                all: members.take("all")?,
            },
            Some("any") => Self::Any {
                any: members.take("any")?,
            },
            Some("not") => Self::Not {
                not: members.take("not")?,
            },
            Some("segment") => Self::Segment {
                segment: members.take("segment")?,
            },
            Some("flag") => Self::Flag {
                flag: members.take("flag")?,
                variations: members.take_or_default("variations")?,
            },
            Some("share") => Self::Share {
                share: members.take("share")?,
            },
            Some(_) => Self::Attribute(members.rest()?),
            None => {
                return Err(serde_json::Error::custom(
                    "a condition has one of all, any, not, segment, flag, share and attribute",
                ));
            }
        })
    }
}

/// A percentage as a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// True for slots below this.
    pub slots: u32,
    /// The attribute that names the unit; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Required: a split on the same salt would not be independent of it.
    pub salt: String,
}

/// A leaf: an attribute, an operator and alternatives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// An attribute reference.
    pub attribute: String,
    /// How it is compared.
    pub op: Operator,
    /// Alternatives: one that matches is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Unicode simple case folding, for the operators on text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
}

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal to one, by type and value.
    In,
    /// Text that starts with one.
    StartsWith,
    /// Text that ends with one.
    EndsWith,
    /// Text that contains one.
    Contains,
    /// Text in which a regular expression is found.
    Matches,
    /// A smaller number.
    Lt,
    /// A smaller number, or the same.
    Lte,
    /// A larger number.
    Gt,
    /// A larger number, or the same.
    Gte,
    /// A time strictly before.
    Before,
    /// A time strictly after.
    After,
    /// The same semantic version.
    SemverEq,
    /// A lower semantic version.
    SemverLt,
    /// A lower semantic version, or the same.
    SemverLte,
    /// A higher semantic version.
    SemverGt,
    /// A higher semantic version, or the same.
    SemverGte,
    /// An address in a network.
    InCidr,
    /// Present and not null.
    Exists,
}

impl Operator {
    /// All operators, in the order of the specification.
    pub const ALL: [Self; 18] = [
        Self::In,
        Self::StartsWith,
        Self::EndsWith,
        Self::Contains,
        Self::Matches,
        Self::Lt,
        Self::Lte,
        Self::Gt,
        Self::Gte,
        Self::Before,
        Self::After,
        Self::SemverEq,
        Self::SemverLt,
        Self::SemverLte,
        Self::SemverGt,
        Self::SemverGte,
        Self::InCidr,
        Self::Exists,
    ];

    /// The operator by its name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str() == name)
    }

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Contains => "contains",
            Self::Matches => "matches",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Before => "before",
            Self::After => "after",
            Self::SemverEq => "semver_eq",
            Self::SemverLt => "semver_lt",
            Self::SemverLte => "semver_lte",
            Self::SemverGt => "semver_gt",
            Self::SemverGte => "semver_gte",
            Self::InCidr => "in_cidr",
            Self::Exists => "exists",
        }
    }
}
