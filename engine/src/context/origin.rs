//! Where attributes come from.

use serde_json::Value;

use super::{AttributeValue, Context, ContextRef, Resolved};
use crate::attribute::AttributeRef;

/// A context in either form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'c> {
    Json(&'c Context),
    Borrowed(ContextRef<'c>),
}

impl<'c> Origin<'c> {
    /// What a reference names; nothing where that is missing or null.
    pub(crate) fn find(self, reference: &AttributeRef) -> Option<AttributeValue<'c>> {
        match self {
            Self::Json(context) => reference.resolve(context).map(AttributeValue::Json),
            Self::Borrowed(context) => match context.get(reference.head())? {
                AttributeValue::Json(value) => {
                    reference.resolve_below(value).map(AttributeValue::Json)
                }
                AttributeValue::Number(number) if !number.is_finite() => None,
                scalar => reference.is_top_level().then_some(scalar),
            },
        }
    }

    /// The same, ready to be matched.
    pub(crate) fn resolve(self, reference: &AttributeRef) -> Resolved<'c> {
        self.find(reference)
            .map_or(Resolved::Missing, Resolved::from)
    }

    /// What is there, for messages.
    pub(crate) fn describe(self, reference: &AttributeRef) -> String {
        let json = match self.find(reference) {
            None => return "is missing".to_owned(),
            Some(AttributeValue::Json(value)) => value.clone(),
            Some(AttributeValue::Text(text)) => text.into(),
            Some(AttributeValue::Number(number)) => number.into(),
            Some(AttributeValue::Bool(value)) => value.into(),
        };
        match json {
            Value::Number(number) => format!("is {number}"),
            other => format!("is {}", crate::json::type_name(&other)),
        }
    }
}

impl<'c> From<&'c Context> for Origin<'c> {
    fn from(context: &'c Context) -> Self {
        Self::Json(context)
    }
}

impl<'c> From<ContextRef<'c>> for Origin<'c> {
    fn from(context: ContextRef<'c>) -> Self {
        Self::Borrowed(context)
    }
}
