//! From JSON to plans.
//!
//! The compiler reads raw JSON with rules of its own: evaluators are lenient where a
//! newer document has members that they do not know, and strict where such a member
//! would change the meaning. The typed model in [`crate::flag`] is for writing.

mod condition;
mod flag;
mod names;
mod reader;
mod segment;

use std::sync::Arc;

use serde_json::Value;

use crate::hash::Map;
use crate::plan::{FlagEntry, FlagId, Leaf, Link, Node, SegmentEntry, SegmentId, Unit};
use crate::slots;
pub(crate) use flag::HASH;
use reader::Members;
pub(crate) use reader::integer;

/// Numbers for names. A name keeps its number for as long as the ruleset and its
/// successors live, whether or not there is such a flag at the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    numbers: Map<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// A name's number, if it has one.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// Gives a name that has no number the next one.
    fn add(&mut self, name: &str) -> u32 {
        // More than 2^32 names do not fit in memory.
        let number = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    /// A number's name.
    pub(crate) fn name(&self, number: u32) -> &Arc<str> {
        &self.names[number as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The number here of the name that has a number there.
    pub(crate) fn same(&self, there: &Self, number: u32) -> Option<u32> {
        let name = there.name(number);
        match self.names.get(number as usize) {
            Some(here) if Arc::ptr_eq(here, name) => Some(number),
            _ => self.find(name),
        }
    }
}

/// The names of a ruleset. A clone shares them until it gets new ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    pub(crate) flags: Arc<Names>,
    pub(crate) segments: Arc<Names>,
}

impl Directory {
    /// A flag's number, a new one where it has none.
    pub(crate) fn flag(&mut self, name: &str) -> FlagId {
        match self.flags.find(name) {
            Some(id) => id,
            None => Arc::make_mut(&mut self.flags).add(name),
        }
    }

    /// A segment's number, a new one where it has none.
    pub(crate) fn segment(&mut self, name: &str) -> SegmentId {
        match self.segments.find(name) {
            Some(id) => id,
            None => Arc::make_mut(&mut self.segments).add(name),
        }
    }
}

/// Compiles a flag by itself; whether those that it names are there is for linking.
pub(crate) fn flag(id: FlagId, json: &Value, directory: &mut Directory) -> FlagEntry {
    let key = Arc::clone(directory.flags.name(id));
    let (names, nesting) = names::of_flag(json, directory);
    let members = Members::of(json).ok();
    let plan = flag::compile(&key, json, directory);
    FlagEntry {
        node: Node {
            version: version(members),
            key,
            names,
            nesting,
            link: Link::default(),
        },
        kind: members.and_then(|members| flag::kind(members).ok()),
        enabled: members
            .and_then(|members| members.boolean("enabled").ok()?)
            .unwrap_or(false),
        client_visible: members
            .and_then(|members| members.boolean("client_visible").ok()?)
            .unwrap_or(false),
        plan: plan.map_err(|flaw| flaw.to_string().into()),
    }
}

/// Compiles a segment by itself.
pub(crate) fn segment(id: SegmentId, json: &Value, directory: &mut Directory) -> SegmentEntry {
    let key = Arc::clone(directory.segments.name(id));
    let (names, nesting) = names::of_segment(json, directory);
    SegmentEntry {
        node: Node {
            version: version(Members::of(json).ok()),
            key,
            names,
            nesting,
            link: Link::default(),
        },
        plan: segment::compile(json, directory).map_err(|flaw| flaw.to_string().into()),
    }
}

/// Compiles one leaf by itself, for explanations.
pub(crate) fn leaf(json: &Value) -> Option<Leaf> {
    condition::leaf(Members::of(json).ok()?).ok()
}

/// Compiles the unit of one split or share by itself, for explanations.
pub(crate) fn unit(json: &Value, default_salt: &str) -> Option<Unit> {
    let members = Members::of(json).ok()?;
    Some(Unit {
        by: condition::attribute(members, "by").ok()?,
        seed: slots::seed(members.text("salt").ok()?.unwrap_or(default_salt)),
    })
}

fn version(members: Option<Members<'_>>) -> u64 {
    members
        .and_then(|members| members.integer("version").ok()?)
        .unwrap_or(0)
}
