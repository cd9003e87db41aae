//! What came already: who got no answer sends the same again.

use std::collections::{HashMap, HashSet, VecDeque};

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

/// The last report of evidence of each instance: as at a server, what is not greater than the last
/// came already.
#[derive(Default)]
pub(super) struct Last {
    /// Those that reported since it was last full.
    present: HashMap<(Uuid, Uuid), u64>,
    /// Those that reported in the time before that.
    past: HashMap<(Uuid, Uuid), u64>,
}

impl Last {
    /// Whether an instance's report did not come before; from now on it did.
    pub(super) fn is_new(&mut self, environment_id: Uuid, instance: Uuid, sequence: u64) -> bool {
        let name = (environment_id, instance);
        let last = self.present.get(&name).or_else(|| self.past.get(&name));
        let is_new = last.is_none_or(|last| *last < sequence);
        let last = last.map_or(sequence, |last| sequence.max(*last));
        if self.present.len() >= REMEMBERED / 2 && !self.present.contains_key(&name) {
            self.past = std::mem::take(&mut self.present);
        }
        self.present.insert(name, last);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_new_where_it_is_greater_than_the_last() {
        let mut last = Last::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let told = [3, 3, 2, 4, 3, 4, 5].map(|sequence| last.is_new(one, one, sequence));
        assert_eq!(told, [true, false, false, true, false, false, true]);
        assert!(last.is_new(one, other, 1) && last.is_new(other, one, 1));
        // Who reports goes on being known, however many others come.
        for number in 0..REMEMBERED as u128 * 2 {
            assert!(last.is_new(other, Uuid::from_u128(10 + number), 1));
            if number % 1000 == 0 {
                assert!(!last.is_new(one, one, 5));
            }
        }
        assert!(last.present.len() + last.past.len() <= REMEMBERED);
    }

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
