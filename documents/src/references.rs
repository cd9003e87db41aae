//! What configurations name: flags and segments.

use std::collections::BTreeSet;

use serin_engine::{condition::Condition, flag::FlagConfig, segment::SegmentConfig};

/// The keys that a configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Of flags.
    pub flags: BTreeSet<String>,
    /// Of segments.
    pub segments: BTreeSet<String>,
}

impl References {
    /// What a flag's configuration names.
    pub fn of_flag(config: &FlagConfig) -> Self {
        let mut references = Self::default();
        for prerequisite in &config.prerequisites {
            references.flags.insert(prerequisite.flag.clone());
        }
        for rule in &config.rules {
            references.add(&rule.when);
        }
        references
    }

    /// What a segment's configuration names.
    pub fn of_segment(config: &SegmentConfig) -> Self {
        let mut references = Self::default();
        for rule in &config.rules {
            references.add(&rule.when);
        }
        references
    }

    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
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

/// What is said of flags and segments that name each other in a circle.
pub fn circle(cycle: &[String]) -> String {
    let mut names = cycle.to_vec();
    names.extend(cycle.first().cloned());
    format!("these name each other in a circle: {}", names.join(" -> "))
}
