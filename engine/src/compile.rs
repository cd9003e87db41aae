//! From JSON to plans.
//!
//! The compiler reads raw JSON with rules of its own: evaluators are lenient where a
//! newer document has members that they do not know, and strict where such a member
//! would change the meaning. The typed model in [`crate::flag`] is for writing.

mod condition;
mod flag;
mod lone;
mod names;
mod pool;
mod reader;
mod segment;

use std::sync::Arc;

use crate::attribute::{AttributeId, AttributeRef, AttributeTable, InvalidAttributeRef, ReadingId};
use crate::hash::{self, Index};
use crate::json::Node as Json;
use crate::plan::{FlagEntry, FlagId, Link, Node, SegmentEntry, SegmentId, Way};
pub(crate) use flag::HASH;
pub(crate) use lone::{leaf, unit};
pub(crate) use pool::Pool;
use reader::Members;
pub(crate) use reader::integer;

/// Numbers for names. A name keeps its number for as long as the ruleset and its
/// successors live, whether or not there is such a flag at the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    index: Index,
    names: Vec<Arc<str>>,
}

impl Names {
    /// A name's number, if it has one.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.index.find(hash::of_text(name), |number| {
            hash::same(self.names[number as usize].as_bytes(), name.as_bytes())
        })
    }

    /// What is made of the number of the first name with this hash of which anything is made.
    #[inline(always)]
    pub(crate) fn find_map<T>(&self, hash: u64, read: impl Fn(u32) -> Option<T>) -> Option<T> {
        self.index.find_map(hash, read)
    }

    /// Gives a name that has no number the next one.
    fn add(&mut self, name: &str) -> u32 {
        // More than 2^32 names do not fit in memory.
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.index.insert(hash::of_text(name), number);
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
    pub(crate) attributes: Arc<AttributeTable>,
    pub(crate) pool: Pool,
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

    /// An attribute's number, a new one where it has none.
    ///
    /// # Errors
    /// Where it is no reference.
    pub(crate) fn attribute(&mut self, text: &str) -> Result<AttributeId, InvalidAttributeRef> {
        match self.attributes.find(text) {
            Some(id) => Ok(id),
            None => {
                let reference = AttributeRef::parse(text)?;
                Ok(Arc::make_mut(&mut self.attributes).add(reference))
            }
        }
    }

    /// The number of an attribute's version, a new one where nobody asked for that yet.
    pub(crate) fn version_of(&mut self, attribute: AttributeId) -> ReadingId {
        match self.attributes.version(attribute) {
            Some(reading) => reading,
            None => Arc::make_mut(&mut self.attributes).add_version(attribute),
        }
    }

    /// The same for the unit that an attribute names.
    pub(crate) fn unit_of(&mut self, attribute: AttributeId) -> ReadingId {
        match self.attributes.unit(attribute) {
            Some(reading) => reading,
            None => Arc::make_mut(&mut self.attributes).add_unit(attribute),
        }
    }
}

/// Compiles a flag by itself; whether those that it names are there is for linking.
pub(crate) fn flag(id: FlagId, json: Json<'_>, directory: &mut Directory) -> FlagEntry {
    let key = Arc::clone(directory.flags.name(id));
    let (names, nesting) = names::of_flag(json, directory);
    let members = Members::of(json).ok();
    let (variations, plan) = match flag::compile(&key, json, directory) {
        Ok((variations, plan)) => (variations, Ok(plan)),
        Err(flaw) => (Box::default(), Err(flaw.to_string().into())),
    };
    let mut entry = FlagEntry {
        hash: hash::of_text(&key),
        way: Way::Broken,
        variations,
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
        plan,
    };
    entry.settle(Link::default());
    entry
}

/// Compiles a segment by itself.
pub(crate) fn segment(id: SegmentId, json: Json<'_>, directory: &mut Directory) -> SegmentEntry {
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

fn version(members: Option<Members<'_>>) -> u64 {
    members
        .and_then(|members| members.integer("version").ok()?)
        .unwrap_or(0)
}
