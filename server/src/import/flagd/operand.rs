//! What operators compare: literals and attributes.

use serde_json::Value;
use serin_engine::attribute::AttributeRef;

use super::{logic::Logic, refusal::Refusal};

/// One side of a comparison.
pub(crate) enum Operand<'a> {
    /// A scalar or null.
    Literal(&'a Value),
    Variable(Variable<'a>),
}

/// `{"var": …}`
pub(crate) struct Variable<'a> {
    /// The attribute reference that it is.
    pub(crate) reference: String,
    /// A scalar that stands in where the attribute is missing.
    pub(crate) default: Option<&'a Value>,
}

impl<'a> Variable<'a> {
    /// Reads the argument of `var`.
    pub(crate) fn read(argument: &'a Value) -> Result<Self, Refusal> {
        let (path, default) = match argument {
            Value::Array(parts) => match &parts[..] {
                [path] => (path, None),
                [path, default] => (path, Some(default)),
                _ => return Err(Refusal::arguments("var", "without a path")),
            },
            path => (path, None),
        };
        let Some(path) = path.as_str() else {
            return Err(Refusal::arguments("var", "with a path that is no text"));
        };
        if default.is_some_and(|default| default.is_array() || default.is_object()) {
            return Err(Refusal::arguments(
                "var",
                "with a default that is no plain value",
            ));
        }
        Ok(Self {
            reference: reference(path)?,
            default: default.filter(|default| !default.is_null()),
        })
    }

    /// Joins what holds for the attribute with what is known of its default.
    pub(crate) fn or_default(
        &self,
        logic: Logic,
        of_default: impl FnOnce(&Value) -> bool,
    ) -> Logic {
        match self.default {
            None => logic,
            Some(default) if of_default(default) => {
                Logic::any([logic, Logic::missing(&self.reference)])
            }
            Some(_) if logic.needs_attributes() => logic,
            Some(_) => Logic::all([Logic::exists(&self.reference), logic]),
        }
    }
}

/// The attribute reference that walks as JsonLogic's dotted path does: through members,
/// and by index through lists, which only a pointer does in Serin.
fn reference(path: &str) -> Result<String, Refusal> {
    let whole = || Refusal::arguments("var", "of the whole context");
    let first = path.split('.').next().ok_or_else(whole)?;
    if path.is_empty() {
        return Err(whole());
    }
    if first == "$flagd" {
        return Err(Refusal::new(format!("`{path}` is not in Serin's context")));
    }
    let index = |step: &str| step.bytes().all(|byte| byte.is_ascii_digit());
    let reference = if path.starts_with('/') || path.split('.').any(index) {
        path.split('.')
            .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
            .collect()
    } else {
        path.to_owned()
    };
    if path.split('.').any(str::is_empty) || AttributeRef::validate(&reference).is_err() {
        return Err(Refusal::arguments("var", format!("with the path {path:?}")));
    }
    Ok(reference)
}
