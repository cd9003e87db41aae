//! The types that getters ask for.

use serde_json::Value;
use serin_engine::flag::FlagType;

/// A type that a getter returns.
pub(crate) trait Typed {
    /// What the getter returns.
    type Out;
    /// The flags that have it; absent for any.
    const KIND: Option<FlagType>;

    /// The value, where it is of this type.
    fn read(value: &Value) -> Option<Self::Out>;
}

/// `true` or `false`.
pub(crate) struct Bool;
/// Text.
pub(crate) struct Text;
/// An IEEE double.
pub(crate) struct Number;
/// A JSON object.
pub(crate) struct Object;
/// Whatever the flag's type is.
pub(crate) struct Any;

impl Typed for Bool {
    type Out = bool;
    const KIND: Option<FlagType> = Some(FlagType::Boolean);

    fn read(value: &Value) -> Option<bool> {
        value.as_bool()
    }
}

impl Typed for Text {
    type Out = String;
    const KIND: Option<FlagType> = Some(FlagType::String);

    fn read(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
}

impl Typed for Number {
    type Out = f64;
    const KIND: Option<FlagType> = Some(FlagType::Number);

    fn read(value: &Value) -> Option<f64> {
        value.as_f64()
    }
}

impl Typed for Object {
    type Out = Value;
    const KIND: Option<FlagType> = Some(FlagType::Object);

    fn read(value: &Value) -> Option<Value> {
        value.is_object().then(|| value.clone())
    }
}

impl Typed for Any {
    type Out = Value;
    const KIND: Option<FlagType> = None;

    fn read(value: &Value) -> Option<Value> {
        Some(value.clone())
    }
}

/// The name of a flag's type in messages, with its article.
pub(crate) fn name(kind: FlagType) -> &'static str {
    match kind {
        FlagType::Boolean => "a boolean",
        FlagType::String => "a string",
        FlagType::Number => "a number",
        FlagType::Object => "an object",
    }
}
