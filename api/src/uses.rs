//! What names what: the uses of a flag or segment, and the graph of an environment.

use serde::{Deserialize, Serialize};

/// What can name others, or be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum NodeKind {
    /// A flag.
    Flag,
    /// A segment.
    Segment,
    /// A release that is a draft or live.
    Release,
}

/// A flag, segment or release by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NodeRef {
    /// What it is.
    pub kind: NodeKind,
    /// Its key; a release's id.
    pub key: String,
}

/// `GET …/flags/{f}/uses`, `GET …/segments/{s}/uses`: everything that names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Uses {
    /// By environment, kind and key.
    pub items: Vec<Use>,
}

/// One that names it in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Use {
    /// The environment's key.
    pub environment: String,
    /// What names it.
    pub kind: NodeKind,
    /// The key of that one; a release's id.
    pub key: String,
    /// The name of that one for people, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is an archived flag, which stands in nobody's way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Where in its configuration; empty for a release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// A place in a configuration that names another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Place {
    /// A JSON pointer into the configuration: a prerequisite or a rule.
    pub path: String,
    /// The rule's id, in a flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The rule's name for people, or its description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `GET …/environments/{e}/graph`: all flags and segments that name another or are named,
/// and who names whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Graph {
    /// By kind and key.
    pub nodes: Vec<Node>,
    /// By who names, then by who is named.
    pub edges: Vec<Edge>,
}

/// A flag or segment of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its key.
    pub key: String,
    /// Its name for people, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the flag is on in this environment; absent for segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether it is an archived flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// One that names another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Edge {
    /// Who names.
    pub from: NodeRef,
    /// Who is named.
    pub to: NodeRef,
    /// Where.
    pub places: Vec<Place>,
}
