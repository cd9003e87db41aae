//! Numbers for attribute references.

use std::sync::Arc;

use super::AttributeRef;
use crate::hash::{self, Index};

/// A reference's number in a ruleset.
pub(crate) type AttributeId = u32;

/// The attributes that a ruleset asks for. A reference keeps its number for as long as
/// the ruleset and its successors live, so that what patches leave alone goes on to fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeTable {
    index: Index,
    references: Vec<Arc<AttributeRef>>,
}

impl AttributeTable {
    /// The number of the reference that is written like this.
    pub(crate) fn find(&self, text: &str) -> Option<AttributeId> {
        self.index.find(hash::of_text(text), |id| {
            hash::same(
                self.references[id as usize].as_str().as_bytes(),
                text.as_bytes(),
            )
        })
    }

    /// Gives a reference that has no number the next one.
    pub(crate) fn add(&mut self, reference: AttributeRef) -> AttributeId {
        // More than 2^32 references do not fit in memory.
        let id = self.references.len() as AttributeId;
        self.index.insert(hash::of_text(reference.as_str()), id);
        self.references.push(Arc::new(reference));
        id
    }

    /// The reference of a number.
    pub(crate) fn reference(&self, id: AttributeId) -> &AttributeRef {
        &self.references[id as usize]
    }

    /// All of them, by number.
    pub(crate) fn references(&self) -> impl Iterator<Item = &AttributeRef> {
        self.references.iter().map(|reference| &**reference)
    }
}
