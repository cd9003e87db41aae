//! A flag that was looked up.

use std::sync::{Arc, Weak};

use super::Ruleset;
use crate::context::{Attributes as _, Context, OneShot, Origin, PreparedContext};
use crate::evaluate;
use crate::evaluation::Evaluation;
use crate::plan::{FlagEntry, FlagId};

/// A flag of a ruleset, for those who keep something of their own for each flag: its
/// numbers are small, so that a list can hold that.
#[derive(Clone, Copy, Debug)]
pub struct Found<'r> {
    pub(super) ruleset: &'r Ruleset,
    pub(super) entry: &'r FlagEntry,
    pub(super) number: FlagId,
}

/// Knows one compiled flag again, in whatever ruleset: patches share what they leave alone.
/// Until it is dropped, no other flag is taken for it.
#[derive(Clone, Debug, Default)]
pub struct SameFlag(Weak<FlagEntry>);

impl SameFlag {
    /// Whether it is this flag, as it was compiled then.
    #[inline]
    pub fn is(&self, flag: Found<'_>) -> bool {
        std::ptr::eq(self.0.as_ptr(), flag.entry)
    }
}

impl<'r> Found<'r> {
    /// The flag's key.
    pub fn key(self) -> &'r str {
        &self.entry.node.key
    }

    /// What knows it again.
    pub fn same(self) -> SameFlag {
        let entry = self.ruleset.flags.get(self.number as usize);
        SameFlag(
            entry
                .and_then(Option::as_ref)
                .map(Arc::downgrade)
                .unwrap_or_default(),
        )
    }

    /// The flag's number in this ruleset: below the number of all flags that this ruleset
    /// and those that it was patched from ever had or named. Other rulesets have other
    /// numbers; see [`SameFlag`].
    #[inline]
    pub fn number(self) -> usize {
        self.number as usize
    }

    /// The place of a variation among those of the flag, where an evaluation of this flag
    /// serves one.
    #[inline]
    pub fn variation(self, evaluation: &Evaluation<'r>) -> Option<usize> {
        let (value, plan) = (evaluation.value?, self.entry.plan.as_ref().ok()?);
        let mut all = plan.variations.iter();
        all.position(|variation| std::ptr::eq(&variation.value, value))
    }

    /// As [`Ruleset::evaluate`].
    pub fn evaluate(self, context: &Context) -> Evaluation<'r> {
        self.evaluate_once(context.into())
    }

    /// As [`Ruleset::evaluate_prepared`].
    #[inline]
    pub fn evaluate_prepared(self, context: &PreparedContext<'_>) -> Evaluation<'r> {
        if context.fits(&self.ruleset.directory.attributes) {
            evaluate::evaluate(self.ruleset, self.entry, context)
        } else {
            self.evaluate_once(context.origin())
        }
    }

    #[inline(never)]
    pub(super) fn evaluate_once(self, context: Origin<'_>) -> Evaluation<'r> {
        if let Some(evaluation) = evaluate::to_everybody(self.entry) {
            return evaluation;
        }
        let unit = OneShot::new(&self.ruleset.directory.attributes, context);
        evaluate::evaluate(self.ruleset, self.entry, &unit)
    }
}
