//! Attributes as matchers take them.

use std::cell::Cell;

use serde_json::Value;

use super::{AttributeValue, Origin};
use crate::attribute::{AttributeId, AttributeTable};
use crate::hash;
use crate::plan::{self, Unit, VersionLeaf};
use crate::slots::MixedUnit;
use crate::version::{self, Packed};

/// An attribute of a context, looked up and ready to be matched.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resolved<'c> {
    /// Missing, or null.
    Missing,
    /// A string, with the hash that sets of texts are looked into by.
    Text(&'c str, u64),
    Number(f64),
    Bool(bool),
    List(&'c [Value]),
    /// An object.
    Other,
}

impl Resolved<'_> {
    /// The hash of a text; of other values what tells them from texts.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        match self {
            Self::Text(_, hash) => hash,
            Self::List(_) => hash::A_LIST,
            _ => hash::NO_TEXT,
        }
    }

    /// The version that a text is, where it can be packed.
    pub(crate) fn version(self) -> Option<Packed> {
        match self {
            Self::Text(text, _) => version::packed(text),
            _ => None,
        }
    }

    /// The unit that it names; nothing where it is missing or unfit.
    pub(crate) fn unit(self) -> Option<MixedUnit> {
        match self {
            Self::Text(unit, _) => Some(MixedUnit::new(unit.as_bytes())),
            Self::Number(unit) => MixedUnit::of_number(unit),
            _ => None,
        }
    }
}

impl<'c> From<&'c Value> for Resolved<'c> {
    fn from(value: &'c Value) -> Self {
        match value {
            Value::Null => Self::Missing,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => number.as_f64().map_or(Self::Other, Self::Number),
            Value::String(text) => Self::Text(text, hash::of_text(text)),
            Value::Array(elements) => Self::List(elements),
            Value::Object(_) => Self::Other,
        }
    }
}

impl<'c> From<AttributeValue<'c>> for Resolved<'c> {
    fn from(value: AttributeValue<'c>) -> Self {
        match value {
            AttributeValue::Text(text) => Self::Text(text, hash::of_text(text)),
            AttributeValue::Number(number) => Self::Number(number),
            AttributeValue::Bool(value) => Self::Bool(value),
            AttributeValue::Json(value) => value.into(),
        }
    }
}

/// Where an evaluation finds the attributes that plans name by number.
pub(crate) trait Attributes {
    /// The attribute of this number.
    fn attribute(&self, id: AttributeId) -> Resolved<'_>;

    /// Its [`Resolved::hash`].
    fn hash(&self, id: AttributeId) -> u64;

    /// The version that the attribute of a leaf is, where it can be packed.
    fn version(&self, leaf: &VersionLeaf) -> Option<Packed>;

    /// A unit's slot; nothing where the context has no unit, or an unfit one.
    fn slot(&self, unit: Unit) -> Option<u32>;

    /// The context behind them.
    fn origin(&self) -> Origin<'_>;
}

/// How many attributes an [`OneShot`] remembers; a power of two.
const REMEMBERED: usize = 8;

/// Attributes for one evaluation of a context that is not prepared: each is looked up
/// when it is first asked for, and remembered until another one takes its place.
pub(crate) struct OneShot<'a, 'c> {
    table: &'a AttributeTable,
    origin: Origin<'c>,
    ids: [Cell<AttributeId>; REMEMBERED],
    found: [Cell<Resolved<'c>>; REMEMBERED],
}

impl<'a, 'c> OneShot<'a, 'c> {
    #[inline]
    pub(crate) fn new(table: &'a AttributeTable, origin: Origin<'c>) -> Self {
        Self {
            table,
            origin,
            // There is no attribute of this number.
            ids: [const { Cell::new(AttributeId::MAX) }; REMEMBERED],
            found: [const { Cell::new(Resolved::Missing) }; REMEMBERED],
        }
    }

    #[inline(never)]
    fn look_up(&self, id: AttributeId) -> Resolved<'c> {
        let place = id as usize % REMEMBERED;
        let found = self.origin.resolve(self.table.reference(id));
        self.ids[place].set(id);
        self.found[place].set(found);
        found
    }
}

impl Attributes for OneShot<'_, '_> {
    #[inline]
    fn attribute(&self, id: AttributeId) -> Resolved<'_> {
        let place = id as usize % REMEMBERED;
        if self.ids[place].get() == id {
            return self.found[place].get();
        }
        self.look_up(id)
    }

    #[inline]
    fn hash(&self, id: AttributeId) -> u64 {
        self.attribute(id).hash()
    }

    fn version(&self, leaf: &VersionLeaf) -> Option<Packed> {
        self.attribute(leaf.attribute).version()
    }

    #[inline]
    fn slot(&self, unit: Unit) -> Option<u32> {
        plan::slot(unit.seed, self.attribute(unit.by))
    }

    fn origin(&self) -> Origin<'_> {
        self.origin
    }
}
