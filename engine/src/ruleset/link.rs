//! What flags and segments are to each other: who is on a cycle, which segments are
//! not there or broken, and who leads to so many others that evaluation must take care.

use std::sync::Arc;

use crate::compile::Directory;
use crate::graph;
use crate::plan::{Dependency, FlagEntry, Link, Node, SegmentEntry};

/// Deeper than this, evaluation does not recurse from flag to flag.
const RECURSION: u32 = 150;
/// Beyond this many evaluations for one, what is known is remembered.
const EVALUATIONS: u32 = 2000;

/// Whether a node in another's place leaves all links as they are.
pub(super) fn stays_linked(old: &Node, new: &Node) -> bool {
    old.names == new.names && old.nesting == new.nesting
}

/// Links all entries anew; an entry whose links stay the same is left as it is.
pub(super) fn link(
    flags: &mut [Option<Arc<FlagEntry>>],
    segments: &mut [Option<Arc<SegmentEntry>>],
    directory: &Directory,
) {
    let graph = Graph {
        flags,
        segments,
        directory,
    };
    let links = graph.links();
    let (flag_links, segment_links) = links.split_at(flags.len());
    for (entry, link) in flags.iter_mut().zip(flag_links) {
        if let Some(entry) = entry.as_mut().filter(|entry| entry.node.link != *link) {
            Arc::make_mut(entry).settle(link.clone());
        }
    }
    for (entry, link) in segments.iter_mut().zip(segment_links) {
        if let Some(entry) = entry.as_mut().filter(|entry| entry.node.link != *link) {
            Arc::make_mut(entry).node.link = link.clone();
        }
    }
}

/// Flags and segments as nodes of one graph, the flags first.
struct Graph<'g> {
    flags: &'g [Option<Arc<FlagEntry>>],
    segments: &'g [Option<Arc<SegmentEntry>>],
    directory: &'g Directory,
}

/// How much evaluating a node takes.
#[derive(Clone, Copy, Default)]
struct Effort {
    /// Levels of recursion.
    depth: u32,
    /// Evaluations of flags and segments.
    count: u32,
}

impl Graph<'_> {
    fn links(&self) -> Vec<Link> {
        let size = self.flags.len() + self.segments.len();
        let edges: Vec<Vec<usize>> = (0..size).map(|index| self.edges(index)).collect();
        let found = graph::components(&edges);
        let mut links = vec![Link::default(); size];
        let mut efforts = vec![Effort::default(); size];
        for &index in &found.order {
            let Some(node) = self.node(index) else {
                continue;
            };
            if found.on_cycle[index] {
                let component = &found.component;
                let next = edges[index]
                    .iter()
                    .find(|next| component[**next] == component[index]);
                links[index].fault = Some(self.cycle(index, next.copied()).into());
                continue;
            }
            let effort = effort(node, &edges[index], &efforts);
            efforts[index] = effort;
            links[index] = Link {
                fault: self.broken_segment(node, &links).map(Into::into),
                heavy: effort.depth > RECURSION || effort.count > EVALUATIONS,
            };
        }
        links
    }

    fn index(&self, dependency: Dependency) -> usize {
        match dependency {
            Dependency::Flag(id) => id as usize,
            Dependency::Segment(id) => self.flags.len() + id as usize,
        }
    }

    fn node(&self, index: usize) -> Option<&Node> {
        match index.checked_sub(self.flags.len()) {
            None => self.flags[index].as_ref().map(|entry| &entry.node),
            Some(index) => self.segments[index].as_ref().map(|entry| &entry.node),
        }
    }

    fn edges(&self, index: usize) -> Vec<usize> {
        let names = self.node(index).map_or(&[][..], |node| &node.names);
        names.iter().map(|name| self.index(*name)).collect()
    }

    /// `flag "x"` or `segment "x"`.
    fn describe(&self, index: usize) -> String {
        match index.checked_sub(self.flags.len()) {
            None => format!("flag {:?}", self.directory.flags.name(index as u32)),
            Some(index) => {
                format!("segment {:?}", self.directory.segments.name(index as u32))
            }
        }
    }

    fn cycle(&self, index: usize, next: Option<usize>) -> String {
        let itself = self.describe(index);
        match next.filter(|next| *next != index) {
            Some(next) => format!("{itself} is on a cycle, by way of {}", self.describe(next)),
            None => format!("{itself} is on a cycle: it names itself"),
        }
    }

    /// The first segment named that is not there or does not compile.
    fn broken_segment(&self, node: &Node, links: &[Link]) -> Option<String> {
        node.names.iter().find_map(|name| {
            let Dependency::Segment(id) = *name else {
                return None;
            };
            let index = self.index(*name);
            let described = || self.describe(index);
            let Some(segment) = &self.segments[id as usize] else {
                return Some(format!("{} does not exist", described()));
            };
            // Through segments, the last reason says it all; so the message does not
            // grow with the chain.
            match (&segment.plan, &links[index].fault) {
                (Err(message), _) => Some(format!("{} does not compile: {message}", described())),
                (Ok(_), Some(fault)) => Some(fault.to_string()),
                (Ok(_), None) => None,
            }
        })
    }
}

fn effort(node: &Node, edges: &[usize], efforts: &[Effort]) -> Effort {
    let own = node.nesting.saturating_add(2);
    let named = edges.iter().map(|index| efforts[*index]);
    Effort {
        depth: named
            .clone()
            .map(|named| named.depth)
            .max()
            .unwrap_or(0)
            .saturating_add(own),
        count: named.fold(1, |sum: u32, named| sum.saturating_add(named.count)),
    }
}
