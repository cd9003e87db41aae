//! Contexts that borrow all that they are made of.

use serde_json::Value;

/// The attributes of a unit, borrowed from wherever a program has them: the way to
/// evaluate without making a JSON object first. Nothing is copied and nothing allocated.
///
/// ```
/// use serin_engine::context::ContextRef;
///
/// let attributes = [
///     ("targetingKey", "user-1".into()),
///     ("country", "DE".into()),
///     ("age", 42.0.into()),
/// ];
/// let context = ContextRef::new(&attributes);
/// ```
///
/// Of attributes with one name the last one counts, as in JSON.
#[derive(Clone, Copy, Debug)]
pub struct ContextRef<'c> {
    attributes: &'c [(&'c str, AttributeValue<'c>)],
}

/// The value of an attribute, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AttributeValue<'c> {
    /// A string.
    Text(&'c str),
    /// A number; one that is not finite is as if missing.
    Number(f64),
    /// A boolean.
    Bool(bool),
    /// Anything else: objects, which dotted references walk, and arrays.
    Json(&'c Value),
}

impl<'c> ContextRef<'c> {
    /// A context of these attributes, the targeting key among them.
    pub fn new(attributes: &'c [(&'c str, AttributeValue<'c>)]) -> Self {
        Self { attributes }
    }

    /// A top-level attribute.
    pub fn get(&self, name: &str) -> Option<AttributeValue<'c>> {
        let mut backwards = self.attributes.iter().rev();
        backwards
            .find(|(one, _)| *one == name)
            .map(|(_, value)| *value)
    }
}

impl<'c> From<&'c str> for AttributeValue<'c> {
    fn from(text: &'c str) -> Self {
        Self::Text(text)
    }
}

impl<'c> From<&'c String> for AttributeValue<'c> {
    fn from(text: &'c String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for AttributeValue<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for AttributeValue<'_> {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for AttributeValue<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<'c> From<&'c Value> for AttributeValue<'c> {
    fn from(value: &'c Value) -> Self {
        Self::Json(value)
    }
}
