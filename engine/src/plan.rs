//! What the compiler makes of flags and segments: ready to evaluate.
//!
//! A plan knows other flags and segments by number only, so that a change to one of
//! them leaves it as it is. All that can be read, sorted, hashed or seeded before an
//! evaluation is.

use std::sync::Arc;

use serde_json::Value;

use crate::attribute::{AttributeId, ReadingId};
use crate::context::{Attributes, Resolved};
use crate::evaluation::Reason;
use crate::flag::FlagType;
use crate::hash;
use crate::matcher::{Many, Matcher, NumberTest, TextSet};
use crate::slots;

/// A flag's place in a ruleset.
pub(crate) type FlagId = u32;
/// A segment's place in a ruleset.
pub(crate) type SegmentId = u32;

/// A flag, ready to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct FlagPlan {
    /// An index into the flag's variations, as in all parts below.
    pub(crate) off: Option<u32>,
    pub(crate) prerequisites: Box<[Requirement]>,
    pub(crate) targets: Box<[Target]>,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) default: Serve,
}

#[derive(Clone, Debug)]
pub(crate) struct Variation {
    pub(crate) key: Arc<str>,
    /// The key's hash.
    pub(crate) hash: u64,
    pub(crate) value: Value,
}

/// A flag that must serve one of some variations. These are names, since the other
/// flag may change them without this one.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) flag: FlagId,
    pub(crate) variations: TextSet,
}

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) listed: Listed,
    pub(crate) variation: u32,
}

/// Units listed by an attribute.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) attribute: AttributeId,
    pub(crate) values: TextSet<Many>,
}

/// Lists of units. Most often there is one at most, which is in place: a step less to it.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    first: Option<Listed>,
    others: Box<[Listed]>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) when: Test,
    pub(crate) serve: Serve,
}

#[derive(Clone, Debug)]
pub(crate) enum Serve {
    Variation(u32),
    Split(Box<Split>),
}

/// A percentage rollout.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub(crate) unit: Unit,
    /// The slots behind the first runs, again: where there is one run more at most, which
    /// ends behind all slots, these say all, and are read without a look at how many there are.
    ends: [u32; 3],
    /// The slot behind each run, and its variation; empty runs left out.
    runs: Box<[(u32, u32)]>,
}

/// What names a unit, and the seed that its slot is computed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    pub(crate) by: AttributeId,
    /// What contexts prepare of the attribute for this.
    pub(crate) reading: ReadingId,
    pub(crate) seed: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Test {
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),
    Segment(SegmentId),
    Flag(Box<Requirement>),
    Share(Box<Share>),
    /// Whether an attribute is one of a few short texts, by their hashes: what most leaves
    /// are. Fewer than three are filled up with the last one.
    Among {
        attribute: AttributeId,
        texts: [u64; 3],
    },
    /// Whether a text begins with a short one.
    Starts {
        attribute: AttributeId,
        /// How long the short text is; it and its mask, as in its hash.
        length: u32,
        start: u64,
        mask: u64,
    },
    /// Whether a number is above or below another.
    Number {
        attribute: AttributeId,
        test: NumberTest,
        bound: f64,
    },
    /// Whether a version is in a run of versions.
    Version(Box<VersionLeaf>),
    /// An attribute, and the operator that it is matched with, where it is none of those above.
    /// Explanations match whole leaves of their own, with `compile::leaf`.
    Leaf {
        attribute: AttributeId,
        matcher: Matcher,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct VersionLeaf {
    pub(crate) attribute: AttributeId,
    /// What contexts prepare of the attribute for this.
    pub(crate) reading: ReadingId,
    /// The first and the last version that match, packed.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// For versions that cannot be packed, and lists.
    pub(crate) matcher: Matcher,
}

#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) unit: Unit,
    pub(crate) slots: u32,
}

/// A segment, ready to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct SegmentPlan {
    pub(crate) included: Lists,
    pub(crate) excluded: Lists,
    pub(crate) rules: Box<[Test]>,
}

/// What a flag or segment names, read off the names alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dependency {
    Flag(FlagId),
    Segment(SegmentId),
}

/// A flag of a ruleset, whether it compiles or not.
#[derive(Clone, Debug)]
pub(crate) struct FlagEntry {
    /// The hash of its key.
    pub(crate) hash: u64,
    /// How it is evaluated; see [`Self::settle`].
    pub(crate) way: Way,
    /// Empty where the flag does not compile.
    pub(crate) variations: Box<[Variation]>,
    pub(crate) node: Node,
    pub(crate) kind: Option<FlagType>,
    pub(crate) enabled: bool,
    pub(crate) client_visible: bool,
    pub(crate) plan: Result<FlagPlan, Box<str>>,
}

/// How a flag is evaluated: worked out at load, so that an evaluation gets there by few
/// reads that wait for each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// It serves this to everybody.
    Served {
        variation: Option<u32>,
        reason: Reason,
    },
    /// It divides everybody by its default, which is a split by this.
    Divided(Unit),
    /// Step by step.
    Steps,
    /// The same, but it leads to very many others.
    Heavy,
    /// It does not compile.
    Broken,
}

