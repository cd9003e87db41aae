//! What configurations name: flags and segments.

use std::collections::BTreeSet;

use serin_engine::{condition::Condition, flag::FlagConfig, segment::SegmentConfig};

/// The keys that a configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    pub(super) flags: BTreeSet<String>,
    pub(super) segments: BTreeSet<String>,
}

impl References {
    pub(super) fn of_flag(config: &FlagConfig) -> Self {
        let mut references = Self::default();
        for prerequisite in &config.prerequisites {
            references.flags.insert(prerequisite.flag.clone());
        }
        for rule in &config.rules {
            references.add(&rule.when);
        }
        references
    }

    pub(super) fn of_segment(config: &SegmentConfig) -> Self {
        let mut references = Self::default();
        for rule in &config.rules {
            references.add(&rule.when);
        }
        references
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flags.is_empty() && self.segments.is_empty()
    }

    fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::All { all: parts } | Condition::Any { any: parts } => {
                parts.iter().for_each(|part| self.add(part));
            }
            Condition::Not { not } => self.add(not),
            Condition::Segment { segment } => {
                self.segments.insert(segment.clone());
            }
            Condition::Flag { flag, .. } => {
                self.flags.insert(flag.clone());
            }
            Condition::Share { .. } | Condition::Attribute(_) => {}
        }
    }
}
