//! What is not finished in a condition: found at once, without the engine.

use serin_engine::condition::{Comparison, Condition, Operator};

use super::{
    operator::{self, Input},
    surroundings::missing,
};
use crate::engine::Mistake;

/// The places that are still to be filled in, in reading order; `at` is the condition's
/// JSON pointer.
pub(crate) fn incomplete(condition: &Condition, at: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    look(condition, at, &mut found);
    found
}

fn look(condition: &Condition, at: &str, found: &mut Vec<Mistake>) {
    let mut say = |member: &str, words: &str| {
        found.push(missing(format!("{at}/{member}"), words));
    };
    match condition {
        Condition::All { all } => list(all, &format!("{at}/all"), found),
        Condition::Any { any } => list(any, &format!("{at}/any"), found),
        Condition::Not { not } => look(not, &format!("{at}/not"), found),
        Condition::Segment { segment } if segment.is_empty() => {
            say("segment", "a segment is to be chosen");
        }
        Condition::Segment { .. } => {}
        Condition::Flag { flag, .. } if flag.is_empty() => say("flag", "a flag is to be chosen"),
        Condition::Flag { variations, .. } if variations.is_empty() => {
            say("variations", "a variation is to be chosen");
        }
        Condition::Flag { .. } => {}
        Condition::Share { share } if share.salt.is_empty() => {
            say("share/salt", "a seed is missing");
        }
        Condition::Share { .. } => {}
        Condition::Attribute(comparison) => compared(comparison, &mut say),
    }
}

fn list(parts: &[Condition], at: &str, found: &mut Vec<Mistake>) {
    for (index, part) in parts.iter().enumerate() {
        look(part, &format!("{at}/{index}"), found);
    }
}

fn compared(comparison: &Comparison, say: &mut dyn FnMut(&str, &str)) {
    if comparison.attribute.trim().is_empty() {
        say("attribute", "an attribute is missing");
    }
    let op = comparison.op;
    if op == Operator::Exists {
        return;
    }
    if comparison.values.is_empty() {
        say("values", "a value is missing");
    }
    let one = operator::input(op) != Input::Tags;
    for (index, value) in comparison.values.iter().enumerate() {
        let empty = one && value.as_str().is_some_and(|text| text.trim().is_empty());
        if empty {
            say(&format!("values/{index}"), "a value is missing");
        } else if operator::input(op) == Input::Numbers && !value.is_number() {
            let found = operator::text(op, value);
            say(
                &format!("values/{index}"),
                &format!("{found} is not a number"),
            );
        }
    }
}
