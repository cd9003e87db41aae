//! Single questions to the evaluator, for explanations.

use super::{Evaluator, Memo};
use crate::context::Context;
use crate::evaluation::Reason;
use crate::plan::FlagEntry;
use crate::ruleset::Ruleset;

/// What a flag leads to, as the evaluator sees it for one context.
pub(crate) struct Probe<'r, 'a> {
    ruleset: &'r Ruleset,
    context: &'a Context,
    /// For a flag that leads to very many others: so that no question goes deep.
    memo: Option<Memo<'r>>,
}

impl<'r, 'a> Probe<'r, 'a> {
    /// Takes questions about what this flag leads to, and about nothing else.
    pub(crate) fn of(ruleset: &'r Ruleset, entry: &'r FlagEntry, context: &'a Context) -> Self {
        let heavy = entry.node.link.heavy;
        Self {
            ruleset,
            context,
            memo: heavy.then(|| Memo::of(entry, ruleset, &ruleset.one_shot(context))),
        }
    }

    /// What another flag serves to those that ask for it, and why. The reason is not
    /// known where the flag asked for leads to very many others.
    pub(crate) fn served(&self, flag: &str) -> (Option<&'r str>, Option<Reason>) {
        match (&self.memo, self.ruleset.flag_id(flag)) {
            (Some(memo), Some(id)) => {
                let served = memo.flag(id).flatten();
                (served.map(|variation| &*variation.key), None)
            }
            _ => {
                let evaluation = self.ruleset.evaluate(flag, self.context);
                let served = match evaluation.reason {
                    Reason::Disabled | Reason::Error => None,
                    _ => evaluation.variation,
                };
                (served, Some(evaluation.reason))
            }
        }
    }

    /// Whether the context is in a segment.
    pub(crate) fn is_in(&self, segment: &str) -> bool {
        let evaluator = Evaluator {
            ruleset: self.ruleset,
            unit: &self.ruleset.one_shot(self.context),
            memo: self.memo.as_ref(),
        };
        let id = self.ruleset.segment_id(segment);
        id.is_some_and(|id| evaluator.is_in(id))
    }
}
