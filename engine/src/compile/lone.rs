//! Leaves and units compiled by themselves, outside any ruleset: for explanations, which
//! so share the evaluator's meaning of them.

use serde_json::Value;

use super::condition;
use super::reader::{Members, Read};
use crate::attribute::AttributeRef;
use crate::context::{Context, Resolved};
use crate::json::Tape;
use crate::matcher::Matcher;
use crate::plan;
use crate::slots;

/// A leaf: what it looks at, and what it wants of it.
pub(crate) struct Leaf {
    pub(crate) attribute: AttributeRef,
    pub(crate) matcher: Matcher,
}

/// The unit of a split or share, and the seed of its slots.
pub(crate) struct Unit {
    pub(crate) by: AttributeRef,
    seed: u32,
}

/// Compiles one leaf; nothing where it cannot be read.
pub(crate) fn leaf(json: &Value) -> Option<Leaf> {
    let tape = Tape::of(json);
    let members = Members::of(tape.root()).ok()?;
    Some(Leaf {
        matcher: condition::matcher(members).ok()?,
        attribute: reference(members.text("attribute"))?,
    })
}

/// Compiles the unit of one split or share; nothing where it cannot be read.
pub(crate) fn unit(json: &Value, default_salt: &str) -> Option<Unit> {
    let tape = Tape::of(json);
    let members = Members::of(tape.root()).ok()?;
    Some(Unit {
        by: reference(members.text("by"))?,
        seed: slots::seed(members.text("salt").ok()?.unwrap_or(default_salt)),
    })
}

fn reference(text: Read<Option<&str>>) -> Option<AttributeRef> {
    AttributeRef::parse(text.ok()?.unwrap_or(Context::TARGETING_KEY)).ok()
}

impl Unit {
    /// The unit's slot; nothing where the context has no unit, or an unfit one.
    pub(crate) fn slot(&self, context: &Context) -> Option<u32> {
        let unit = self.by.resolve(context).map(Resolved::from)?;
        plan::slot(self.seed, unit)
    }
}
