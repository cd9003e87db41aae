//! OpenFeature's context as ours.

use std::any::Any;

use chrono::DateTime;
use open_feature::{EvaluationContext, EvaluationContextFieldValue as Field, StructValue};
use serde_json::{Map, Value};

use super::value;
use crate::Context;

/// Every field under its name. One that has no JSON is left out: a structure of a type
/// that is neither `serde_json`'s nor OpenFeature's, or a number that is none.
pub(super) fn read(context: &EvaluationContext) -> Context {
    let mut read = Context::default();
    for (name, field) in &context.custom_fields {
        match json(field) {
            Some(json) => read = read.with(name, json),
            None => tracing::debug!("the context's field {name:?} has no JSON, and is left out"),
        }
    }
    match &context.targeting_key {
        Some(key) => read.with(Context::TARGETING_KEY, key.as_str()),
        None => read,
    }
}

fn json(field: &Field) -> Option<Value> {
    match field {
        Field::Bool(value) => Some((*value).into()),
        Field::Int(value) => Some((*value).into()),
        Field::Float(value) => Some((*value).into()).filter(|value: &Value| !value.is_null()),
        Field::String(value) => Some(value.as_str().into()),
        Field::DateTime(at) => {
            let nanos = i64::try_from(at.unix_timestamp_nanos()).ok()?;
            Some(DateTime::from_timestamp_nanos(nanos).to_rfc3339().into())
        }
        Field::Struct(value) => structure(&**value),
    }
}

/// OpenFeature has no type for structures in a context, but takes any.
fn structure(any: &(dyn Any + Send + Sync)) -> Option<Value> {
    if let Some(json) = any.downcast_ref::<Value>() {
        return Some(json.clone());
    }
    if let Some(members) = any.downcast_ref::<Map<String, Value>>() {
        return Some(Value::Object(members.clone()));
    }
    if let Some(value) = any.downcast_ref::<open_feature::Value>() {
        return Some(value::json(value));
    }
    any.downcast_ref::<StructValue>().map(value::members)
}