/// A segment of a ruleset, whether it compiles or not.
#[derive(Clone, Debug)]
pub(crate) struct SegmentEntry {
    pub(crate) node: Node,
    pub(crate) plan: Result<SegmentPlan, Box<str>>,
}

/// What flags and segments have in common.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) key: Arc<str>,
    pub(crate) version: u64,
    /// In the order of the document; one that is named twice is there twice.
    pub(crate) names: Box<[Dependency]>,
    /// How deep its conditions nest.
    pub(crate) nesting: u32,
    pub(crate) link: Link,
}

/// What follows from the others in the ruleset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// Why it does not compile, where it would by itself.
    pub(crate) fault: Option<Box<str>>,
    /// Whether a plain recursive evaluation could go too deep or take too long.
    pub(crate) heavy: bool,
}

impl FlagEntry {
    /// Takes what follows from the other flags, and works out what follows from that.
    pub(crate) fn settle(&mut self, link: Link) {
        self.node.link = link;
        self.way = match self.compiled() {
            Err(_) => Way::Broken,
            Ok(plan) if !self.enabled => Way::Served {
                variation: plan.off,
                reason: Reason::Disabled,
            },
            Ok(plan) if plan.is_plain() => match &plan.default {
                Serve::Variation(variation) => Way::Served {
                    variation: Some(*variation),
                    reason: Reason::Static,
                },
                Serve::Split(split) => Way::Divided(split.unit),
            },
            Ok(_) if self.node.link.heavy => Way::Heavy,
            Ok(_) => Way::Steps,
        };
    }

    /// The plan, where the flag compiles.
    #[inline]
    pub(crate) fn compiled(&self) -> Result<&FlagPlan, &str> {
        match (&self.plan, &self.node.link.fault) {
            (Ok(plan), None) => Ok(plan),
            (Err(message), _) | (Ok(_), Some(message)) => Err(message),
        }
    }
}

impl SegmentEntry {
    /// The plan, where the segment compiles.
    #[inline]
    pub(crate) fn compiled(&self) -> Result<&SegmentPlan, &str> {
        match (&self.plan, &self.node.link.fault) {
            (Ok(plan), None) => Ok(plan),
            (Err(message), _) | (Ok(_), Some(message)) => Err(message),
        }
    }
}

impl FlagPlan {
    /// Whether nothing stands before the default.
    fn is_plain(&self) -> bool {
        self.prerequisites.is_empty() && self.targets.is_empty() && self.rules.is_empty()
    }
}

impl Test {
    /// Whether a text begins with another of up to [`hash::SHORT`] bytes.
    pub(crate) fn starts(attribute: AttributeId, start: &str) -> Self {
        let bits = 8 * start.len();
        Self::Starts {
            attribute,
            length: start.len() as u32,
            start: hash::word(start.as_bytes()),
            mask: (1 << bits) - 1,
        }
    }
}

impl Listed {
    /// Whether the attribute is a string that is listed.
    #[inline(always)]
    pub(crate) fn has(&self, unit: &impl Attributes) -> bool {
        match unit.attribute(self.attribute) {
            Resolved::Text(text, hash) => self.values.contains(text, hash),
            _ => false,
        }
    }
}

impl From<Box<[Listed]>> for Lists {
    fn from(lists: Box<[Listed]>) -> Self {
        let mut lists = lists.into_iter();
        Self {
            first: lists.next(),
            others: lists.collect(),
        }
    }
}

impl Lists {
    /// Whether any of them has the unit.
    #[inline(always)]
    pub(crate) fn have(&self, unit: &impl Attributes) -> bool {
        self.first.as_ref().is_some_and(|first| first.has(unit))
            || (!self.others.is_empty() && self.others_have(unit))
    }

    #[inline(never)]
    fn others_have(&self, unit: &impl Attributes) -> bool {
        self.others.iter().any(|listed| listed.has(unit))
    }
}

/// The slot of a unit; nothing where it is missing or unfit.
#[inline]
pub(crate) fn slot(seed: u32, unit: Resolved<'_>) -> Option<u32> {
    match unit {
        Resolved::Text(unit, _) => Some(slots::slot(seed, unit)),
        Resolved::Number(unit) => slots::slot_of_number(seed, unit),
        _ => None,
    }
}

impl Split {
    /// Takes runs that fill all slots.
    pub(crate) fn new(unit: Unit, runs: Box<[(u32, u32)]>) -> Self {
        // Behind all slots where there is no such run.
        let end = |place: usize| runs.get(place).map_or(u32::MAX, |(end, _)| *end);
        Self {
            unit,
            ends: [end(0), end(1), end(2)],
            runs,
        }
    }

    /// The variation that a slot falls to.
    #[inline]
    pub(crate) fn variation(&self, slot: u32) -> Option<u32> {
        let run = if self.runs.len() <= self.ends.len() + 1 {
            self.ends.iter().filter(|end| **end <= slot).count()
        } else {
            self.runs.partition_point(|(end, _)| *end <= slot)
        };
        self.runs.get(run).map(|(_, variation)| *variation)
    }
}
