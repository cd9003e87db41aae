//! The segment model: groups of units that flags name.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;

/// A segment's identity in its project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentDefinition {
    /// For people; the key where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// For finding it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// A segment's members and rules in one environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SegmentConfig {
    /// Always in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<Members>,
    /// Out, where not included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Members>,
    /// In where any holds, for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<SegmentRule>,
}

/// A segment as evaluators get it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The environment's revision at which this segment last changed.
    #[serde(default)]
    pub version: u64,
    /// Its members and rules.
    #[serde(flatten)]
    pub config: SegmentConfig,
}

/// Units listed by an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// What is compared; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The units.
    #[serde(default)]
    pub values: Vec<String>,
}

/// A rule of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentRule {
    /// Who is in.
    pub when: Condition,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
