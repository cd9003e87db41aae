//! Numbers for attribute references.

use std::sync::Arc;

use super::AttributeRef;
use crate::hash::{self, Index};

/// A reference's number in a ruleset.
pub(crate) type AttributeId = u32;
/// The number of something that is to be read of an attribute, among those of its kind.
pub(crate) type ReadingId = u32;

/// The attributes that a ruleset asks for. A reference keeps its number for as long as
/// the ruleset and its successors live, so that what patches leave alone goes on to fit.
/// So the table never shrinks: references that nobody asks for any more cost a context that
/// is prepared one look each, and some hundred bytes, until a whole document is read again.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeTable {
    index: Index,
    known: Vec<Known>,
    versions: Readings,
    units: Readings,
}

#[derive(Clone, Debug)]
struct Known {
    reference: Arc<AttributeRef>,
    /// The number of what is read of it, where somebody asks for that.
    version: Option<ReadingId>,
    unit: Option<ReadingId>,
}

/// Of which attributes something is read, by its number.
type Readings = Vec<AttributeId>;

impl AttributeTable {
    /// The number of the reference that is written like this.
    pub(crate) fn find(&self, text: &str) -> Option<AttributeId> {
        self.index.find(hash::of_text(text), |id| {
            hash::same(self.reference(id).as_str().as_bytes(), text.as_bytes())
        })
    }

    /// Gives a reference that has no number the next one.
    pub(crate) fn add(&mut self, reference: AttributeRef) -> AttributeId {
        // More than 2^32 references do not fit in memory.
        let id = self.known.len() as AttributeId;
        self.index.insert(hash::of_text(reference.as_str()), id);
        self.known.push(Known {
            reference: Arc::new(reference),
            version: None,
            unit: None,
        });
        id
    }

    /// The reference of a number.
    pub(crate) fn reference(&self, id: AttributeId) -> &AttributeRef {
        &self.known[id as usize].reference
    }

    /// All of them, by number.
    pub(crate) fn references(&self) -> impl Iterator<Item = &AttributeRef> {
        self.known.iter().map(|known| &*known.reference)
    }

    /// The number of an attribute's version, where versions are asked for.
    pub(crate) fn version(&self, of: AttributeId) -> Option<ReadingId> {
        self.known[of as usize].version
    }

    /// Has an attribute's version read.
    pub(crate) fn add_version(&mut self, of: AttributeId) -> ReadingId {
        *self.known[of as usize]
            .version
            .get_or_insert_with(|| add(&mut self.versions, of))
    }

    /// The attributes whose versions are asked for, by the numbers of the versions.
    pub(crate) fn versions(&self) -> &[AttributeId] {
        &self.versions
    }

    /// The number of the unit that an attribute names, where units are asked for.
    pub(crate) fn unit(&self, of: AttributeId) -> Option<ReadingId> {
        self.known[of as usize].unit
    }

    /// Has an attribute read as the name of a unit.
    pub(crate) fn add_unit(&mut self, of: AttributeId) -> ReadingId {
        *self.known[of as usize]
            .unit
            .get_or_insert_with(|| add(&mut self.units, of))
    }

    /// The attributes that name units, by the numbers of the units.
    pub(crate) fn units(&self) -> &[AttributeId] {
        &self.units
    }
}

fn add(readings: &mut Readings, of: AttributeId) -> ReadingId {
    readings.push(of);
    (readings.len() - 1) as ReadingId
}
