//! What an edit would change: one flag before and after, over many contexts.
//!
//! The contexts are given (pasted, or sampled from telemetry), or made up: units by the
//! number, with the attributes of one context. Both rulesets evaluate each, and only
//! counts are kept, so that a hundred thousand units take some hundredths of a second.

use crate::attribute::AttributeRef;
use crate::context::Context;
use crate::ruleset::Ruleset;

mod model;
mod tally;
mod units;

pub use model::{Impact, Move};
pub use tally::Tally;
pub use units::Units;

/// What an edit changes for some contexts.
pub fn on_contexts<'c>(
    before: &Ruleset,
    after: &Ruleset,
    flag: &str,
    contexts: impl IntoIterator<Item = &'c Context>,
) -> Impact {
    let mut tally = Tally::new(before, after, flag);
    for context in contexts {
        tally.add(context);
    }
    tally.finish()
}

/// What an edit changes for made-up units with the attributes of a context; `by` names
/// the attribute that tells them apart.
pub fn on_units(
    before: &Ruleset,
    after: &Ruleset,
    flag: &str,
    base: &Context,
    by: &AttributeRef,
    count: u32,
) -> Impact {
    let mut tally = Tally::new(before, after, flag);
    let mut units = Units::new(base, by, count);
    while let Some((name, context)) = units.next() {
        tally.add_named(name, context);
    }
    tally.finish()
}
