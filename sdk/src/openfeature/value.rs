//! Values between JSON and OpenFeature's types, which have integers but no null.

use open_feature::{StructValue, Value as Field};
use serde_json::{Map, Value};

/// Beyond this a double does not tell integers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number.
///
/// # Errors
/// What else it is.
pub(super) fn integer(value: &Value) -> Result<i64, String> {
    let whole = value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small")]
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
    });
    whole.ok_or_else(|| format!("the value {value} is no whole number"))
}

/// An object.
///
/// # Errors
/// Where there is a null in a list, which OpenFeature has no word for.
pub(super) fn structure(value: Value) -> Result<StructValue, String> {
    match value {
        Value::Object(members) => object(members),
        other => Err(format!("the value {other} is no object")),
    }
}

/// A member that is null is left out.
fn object(members: Map<String, Value>) -> Result<StructValue, String> {
    let mut object = StructValue::default();
    for (name, value) in members {
        if !value.is_null() {
            object.add_field(name, field(value)?);
        }
    }
    Ok(object)
}

fn field(value: Value) -> Result<Field, String> {
    Ok(match value {
        Value::Null => return Err("there is a null in a list".to_owned()),
        Value::Bool(value) => Field::Bool(value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Field::Int(number),
            None => Field::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Field::String(text),
        Value::Array(values) => {
            Field::Array(values.into_iter().map(field).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Field::Struct(object(members)?),
    })
}

/// JSON of a value.
pub(super) fn json(value: &Field) -> Value {
    match value {
        Field::Bool(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Float(value) => (*value).into(),
        Field::String(value) => value.as_str().into(),
        Field::Array(values) => values.iter().map(json).collect(),
        Field::Struct(value) => members(value),
    }
}

/// JSON of a structure.
pub(super) fn members(value: &StructValue) -> Value {
    let members = value.fields.iter();
    Value::Object(
        members
            .map(|(name, value)| (name.clone(), json(value)))
            .collect(),
    )
}
