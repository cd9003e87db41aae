//! Counting, in slices: the engine's worker does other things in between, and a count
//! that was overtaken by an edit stops.

use leptos::prelude::*;
use serde_json::{Map, Value};

use super::{pasted::Context, tally::Tally};
use crate::{
    engine::{Drafts, Engine, Failure, Units},
    pages::flag::editor::Editor,
    reactive::{Calm, effect, spawn},
};

/// How long nobody types before it is counted, in milliseconds.
const CALM: u32 = 300;
/// How many units are asked about at once.
const UNITS_AT_ONCE: u32 = 10_000;
/// How many contexts are sent at once.
const CONTEXTS_AT_ONCE: usize = 2000;

/// What is counted over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Contexts {
    /// `unit-0`, `unit-1`, …
    Units {
        /// How many.
        count: u32,
        /// The attributes that all of them have.
        base: Map<String, Value>,
        /// The attribute that tells them apart; the targeting key where absent.
        by: Option<String>,
    },
    /// These.
    These(Vec<Context>),
}

impl Contexts {
    /// Synthetic units without attributes.
    pub(crate) fn units(count: u32) -> Self {
        Self::Units {
            count,
            base: Map::new(),
            by: None,
        }
    }
}

/// One count that is kept up.
#[derive(Clone, Copy)]
pub(super) struct Run {
    editor: Editor,
    engine: Engine,
    /// The last whole count; absent where nothing is edited or nothing is known yet.
    pub(super) tally: RwSignal<Option<Tally>>,
    /// A newer count is under way.
    pub(super) busy: RwSignal<bool>,
    /// Why it cannot be counted.
    pub(super) failure: RwSignal<Option<String>>,
    /// The newest count; older ones stop.
    number: StoredValue<u64>,
}

impl Run {
    pub(super) fn new(editor: Editor) -> Self {
        Self {
            editor,
            engine: Engine::current(),
            tally: RwSignal::new(None),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
            number: StoredValue::new(0),
        }
    }

    /// Counts whenever the contexts, the edits or the ruleset change and it is calm then.
    pub(super) fn follow(self, contexts: impl Fn() -> Contexts + 'static) {
        let calm = Calm::new();
        effect(move || {
            let as_if_on = self.editor.as_if_on();
            let drafts = self.editor.whole.with(|whole| {
                if whole.is_edit() {
                    whole.drafts(as_if_on)
                } else {
                    Drafts::default()
                }
            });
            let contexts = contexts();
            self.engine.revision();
            self.number.update_value(|number| *number += 1);
            let number = self.number.get_value();
            let none = matches!(&contexts, Contexts::These(these) if these.is_empty());
            if none || drafts == Drafts::default() {
                self.end(number, Ok(None));
                return;
            }
            self.busy.set(true);
            calm.after(CALM, move || {
                spawn(async move {
                    let counted = self.count(contexts, drafts, number).await;
                    self.end(number, counted);
                });
            });
        });
    }

    /// `None` where it was overtaken.
    async fn count(
        self,
        contexts: Contexts,
        drafts: Drafts,
        number: u64,
    ) -> Result<Option<Tally>, Failure> {
        let flag = untrack(|| self.editor.key());
        let mut tally = Tally::default();
        for slice in slices(contexts) {
            let impact = self.engine.impact(flag.clone(), slice, drafts.clone());
            let impact = impact.await?;
            if self.number.try_get_value() != Some(number) {
                return Ok(None);
            }
            tally.add(&impact);
        }
        Ok(Some(tally))
    }

    fn end(self, number: u64, counted: Result<Option<Tally>, Failure>) {
        // Nobody looks at it any more, or a newer count is under way.
        if self.number.try_get_value() != Some(number) {
            return;
        }
        let (tally, failure) = match counted {
            Ok(tally) => (tally, None),
            Err(failure) => (None, Some(why_not(&failure))),
        };
        self.tally.set(tally);
        self.failure.set(failure.map(str::to_owned));
        self.busy.set(false);
    }
}

/// Why nothing is counted, for people.
pub(crate) fn why_not(failure: &Failure) -> &'static str {
    match failure {
        Failure::Unavailable(_) => "What this moves cannot be counted in this browser.",
        Failure::TooLong => "It takes too long to count what this moves.",
        Failure::Refused(_) => "What this moves is counted once the edit is whole.",
    }
}

/// The parts that are counted one after the other.
pub(crate) fn slices(contexts: Contexts) -> Vec<Units> {
    match contexts {
        Contexts::Units { count, base, by } => (0..count)
            .step_by(UNITS_AT_ONCE as usize)
            .map(|from| Units::Synthetic {
                from,
                count: UNITS_AT_ONCE.min(count - from),
                base: Value::Object(base.clone()),
                by: by.clone(),
            })
            .collect(),
        Contexts::These(these) => these
            .chunks(CONTEXTS_AT_ONCE)
            .map(|slice| Units::Contexts(slice.iter().cloned().map(Value::Object).collect()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_every_unit_and_context_once() {
        let units = slices(Contexts::Units {
            count: 25_000,
            base: Map::new(),
            by: None,
        });
        let units: Vec<_> = units
            .iter()
            .map(|slice| match slice {
                Units::Synthetic { from, count, .. } => (*from, *count),
                Units::Contexts(_) => unreachable!(),
            })
            .collect();
        assert_eq!(units, [(0, 10_000), (10_000, 10_000), (20_000, 5000)]);
        let these = slices(Contexts::These(vec![Context::new(); 4100]));
        let counts: Vec<_> = these
            .iter()
            .map(|slice| match slice {
                Units::Contexts(contexts) => contexts.len(),
                Units::Synthetic { .. } => unreachable!(),
            })
            .collect();
        assert_eq!(counts, [2000, 2000, 100]);
    }
}
