//! Batches that came already: an SDK that got no answer sends the same one again.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

/// How many are remembered; an SDK sends one after the other, so that it repeats the last.
const REMEMBERED: usize = 100_000;

/// Environment, instance and sequence.
type Name = (Uuid, Uuid, u64);

/// The last batches.
#[derive(Default)]
pub(super) struct Seen {
    names: HashSet<Name>,
    order: VecDeque<Name>,
}

impl Seen {
    /// Whether a batch did not come before; from now on it did.
    pub(super) fn is_new(&mut self, name: Name) -> bool {
        if !self.names.insert(name) {
            return false;
        }
        self.order.push_back(name);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.names.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_oldest_only() {
        let mut seen = Seen::default();
        let name = |sequence| (Uuid::nil(), Uuid::nil(), sequence);
        let all = REMEMBERED as u64 + 1;
        assert!((0..all).all(|sequence| seen.is_new(name(sequence))));
        assert!(!seen.is_new(name(1)) && !seen.is_new(name(all - 1)));
        assert!(seen.is_new(name(0)));
        assert_eq!(seen.names.len(), REMEMBERED);
    }
}
