//! Made-up units.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::attribute::AttributeRef;
use crate::context::Context;

/// Units `unit-0`, `unit-1`, …, with the attributes of one context.
///
/// The context is changed in place from one unit to the next, so that they cost no
/// memory each; for the same reason this is no `Iterator`.
pub struct Units {
    context: Context,
    path: Vec<String>,
    name: String,
    next: u32,
    count: u32,
}

impl Units {
    /// As many units as `count`, told apart by the attribute `by`. What the context has
    /// there is replaced, and so is what stands in the way.
    pub fn new(base: &Context, by: &AttributeRef, count: u32) -> Self {
        let path = steps(by);
        let mut json = base.as_json().clone();
        *place(&mut json, &path) = Value::String(String::new());
        Self {
            context: Context::from_json(json).unwrap_or_default(),
            path,
            name: String::new(),
            next: 0,
            count,
        }
    }

    /// Without the first so many of them.
    #[must_use]
    pub fn skip(mut self, units: u32) -> Self {
        self.next = self.next.saturating_add(units).min(self.count);
        self
    }

    /// The next unit: its name and its context.
    #[expect(clippy::should_implement_trait, reason = "it lends what it owns")]
    pub fn next(&mut self) -> Option<(&str, &Context)> {
        if self.next == self.count {
            return None;
        }
        self.name.clear();
        // Writing into a String does not fail.
        let _ = write!(self.name, "unit-{}", self.next);
        self.next += 1;
        let mut json = std::mem::take(&mut self.context).into_json();
        match place(&mut json, &self.path) {
            Value::String(unit) => unit.clone_from(&self.name),
            other => *other = Value::String(self.name.clone()),
        }
        self.context = Context::from_json(json).unwrap_or_default();
        Some((&self.name, &self.context))
    }
}

/// The names of the members that a reference walks; those of arrays' elements too, since
/// a digit names a member of an object as well.
fn steps(by: &AttributeRef) -> Vec<String> {
    match by.as_str().strip_prefix('/') {
        Some(pointer) => pointer
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect(),
        None => by.as_str().split('.').map(str::to_owned).collect(),
    }
}

/// The place of a path, made where it is not there.
fn place<'j>(json: &'j mut Value, path: &[String]) -> &'j mut Value {
    let mut place = json;
    for step in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[step.as_str()];
    }
    place
}
