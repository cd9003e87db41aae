//! Texts that many flags have in common.

use std::sync::Arc;

use crate::hash::Set;

/// A longer text is hardly another flag's too.
const LONGEST: usize = 32;

/// Keys of variations and ids of rules, each once: most flags have an `on` and an `off`.
/// It is there while documents and patches are compiled, and empty in a ruleset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool(Set<Arc<str>>);

impl Pool {
    /// The text, shared with all who asked for it before.
    pub(crate) fn text(&mut self, text: &str) -> Arc<str> {
        if text.len() > LONGEST {
            return text.into();
        }
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }

    /// Forgets all texts; those who have them keep them.
    pub(crate) fn clear(&mut self) {
        self.0 = Set::default();
    }
}
