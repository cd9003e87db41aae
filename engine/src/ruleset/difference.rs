//! Which flags another ruleset may decide otherwise.

use std::collections::BTreeSet;

use super::Ruleset;
use crate::plan::{Dependency, FlagEntry, SegmentEntry};

impl Ruleset {
    /// The keys of the flags that may be evaluated otherwise than in an earlier
    /// ruleset: those that came, went or have another version, and those that lead to
    /// such a flag or segment, through however many others.
    pub fn changed_since(&self, before: &Self) -> BTreeSet<String> {
        let mut pending: Vec<Dependency> = self
            .nodes()
            .filter(|node| self.version(*node) != before.version_by_name(self, *node))
            .collect();
        let gone = before.flags().filter(|flag| self.flag(flag.key).is_none());
        let mut changed: BTreeSet<String> = gone.map(|flag| flag.key.to_owned()).collect();
        let dependants = Dependants::of(self);
        let mut flags_seen = vec![false; dependants.flags.len()];
        let mut segments_seen = vec![false; dependants.segments.len()];
        while let Some(node) = pending.pop() {
            let (seen, next) = match node {
                Dependency::Flag(id) => {
                    changed.extend(self.flag_entry(id).map(|entry| entry.node.key.to_string()));
                    (&mut flags_seen[id as usize], &dependants.flags[id as usize])
                }
                Dependency::Segment(id) => (
                    &mut segments_seen[id as usize],
                    &dependants.segments[id as usize],
                ),
            };
            if !std::mem::replace(seen, true) {
                pending.extend(next);
            }
        }
        changed
    }

    /// All flags and segments that have a number, be they there or only named.
    fn nodes(&self) -> impl Iterator<Item = Dependency> {
        // Numbers are 32 bits wide.
        let flags = 0..self.directory.flags.len() as u32;
        let segments = 0..self.directory.segments.len() as u32;
        flags
            .map(Dependency::Flag)
            .chain(segments.map(Dependency::Segment))
    }

    fn version(&self, node: Dependency) -> Option<u64> {
        match node {
            Dependency::Flag(id) => self.flag_entry(id).map(FlagEntry::version),
            Dependency::Segment(id) => self.segment_entry(id).map(SegmentEntry::version),
        }
    }

    /// The version here of what is a node there; numbers differ between rulesets of
    /// which none was made from the other.
    fn version_by_name(&self, there: &Self, node: Dependency) -> Option<u64> {
        let (here, there) = (&self.directory, &there.directory);
        self.version(match node {
            Dependency::Flag(id) => Dependency::Flag(here.flags.same(&there.flags, id)?),
            Dependency::Segment(id) => {
                Dependency::Segment(here.segments.same(&there.segments, id)?)
            }
        })
    }
}

impl FlagEntry {
    fn version(&self) -> u64 {
        self.node.version
    }
}

impl SegmentEntry {
    fn version(&self) -> u64 {
        self.node.version
    }
}

/// By number: what names a flag or segment.
struct Dependants {
    flags: Vec<Vec<Dependency>>,
    segments: Vec<Vec<Dependency>>,
}

impl Dependants {
    fn of(ruleset: &Ruleset) -> Self {
        let mut dependants = Self {
            flags: vec![Vec::new(); ruleset.directory.flags.len()],
            segments: vec![Vec::new(); ruleset.directory.segments.len()],
        };
        for node in ruleset.nodes() {
            for named in ruleset.names(node) {
                match named {
                    Dependency::Flag(id) => dependants.flags[*id as usize].push(node),
                    Dependency::Segment(id) => dependants.segments[*id as usize].push(node),
                }
            }
        }
        dependants
    }
}
