//! Relays that follow each other, and whether they do so in a circle.
//!
//! Each relay has a name of its own for as long as it runs. It sends the names of those
//! that a request came through, and answers with those that its rulesets came through.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

/// The header in which relays name themselves, to find out that they go in a circle.
pub const HOPS: &str = "serin-relays";
/// More relays in a row than these are a mistake.
const MOST_HOPS: usize = 16;
/// The relays between here and the server, this one first.
pub struct Hops {
    own: String,
    above: Mutex<BTreeSet<String>>,
}

impl Hops {
    pub(super) fn new(instance: Uuid) -> Self {
        Self {
            own: instance.simple().to_string(),
            above: Mutex::default(),
        }
    }

    /// The name of this relay.
    pub(super) fn own(&self) -> &str {
        &self.own
    }

    /// All of them, as the header has them.
    pub fn header(&self) -> String {
        let above = self.above();
        let names = std::iter::once(&self.own).chain(above.iter());
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Whether a header says that this relay was passed already, or too many.
    pub fn is_circle(&self, header: &str) -> bool {
        let mut names = header.split(',').map(str::trim);
        header.split(',').count() > MOST_HOPS || names.any(|name| name == self.own)
    }

    /// Takes what the upstream says of itself.
    pub(super) fn learn(&self, header: &str) {
        let names = header.split(',').map(str::trim).filter(|n| !n.is_empty());
        let names: BTreeSet<_> = names.map(str::to_owned).collect();
        *self.above() = names;
    }

    fn above(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.above.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
