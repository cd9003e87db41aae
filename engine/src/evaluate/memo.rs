//! Evaluation of flags that lead to very many others.
//!
//! A chain of ten thousand prerequisites would overflow the stack, and flags that each
//! name the next one twice would take twice as long with every step. Where linking
//! found such a flag, all that it leads to is evaluated first, the last ones before
//! those that name them, and each once.

use std::collections::HashMap;

use super::Evaluator;
use crate::context::Attributes;
use crate::plan::{Dependency, FlagEntry, FlagId, SegmentId, Variation};
use crate::ruleset::Ruleset;

/// What is known already.
#[derive(Default)]
pub(super) struct Memo<'r> {
    /// The variation that a flag serves, as `Evaluator::served` says it.
    flags: HashMap<FlagId, Option<&'r Variation>>,
    segments: HashMap<SegmentId, bool>,
}

impl<'r> Memo<'r> {
    /// Evaluates all that a flag leads to, but not the flag.
    pub(super) fn of(entry: &'r FlagEntry, ruleset: &'r Ruleset, unit: &impl Attributes) -> Self {
        let mut memo = Self::default();
        let mut path = vec![(None, entry.node.names.iter())];
        while let Some((_, names)) = path.last_mut() {
            if let Some(&next) = names.next() {
                if !memo.knows(next) {
                    // Known as unmet until evaluated, so that nothing is entered twice.
                    memo.assume(next);
                    path.push((Some(next), ruleset.names(next).iter()));
                }
                continue;
            }
            if let Some((Some(done), _)) = path.pop() {
                memo.evaluate(done, ruleset, unit);
            }
        }
        memo
    }

    pub(super) fn flag(&self, id: FlagId) -> Option<Option<&'r Variation>> {
        self.flags.get(&id).copied()
    }

    pub(super) fn segment(&self, id: SegmentId) -> Option<bool> {
        self.segments.get(&id).copied()
    }

    fn knows(&self, dependency: Dependency) -> bool {
        match dependency {
            Dependency::Flag(id) => self.flags.contains_key(&id),
            Dependency::Segment(id) => self.segments.contains_key(&id),
        }
    }

    fn assume(&mut self, dependency: Dependency) {
        match dependency {
            Dependency::Flag(id) => drop(self.flags.insert(id, None)),
            Dependency::Segment(id) => drop(self.segments.insert(id, false)),
        }
    }

    fn evaluate(&mut self, dependency: Dependency, ruleset: &'r Ruleset, unit: &impl Attributes) {
        let evaluator = Evaluator {
            ruleset,
            unit,
            memo: Some(self),
        };
        match dependency {
            Dependency::Flag(id) => {
                let served = evaluator.served(id);
                self.flags.insert(id, served);
            }
            Dependency::Segment(id) => {
                let is_in = evaluator.is_in_plan(id);
                self.segments.insert(id, is_in);
            }
        }
    }
}
