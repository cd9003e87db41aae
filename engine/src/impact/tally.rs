//! Counting.

use std::cmp::Reverse;

use serde_json::Value;

use super::{Impact, Move};
use crate::context::Context;
use crate::evaluation::{Evaluation, Reason};
use crate::hash::Map;
use crate::ruleset::Ruleset;

/// How many contexts of a move are named.
const EXAMPLES: usize = 5;

/// Counts what an edit changes, context by context, for callers that want to stop when
/// it takes too long.
pub struct Tally<'r> {
    before: Side<'r>,
    after: Side<'r>,
    /// By what was served before (upper half) and after (lower half).
    cells: Map<u64, Cell>,
    contexts: u64,
}

/// One of the two rulesets, and what it served so far.
struct Side<'r> {
    ruleset: &'r Ruleset,
    flag: &'r str,
    /// Variations and their values; the first is the caller's default.
    served: Vec<(Option<&'r str>, Option<&'r Value>)>,
    errors: u64,
}

struct Cell {
    count: u64,
    changed: bool,
    examples: Vec<String>,
}

impl<'r> Tally<'r> {
    /// Compares a flag of two rulesets. One that is not there serves the caller's
    /// default, in error.
    pub fn new(before: &'r Ruleset, after: &'r Ruleset, flag: &'r str) -> Self {
        let side = |ruleset| Side {
            ruleset,
            flag,
            served: vec![(None, None)],
            errors: 0,
        };
        Self {
            before: side(before),
            after: side(after),
            cells: Map::default(),
            contexts: 0,
        }
    }

    /// How many contexts were counted.
    pub fn contexts(&self) -> u64 {
        self.contexts
    }

    /// Counts a context; its targeting key names it.
    pub fn add(&mut self, context: &Context) {
        self.count(context, || match context.get(Context::TARGETING_KEY) {
            Some(Value::String(key)) => key.clone(),
            Some(Value::Number(key)) => key.to_string(),
            _ => String::new(),
        });
    }

    /// Counts a context by a name of its own.
    pub fn add_named(&mut self, name: &str, context: &Context) {
        self.count(context, || name.to_owned());
    }

    fn count(&mut self, context: &Context, name: impl FnOnce() -> String) {
        let (before, after) = (self.before.serve(context), self.after.serve(context));
        let (old, new) = (self.before.served[before], self.after.served[after]);
        let cell = (before as u64) << 32 | after as u64;
        let cell = self.cells.entry(cell).or_insert_with(|| Cell {
            count: 0,
            changed: old != new,
            examples: Vec::new(),
        });
        cell.count += 1;
        if cell.changed && cell.examples.len() < EXAMPLES {
            cell.examples.push(name());
        }
        self.contexts += 1;
    }

    /// The counts.
    pub fn finish(self) -> Impact {
        let mut impact = Impact {
            contexts: self.contexts,
            errors_before: self.before.errors,
            errors_after: self.after.errors,
            ..Impact::default()
        };
        for (places, cell) in self.cells {
            let from = self.before.name((places >> 32) as usize);
            let to = self.after.name((places & u64::from(u32::MAX)) as usize);
            *impact.before.entry(from.clone()).or_default() += cell.count;
            *impact.after.entry(to.clone()).or_default() += cell.count;
            if cell.changed {
                impact.changed += cell.count;
                impact.moves.push(Move {
                    from,
                    to,
                    count: cell.count,
                    examples: cell.examples,
                });
            }
        }
        impact.moves.sort_by(|a, b| {
            (Reverse(a.count), &a.from, &a.to).cmp(&(Reverse(b.count), &b.from, &b.to))
        });
        impact
    }
}

impl<'r> Side<'r> {
    /// The place of what is served.
    fn serve(&mut self, context: &Context) -> usize {
        let Evaluation {
            value,
            variation,
            reason,
            ..
        } = self.ruleset.evaluate(self.flag, context);
        self.errors += u64::from(reason == Reason::Error);
        let known = self
            .served
            .iter()
            .position(|(known, _)| *known == variation);
        known.unwrap_or_else(|| {
            self.served.push((variation, value));
            self.served.len() - 1
        })
    }

    fn name(&self, place: usize) -> String {
        self.served[place].0.unwrap_or_default().to_owned()
    }
}
