//! What a flag is evaluated for.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

mod borrowed;
mod origin;
mod prepared;
mod resolved;

pub use borrowed::{AttributeValue, ContextRef};
pub(crate) use origin::Origin;
pub use prepared::PreparedContext;
pub(crate) use resolved::{Attributes, OneShot, Resolved};

/// A unit and its attributes: a JSON object whose `targetingKey` names the unit.
///
/// This is OpenFeature's shape, and OFREP's. Other kinds of unit are nested objects:
/// `{"targetingKey": "u1", "org": {"id": "o7", "plan": "pro"}}`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Context {
    /// Always an object.
    json: Value,
}

/// Why a JSON value is no [`Context`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// It is of another JSON type.
    #[error("a context is a JSON object, not {0}")]
    NotAnObject(&'static str),
}

impl Context {
    /// The member that names the unit.
    pub const TARGETING_KEY: &'static str = "targetingKey";

    /// A context with a targeting key and no other attribute.
    pub fn new(targeting_key: impl Into<String>) -> Self {
        Self::default().with(Self::TARGETING_KEY, targeting_key.into())
    }

    /// Takes a JSON object as it is.
    ///
    /// # Errors
    /// Where the value is no object.
    pub fn from_json(json: Value) -> Result<Self, ContextError> {
        match json {
            Value::Object(_) => Ok(Self { json }),
            other => Err(ContextError::NotAnObject(crate::json::type_name(&other))),
        }
    }

    /// Adds an attribute, or replaces it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        if let Value::Object(members) = &mut self.json {
            members.insert(name.into(), value.into());
        }
        self
    }

    /// A top-level attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.json.as_object()?.get(name)
    }

    /// The targeting key, where it is a string.
    pub fn targeting_key(&self) -> Option<&str> {
        self.get(Self::TARGETING_KEY)?.as_str()
    }

    /// The JSON object.
    pub fn as_json(&self) -> &Value {
        &self.json
    }

    /// The JSON object, given away.
    pub fn into_json(self) -> Value {
        self.json
    }
}

impl Default for Context {
    /// A context without any attribute.
    fn default() -> Self {
        Self {
            json: Value::Object(Map::new()),
        }
    }
}

impl TryFrom<Value> for Context {
    type Error = ContextError;

    fn try_from(json: Value) -> Result<Self, ContextError> {
        Self::from_json(json)
    }
}

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}
