//! The ruleset document, as it crosses the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::compile::integer;
use crate::json::{JsonError, type_name};

/// The format that this crate reads and writes.
pub const FORMAT: u32 = 1;

/// All flags and segments of an environment, not compiled.
///
/// Reading is lenient: unknown members are ignored, one that is null is as if absent,
/// an absent list is empty, and `5.0` is 5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Document {
    /// Always [`FORMAT`].
    pub format: u32,
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The environment's revision.
    pub revision: u64,
    /// The flags by key; see [`crate::flag::Flag`].
    pub flags: BTreeMap<String, Value>,
    /// The segments by key; see [`crate::segment::Segment`].
    pub segments: BTreeMap<String, Value>,
    /// The live releases.
    pub releases: Vec<Value>,
    /// See [`crate::ruleset::fingerprint`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// Why a document is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesetError {
    /// The text is not JSON.
    #[error("the ruleset is not JSON: {0}")]
    Json(#[source] JsonError),
    /// The document is of another format, or no ruleset at all.
    #[error("the ruleset is not of format {FORMAT}: at {place:?} {message}")]
    Format {
        /// A JSON pointer to the place.
        place: &'static str,
        /// What is there, and what is expected.
        message: String,
    },
    /// A member of the document has another type.
    #[error("the ruleset cannot be read: at {place:?} {message}")]
    Member {
        /// A JSON pointer to the place.
        place: String,
        /// What is there, and what is expected.
        message: String,
    },
    /// The flags and segments are others than the fingerprint was made of.
    #[error("the ruleset's fingerprint is {found}, but its entries make {expected}")]
    Fingerprint {
        /// What the entries make.
        expected: String,
        /// What the document says.
        found: String,
    },
}

impl Document {
    /// Reads a document leniently.
    ///
    /// # Errors
    /// Where it is no object, `format` is not 1, or a member has another type.
    pub fn from_json(json: Value) -> Result<Self, RulesetError> {
        let Value::Object(mut members) = json else {
            return Err(RulesetError::Format {
                place: "",
                message: expected("an object", &json),
            });
        };
        check_format(members.get("format"))?;
        Ok(Self {
            format: FORMAT,
            project: text(&mut members, "project")?.unwrap_or_default(),
            environment: text(&mut members, "environment")?.unwrap_or_default(),
            revision: match take(&mut members, "revision") {
                None => 0,
                Some(value) => integer(&value)
                    .ok_or_else(|| wrong("revision", "an integer that is not negative", &value))?,
            },
            flags: entries(&mut members, "flags")?,
            segments: entries(&mut members, "segments")?,
            releases: match take(&mut members, "releases") {
                None => Vec::new(),
                Some(Value::Array(releases)) => releases,
                Some(other) => return Err(wrong("releases", "an array", &other)),
            },
            fingerprint: text(&mut members, "fingerprint")?,
        })
    }
}

impl TryFrom<Value> for Document {
    type Error = RulesetError;

    fn try_from(json: Value) -> Result<Self, RulesetError> {
        Self::from_json(json)
    }
}

pub(super) fn check_format(format: Option<&Value>) -> Result<(), RulesetError> {
    let message = match format {
        Some(value) if integer(value) == Some(u64::from(FORMAT)) => return Ok(()),
        Some(value) => format!("expected {FORMAT}, found {value}"),
        None => format!("expected {FORMAT}, found nothing"),
    };
    Err(RulesetError::Format {
        place: "/format",
        message,
    })
}

fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members
        .get_mut(name)
        .map(Value::take)
        .filter(|value| !value.is_null())
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, RulesetError> {
    match take(members, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong(name, "a string", &other)),
    }
}

fn entries(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<BTreeMap<String, Value>, RulesetError> {
    match take(members, name) {
        None => Ok(BTreeMap::new()),
        Some(Value::Object(entries)) => Ok(entries
            .into_iter()
            .filter(|(_, entry)| !entry.is_null())
            .collect()),
        Some(other) => Err(wrong(name, "an object", &other)),
    }
}

fn wrong(name: &str, what: &str, found: &Value) -> RulesetError {
    RulesetError::Member {
        place: format!("/{name}"),
        message: expected(what, found),
    }
}

fn expected(what: &str, found: &Value) -> String {
    format!("expected {what}, found {}", type_name(found))
}
