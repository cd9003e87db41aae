//! What the compiler makes of flags and segments: ready to evaluate.
//!
//! A plan knows other flags and segments by number only, so that a change to one of
//! them leaves it as it is. All that can be read, sorted, hashed or seeded before an
//! evaluation is.

use std::sync::Arc;

use serde_json::Value;

use crate::attribute::AttributeId;
use crate::context::{Attributes, Resolved};
use crate::evaluation::Reason;
use crate::flag::FlagType;
use crate::matcher::{Matcher, TextSet};
use crate::slots;

/// A flag's place in a ruleset.
pub(crate) type FlagId = u32;
/// A segment's place in a ruleset.
pub(crate) type SegmentId = u32;

/// A flag, ready to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct FlagPlan {
    pub(crate) variations: Box<[Variation]>,
    /// An index into `variations`, as in all parts below.
    pub(crate) off: Option<u32>,
    pub(crate) prerequisites: Box<[Requirement]>,
    pub(crate) targets: Box<[Target]>,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) default: Serve,
}

#[derive(Clone, Debug)]
pub(crate) struct Variation {
    pub(crate) key: Arc<str>,
    pub(crate) value: Value,
}

/// A flag that must serve one of some variations. These are names, since the other
/// flag may change them without this one.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) flag: FlagId,
    pub(crate) variations: Box<[Box<str>]>,
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
    pub(crate) values: TextSet,
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
    /// The slot behind each run, and its variation; empty runs left out.
    pub(crate) runs: Box<[(u32, u32)]>,
}

/// What names a unit, and the seed that its slot is computed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    pub(crate) by: AttributeId,
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
    /// An attribute, and the operator that it is matched with: what explanations compile
    /// by themselves, with `compile::leaf`.
    Leaf {
        attribute: AttributeId,
        matcher: Matcher,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) unit: Unit,
    pub(crate) slots: u32,
}

/// A segment, ready to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct SegmentPlan {
    pub(crate) included: Box<[Listed]>,
    pub(crate) excluded: Box<[Listed]>,
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
    pub(crate) node: Node,
    pub(crate) kind: Option<FlagType>,
    pub(crate) enabled: bool,
    pub(crate) client_visible: bool,
    pub(crate) plan: Result<FlagPlan, Box<str>>,
    /// What it does with everybody alike, where that is so and no error; see [`Self::settle`].
    pub(crate) fixed: Option<Fixed>,
}

/// What a flag does with everybody alike: worked out at load, so that an evaluation gets
/// there by few reads that wait for each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fixed {
    /// It serves this.
    Served {
        variation: Option<u32>,
        reason: Reason,
    },
    /// It divides them by its default, which is a split by this.
    Divided(Unit),
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
        self.fixed = match self.compiled() {
            Ok(plan) if !self.enabled => Some(Fixed::Served {
                variation: plan.off,
                reason: Reason::Disabled,
            }),
            Ok(plan) if plan.is_plain() => Some(match &plan.default {
                Serve::Variation(variation) => Fixed::Served {
                    variation: Some(*variation),
                    reason: Reason::Static,
                },
                Serve::Split(split) => Fixed::Divided(split.unit),
            }),
            _ => None,
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
    pub(crate) fn compiled(&self) -> Result<&SegmentPlan, &str> {
        match (&self.plan, &self.node.link.fault) {
            (Ok(plan), None) => Ok(plan),
            (Err(message), _) | (Ok(_), Some(message)) => Err(message),
        }
    }
}

impl FlagPlan {
    /// Whether nothing stands before the default.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.prerequisites.is_empty() && self.targets.is_empty() && self.rules.is_empty()
    }
}

impl Listed {
    /// Whether the attribute is a string that is listed.
    #[inline]
    pub(crate) fn has(&self, unit: &impl Attributes) -> bool {
        match unit.attribute(self.attribute) {
            Resolved::Text(text, hash) => self.values.contains(text, hash),
            _ => false,
        }
    }
}

impl Unit {
    /// The unit's slot; nothing where the context has no unit, or an unfit one.
    #[inline]
    pub(crate) fn slot(self, unit: &impl Attributes) -> Option<u32> {
        slot(self.seed, unit.attribute(self.by))
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
    /// The variation that a slot falls to.
    #[inline]
    pub(crate) fn variation(&self, slot: u32) -> Option<u32> {
        let run = match self.runs.len() {
            // A few are counted faster than halved.
            0..=8 => self.runs.iter().filter(|(end, _)| *end <= slot).count(),
            _ => self.runs.partition_point(|(end, _)| *end <= slot),
        };
        self.runs.get(run).map(|(_, variation)| *variation)
    }
}
