//! A flag that was looked up.

use std::sync::{Arc, Weak};

use serde_json::Value;

use super::{FlagView, Ruleset};
use crate::context::{Attributes as _, Context, OneShot, Origin, PreparedContext};
use crate::evaluate;
use crate::evaluation::Evaluation;
use crate::plan::{FlagEntry, FlagId, Way};

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
        self.is_at(flag.address())
    }

    /// The same by the flag's [`Found::address`].
    #[inline]
    pub fn is_at(&self, address: usize) -> bool {
        self.0.as_ptr().addr() == address
    }
}

/// What is known of a flag's evaluations before there is a context.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled<'r> {
    /// This is served to everybody.
    Alike(Evaluation<'r>),
    /// Its default divides everybody who has a unit.
    Divided,
    /// It depends on more than that, or is an error.
    Open,
}

impl Ruleset {
    /// All flags as [`Self::find`] finds them, sorted by key; those that do not compile too.
    pub fn found(&self) -> impl Iterator<Item = Found<'_>> {
        let numbers = self.sorted.iter().map(|number| *number as usize);
        numbers.filter_map(|number| self.numbered(number))
    }

    /// The flag of a number that [`Found::number`] told of this ruleset.
    #[inline]
    pub fn numbered(&self, number: usize) -> Option<Found<'_>> {
        Some(Found {
            ruleset: self,
            entry: self.flags.get(number)?.as_deref()?,
            // A place in a list whose numbers are of this type.
            number: number as FlagId,
        })
    }
}

impl<'r> Found<'r> {
    /// What can be told of it without evaluating it.
    pub fn view(self) -> FlagView<'r> {
        self.entry.view()
    }

    /// What is known of its evaluations before there is a context.
    #[inline]
    pub fn settled(self) -> Settled<'r> {
        match (evaluate::to_everybody(self.entry), self.entry.way) {
            (Some(evaluation), _) => Settled::Alike(evaluation),
            (None, Way::Divided(_)) => Settled::Divided,
            (None, _) => Settled::Open,
        }
    }

    /// The keys and values of its variations, in order; none where it does not compile.
    pub fn variations(self) -> impl Iterator<Item = (&'r str, &'r Value)> {
        let all = match self.entry.compiled() {
            Ok(_) => &self.entry.variations[..],
            Err(_) => &[],
        };
        all.iter()
            .map(|variation| (&*variation.key, &variation.value))
    }

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

    /// Where the flag is in memory: what [`SameFlag`] knows it by, for those who want to
    /// hand on a number only.
    #[inline]
    pub fn address(self) -> usize {
        std::ptr::from_ref(self.entry).addr()
    }

    /// The place of a variation among those of the flag, where an evaluation of this flag
    /// serves one.
    #[inline]
    pub fn variation(self, evaluation: &Evaluation<'r>) -> Option<usize> {
        let value = evaluation.value?;
        let mut all = self.entry.variations.iter();
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

    #[inline(always)]
    pub(super) fn evaluate_once(self, context: Origin<'_>) -> Evaluation<'r> {
        // Its parts, so that it need not be in memory for the call.
        evaluate_once(self.ruleset, self.entry, context)
    }
}

#[inline(never)]
fn evaluate_once<'r>(
    ruleset: &'r Ruleset,
    entry: &'r FlagEntry,
    context: Origin<'_>,
) -> Evaluation<'r> {
    if let Some(evaluation) = evaluate::to_everybody(entry) {
        return evaluation;
    }
    let unit = OneShot::new(&ruleset.directory.attributes, context);
    evaluate::evaluate(ruleset, entry, &unit)
}
