//! What the engine is asked, and what it answers.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A document that is checked, as people write it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    /// A flag's definition, its value schema too.
    Flag {
        /// The definition.
        definition: Value,
    },
    /// A flag's configuration.
    FlagConfig {
        /// The flag's key.
        flag: String,
        /// The definition that it is to fit.
        definition: Value,
        /// The configuration, with weights.
        config: Value,
    },
    /// A segment's members and rules.
    SegmentConfig {
        /// The segment's key.
        segment: String,
        /// The members and rules.
        config: Value,
    },
}

impl Subject {
    pub(super) fn argument(self) -> String {
        let argument = match self {
            Self::Flag { definition } => json!({ "kind": "flag", "definition": definition }),
            Self::FlagConfig {
                flag,
                definition,
                config,
            } => {
                json!({ "kind": "flag_config", "flag": flag, "definition": definition, "config": config })
            }
            Self::SegmentConfig { segment, config } => {
                json!({ "kind": "segment_config", "segment": segment, "config": config })
            }
        };
        argument.to_string()
    }
}

/// A mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Mistake {
    /// A JSON pointer into the document.
    pub(crate) path: String,
    /// For programs.
    pub(crate) code: String,
    /// For people.
    pub(crate) message: String,
}

/// Edits that are not saved; nothing in them is the ruleset as it is stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drafts {
    /// Flags: key, definition and configuration.
    pub(crate) flags: Vec<(String, Value, Value)>,
    /// Segments: key and configuration.
    pub(crate) segments: Vec<(String, Value)>,
    /// Segments of which only the edit is known: key, and the members who come and go and the
    /// rules, as far as they are edited.
    pub(crate) segment_edits: Vec<(String, Value)>,
    /// An impact is against the stored flag as if it were on.
    pub(crate) as_if_on: bool,
}

impl Drafts {
    pub(super) fn into_json(self) -> Value {
        let flags = self.flags.into_iter().map(|(key, definition, config)| {
            (key, json!({ "definition": definition, "config": config }))
        });
        json!({
            "flags": Value::Object(flags.collect::<Map<_, _>>()),
            "segments": Value::Object(self.segments.into_iter().collect::<Map<_, _>>()),
            "segment_edits": Value::Object(self.segment_edits.into_iter().collect::<Map<_, _>>()),
        })
    }
}

/// What a flag serves to somebody, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Question {
    /// The flag's key.
    pub(crate) flag: String,
    /// The evaluation context, an object.
    pub(crate) context: Value,
    /// The edits to explain.
    pub(crate) drafts: Drafts,
}

impl Question {
    pub(super) fn argument(self) -> String {
        let drafts = self.drafts.into_json();
        json!({ "flag": self.flag, "context": self.context, "drafts": drafts }).to_string()
    }
}

/// Whom an edit is tried on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Units {
    /// These contexts.
    Contexts(Vec<Value>),
    /// Made-up units: `unit-0`, `unit-1` …, each with the attributes of one context.
    Synthetic {
        /// The number of the first one.
        from: u32,
        /// How many.
        count: u32,
        /// The attributes that they all have, an object.
        base: Value,
        /// The attribute that tells them apart; the targeting key where absent.
        by: Option<String>,
    },
}

impl Units {
    pub(super) fn argument(self, flag: &str, drafts: Drafts) -> String {
        let as_if_on = drafts.as_if_on;
        let drafts = drafts.into_json();
        let argument = match self {
            Self::Contexts(contexts) => {
                json!({ "flag": flag, "contexts": contexts, "drafts": drafts, "as_if_on": as_if_on })
            }
            Self::Synthetic {
                from,
                count,
                base,
                by,
            } => {
                json!({ "flag": flag, "from": from, "units": count, "base": base, "by": by, "drafts": drafts, "as_if_on": as_if_on })
            }
        };
        argument.to_string()
    }
}

/// Where a regular expression is found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Matches {
    /// Byte ranges of the text, the first 1000.
    #[serde(default)]
    pub(crate) matches: Vec<(usize, usize)>,
    /// Why it is no regular expression.
    #[serde(default)]
    pub(crate) error: Option<String>,
}
