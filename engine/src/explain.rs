//! Why a flag serves what it serves: an evaluation, step by step.
//!
//! The evaluator itself keeps no trace, so that being able to make one costs it nothing.
//! An explanation follows the flag as it is written, with the evaluator's own matchers
//! in its leaves, and asks the evaluator for what other flags serve and who is in a
//! segment. What is served is the evaluator's word too; that the steps lead to the same
//! is a property that the tests hold for random rulesets and contexts.
//!
//! An explanation is bounded in size and depth, whatever the ruleset and the context:
//! where something is left out it says so. `docs/explanation.md` has the format.

use std::borrow::Cow;

use serde_json::Value;

use crate::context::Context;
use crate::evaluate::Probe;
use crate::evaluation::Evaluation;
use crate::ruleset::{Document, Ruleset};

mod condition;
mod model;
mod room;
mod segment;
mod steps;

pub use model::{
    Because, Condition, Construct, Explanation, FlagPart, Leaf, Outcome, Parts, PrerequisiteStep,
    RuleStep, SegmentPart, Serve, SharePart, SplitPart, Step, TargetStep, Truth,
};

use room::Room;

/// Flags and segments as they are written: what a ruleset was compiled from.
pub trait Source {
    /// A flag of the document.
    fn flag(&self, key: &str) -> Option<Cow<'_, Value>>;
    /// A segment of the document.
    fn segment(&self, key: &str) -> Option<Cow<'_, Value>>;
}

impl Source for Document {
    fn flag(&self, key: &str) -> Option<Cow<'_, Value>> {
        self.flags.get(key).map(Cow::Borrowed)
    }

    fn segment(&self, key: &str) -> Option<Cow<'_, Value>> {
        self.segments.get(key).map(Cow::Borrowed)
    }
}

/// A source with one flag in another's place: the source of
/// [`Ruleset::with_flag`].
pub struct Edited<'s> {
    /// All others.
    pub source: &'s dyn Source,
    /// The flag's key.
    pub key: &'s str,
    /// The flag.
    pub flag: &'s Value,
}

impl Source for Edited<'_> {
    fn flag(&self, key: &str) -> Option<Cow<'_, Value>> {
        if key == self.key {
            Some(Cow::Borrowed(self.flag))
        } else {
            self.source.flag(key)
        }
    }

    fn segment(&self, key: &str) -> Option<Cow<'_, Value>> {
        self.source.segment(key)
    }
}

/// Evaluates a flag for a context and says how it came about. Never fails and never
/// panics, as evaluation does not.
///
/// The source is what the ruleset was compiled from; with another one the steps may not
/// lead to what is served.
pub fn explain(
    ruleset: &Ruleset,
    source: &dyn Source,
    flag: &str,
    context: &Context,
) -> Explanation {
    let mut explanation = unexplained(flag, ruleset.evaluate(flag, context));
    let entry = ruleset.flag_id(flag).and_then(|id| ruleset.flag_entry(id));
    let (Some(entry), Some(json)) = (entry, source.flag(flag)) else {
        return explanation;
    };
    if entry.compiled().is_ok() {
        let mut explainer = Explainer {
            source,
            context,
            probe: Probe::of(ruleset, entry, context),
            room: Room::default(),
        };
        explanation.steps = explainer.steps(flag, &json);
        explanation.cut = explainer.room.is_cut();
    }
    explanation
}

/// What follows the flag as it is written.
struct Explainer<'e> {
    source: &'e dyn Source,
    context: &'e Context,
    probe: Probe<'e, 'e>,
    room: Room,
}

fn unexplained(flag: &str, evaluation: Evaluation<'_>) -> Explanation {
    Explanation {
        flag: flag.to_owned(),
        value: evaluation.value.cloned(),
        variation: evaluation.variation.map(str::to_owned),
        reason: evaluation.reason,
        rule: evaluation.rule.map(str::to_owned),
        slot: evaluation.slot,
        prerequisite: evaluation.prerequisite.map(str::to_owned),
        error_code: evaluation.error_code(),
        error: evaluation.error.map(|error| error.message.into_owned()),
        flag_version: evaluation.flag_version,
        steps: Vec::new(),
        cut: false,
    }
}

/// A member that is there and not null.
fn member<'j>(json: &'j Value, name: &str) -> Option<&'j Value> {
    json.get(name).filter(|value| !value.is_null())
}

/// A list; empty where absent.
fn list<'j>(json: &'j Value, name: &str) -> &'j [Value] {
    member(json, name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A text; empty where absent.
fn text<'j>(json: &'j Value, name: &str) -> &'j str {
    member(json, name).and_then(Value::as_str).unwrap_or("")
}
