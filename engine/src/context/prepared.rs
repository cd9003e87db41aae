//! Contexts prepared for many evaluations.

use std::sync::Arc;

use super::{Attributes, Context, Origin, Resolved};
use crate::attribute::{AttributeId, AttributeTable};
use crate::plan::{Unit, VersionLeaf};
use crate::slots::MixedUnit;
use crate::version::Packed;

/// A context with every attribute that a ruleset asks for looked up already: the fastest
/// way to evaluate many flags for one unit. Made by
/// [`Ruleset::prepare`](crate::ruleset::Ruleset::prepare).
///
/// Evaluating with it allocates nothing. It goes on to work with the rulesets that
/// patches make of its own, and with any other; only the speed is lost where that one
/// asks for other attributes.
#[derive(Clone, Debug)]
pub struct PreparedContext<'c> {
    table: Arc<AttributeTable>,
    origin: Origin<'c>,
    /// By number.
    found: Box<[Found<'c>]>,
    /// By the numbers of readings: the versions, where the attributes are such.
    versions: Box<[Option<Packed>]>,
    /// The same for units.
    units: Box<[Option<MixedUnit>]>,
}

#[derive(Clone, Copy, Debug)]
struct Found<'c> {
    /// What many conditions need alone.
    hash: u64,
    attribute: Resolved<'c>,
}

impl<'c> PreparedContext<'c> {
    pub(crate) fn new(table: &Arc<AttributeTable>, origin: Origin<'c>) -> Self {
        let found: Box<[Found<'c>]> = table
            .references()
            .map(|reference| {
                let attribute = origin.resolve(reference);
                let hash = attribute.hash();
                Found { hash, attribute }
            })
            .collect();
        let versions = table.versions().iter();
        let units = table.units().iter();
        Self {
            table: Arc::clone(table),
            origin,
            versions: versions
                .map(|id| found[*id as usize].attribute.version())
                .collect(),
            units: units
                .map(|id| found[*id as usize].attribute.unit())
                .collect(),
            found,
        }
    }

    /// The JSON object that it was made of, where it was made of one.
    pub fn json(&self) -> Option<&'c Context> {
        match self.origin {
            Origin::Json(context) => Some(context),
            Origin::Borrowed(_) => None,
        }
    }

    /// Whether it was prepared for this table.
    #[inline]
    pub(crate) fn fits(&self, table: &Arc<AttributeTable>) -> bool {
        Arc::ptr_eq(&self.table, table)
    }
}

impl Attributes for PreparedContext<'_> {
    #[inline]
    fn attribute(&self, id: AttributeId) -> Resolved<'_> {
        // Only plans of the ruleset that it was prepared for ask; see `fits`.
        self.found[id as usize].attribute
    }

    #[inline]
    fn hash(&self, id: AttributeId) -> u64 {
        self.found[id as usize].hash
    }

    #[inline]
    fn version(&self, leaf: &VersionLeaf) -> Option<Packed> {
        self.versions[leaf.reading as usize]
    }

    #[inline]
    fn slot(&self, unit: Unit) -> Option<u32> {
        let mixed = self.units[unit.reading as usize].as_ref()?;
        Some(mixed.slot(unit.seed))
    }

    fn origin(&self) -> Origin<'_> {
        self.origin
    }
}
