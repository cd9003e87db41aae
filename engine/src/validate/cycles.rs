//! Finds cycles among flags and segments.

use std::collections::{BTreeMap, VecDeque};

use crate::condition::Condition;
use crate::flag::FlagConfig;
use crate::graph;
use crate::segment::SegmentConfig;

/// What names each other in a circle, as `flag:x` and `segment:y`; each names the
/// next, and the last names the first.
pub type Cycle = Vec<String>;

/// The cycles among the flags and segments of an environment, read off the names alone:
/// one for each group of entries that all lead to each other, the shortest through its
/// first member.
pub fn cycles(
    flags: &BTreeMap<String, FlagConfig>,
    segments: &BTreeMap<String, SegmentConfig>,
) -> Vec<Cycle> {
    let directory = Directory::new(flags.keys(), segments.keys());
    let flag_edges = flags.values().map(|config| {
        let mut names = Names::new(&directory);
        for prerequisite in &config.prerequisites {
            names.flag(&prerequisite.flag);
        }
        names.conditions(config.rules.iter().map(|rule| &rule.when))
    });
    let segment_edges = segments.values().map(|config| {
        Names::new(&directory).conditions(config.rules.iter().map(|rule| &rule.when))
    });
    let edges: Vec<Vec<usize>> = flag_edges.chain(segment_edges).collect();
    let found = graph::components(&edges);
    let mut firsts: BTreeMap<usize, usize> = BTreeMap::new();
    for node in (0..edges.len()).filter(|node| found.on_cycle[*node]) {
        firsts.entry(found.component[node]).or_insert(node);
    }
    let mut firsts: Vec<usize> = firsts.into_values().collect();
    firsts.sort_unstable();
    firsts
        .into_iter()
        .map(|first| {
            let nodes = shortest(first, &edges);
            nodes
                .into_iter()
                .map(|node| directory.describe(node))
                .collect()
        })
        .collect()
}

/// Numbers for keys: the flags' first, each in order.
struct Directory<'k> {
    flags: BTreeMap<&'k str, usize>,
    segments: BTreeMap<&'k str, usize>,
    descriptions: Vec<String>,
}

impl<'k> Directory<'k> {
    fn new(
        flags: impl Iterator<Item = &'k String>,
        segments: impl Iterator<Item = &'k String>,
    ) -> Self {
        let mut directory = Self {
            flags: BTreeMap::new(),
            segments: BTreeMap::new(),
            descriptions: Vec::new(),
        };
        for key in flags {
            directory.flags.insert(key, directory.descriptions.len());
            directory.descriptions.push(format!("flag:{key}"));
        }
        for key in segments {
            directory.segments.insert(key, directory.descriptions.len());
            directory.descriptions.push(format!("segment:{key}"));
        }
        directory
    }

    fn describe(&self, node: usize) -> String {
        self.descriptions[node].clone()
    }
}

/// Collects what one flag or segment names; names of nothing lead nowhere.
struct Names<'d, 'k> {
    directory: &'d Directory<'k>,
    nodes: Vec<usize>,
}

impl<'d, 'k> Names<'d, 'k> {
    fn new(directory: &'d Directory<'k>) -> Self {
        Self {
            directory,
            nodes: Vec::new(),
        }
    }

    fn flag(&mut self, key: &str) {
        self.nodes.extend(self.directory.flags.get(key));
    }

    fn conditions<'c>(mut self, conditions: impl Iterator<Item = &'c Condition>) -> Vec<usize> {
        let mut open: Vec<&Condition> = conditions.collect();
        while let Some(condition) = open.pop() {
            match condition {
                Condition::All { all: parts } | Condition::Any { any: parts } => {
                    open.extend(parts);
                }
                Condition::Not { not } => open.push(not),
                Condition::Segment { segment } => {
                    let node = self.directory.segments.get(segment.as_str());
                    self.nodes.extend(node);
                }
                Condition::Flag { flag, .. } => self.flag(flag),
                Condition::Share { .. } | Condition::Attribute(_) => {}
            }
        }
        self.nodes
    }
}

/// The shortest way from a node back to itself, by breadth.
fn shortest(first: usize, edges: &[Vec<usize>]) -> Vec<usize> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = VecDeque::from([first]);
    while let Some(node) = open.pop_front() {
        if edges[node].contains(&first) {
            let mut way = vec![node];
            while let Some(before) = way.last().filter(|node| **node != first) {
                match came_from.get(before) {
                    Some(before) => way.push(*before),
                    None => break,
                }
            }
            way.reverse();
            return way;
        }
        for next in &edges[node] {
            if *next != first && !came_from.contains_key(next) {
                came_from.insert(*next, node);
                open.push_back(*next);
            }
        }
    }
    vec![first]
}
