//! What can be told of some of a ruleset's flags alone.

use std::mem;

use super::fingerprint::{Fingerprint, Kind};
use super::{FlagView, Ruleset};
use crate::plan::{Dependency, FlagEntry};

impl Ruleset {
    /// The fingerprint of the flags chosen, and of all flags and segments that they lead
    /// to. It changes where one of the chosen may be decided otherwise, and stays where
    /// something else changed.
    pub fn fingerprint_of(&self, chosen: impl Fn(&FlagView<'_>) -> bool) -> String {
        let is_chosen = |entry: &FlagEntry| chosen(&entry.view());
        let mut open: Vec<Dependency> = self
            .sorted
            .iter()
            .filter(|id| self.flag_entry(**id).is_some_and(is_chosen))
            .map(|id| Dependency::Flag(*id))
            .collect();
        let mut seen = Seen {
            flags: vec![false; self.flags.len()],
            segments: vec![false; self.segments.len()],
        };
        let mut fingerprint = Fingerprint::default();
        while let Some(next) = open.pop() {
            let (kind, node) = match next {
                Dependency::Flag(id) => (Kind::Flag, self.flag_entry(id).map(|flag| &flag.node)),
                Dependency::Segment(id) => (
                    Kind::Segment,
                    self.segment_entry(id).map(|segment| &segment.node),
                ),
            };
            if let Some(node) = node.filter(|_| seen.is_new(next)) {
                fingerprint.add(kind, &node.key, node.version);
                open.extend_from_slice(&node.names);
            }
        }
        fingerprint.to_string()
    }

    /// Whether a flag's numbers are fractional in kind: one of its variations is written
    /// with a fraction, as `2.5` and `7.0` are.
    pub fn is_fractional(&self, flag: &str) -> bool {
        let entry = self.flag_id(flag).and_then(|id| self.flag_entry(id));
        let compiled = entry.filter(|entry| entry.compiled().is_ok());
        compiled.is_some_and(|entry| entry.variations.iter().any(|it| it.value.is_f64()))
    }
}

struct Seen {
    flags: Vec<bool>,
    segments: Vec<bool>,
}

impl Seen {
    fn is_new(&mut self, one: Dependency) -> bool {
        let seen = match one {
            Dependency::Flag(id) => self.flags.get_mut(id as usize),
            Dependency::Segment(id) => self.segments.get_mut(id as usize),
        };
        seen.is_some_and(|seen| !mem::replace(seen, true))
    }
}
