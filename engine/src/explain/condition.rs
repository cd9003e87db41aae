//! Conditions, part by part.

use serde_json::Value;

use super::model::{Condition, Construct, FlagPart, Leaf, Parts, SharePart, Truth};
use super::{Explainer, list, member, text};
use crate::compile;
use crate::condition::Operator;
use crate::matcher;

/// How a condition is looked at.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// The evaluator did not come here.
    pub(super) skipped: bool,
    /// How many levels of JSON the explanation may still nest.
    pub(super) levels: usize,
}

impl View {
    fn of_part(self, skipped: bool) -> Self {
        Self {
            skipped: self.skipped || skipped,
            levels: self.levels.saturating_sub(2),
        }
    }
}

/// A condition's truth, and what there is room to show of it.
pub(super) type Found = (Truth, Option<Condition>);

impl Explainer<'_> {
    /// Evaluates a condition with all of its parts.
    pub(super) fn condition(&mut self, json: &Value, view: View) -> Found {
        let has_place = match view.levels {
            0..4 => self.room.refuse(),
            _ => self.room.condition(),
        };
        let (result, construct) = if let Some(parts) = member(json, "all") {
            let (holds, parts) = self.group(parts.as_array(), view, false);
            (holds.into(), Construct::All(parts))
        } else if let Some(parts) = member(json, "any") {
            let (holds, parts) = self.group(parts.as_array(), view, true);
            (holds.into(), Construct::Any(parts))
        } else if let Some(part) = member(json, "not") {
            let (result, part) = self.condition(part, view.of_part(false));
            ((!result.holds()).into(), Construct::Not(one(part)))
        } else if member(json, "segment").is_some() {
            self.segment(text(json, "segment"), view, has_place)
        } else if member(json, "flag").is_some() {
            let (holds, part) = self.required(json);
            (holds.into(), Construct::Flag(part))
        } else if let Some(share) = member(json, "share") {
            self.share(share)
        } else {
            self.leaf(json)
        };
        let condition = has_place.then_some(Condition {
            result,
            skipped: view.skipped,
            construct,
        });
        (result, condition)
    }

    /// The parts of a group, up to which `decisive` one decides.
    fn group(&mut self, parts: Option<&Vec<Value>>, view: View, decisive: bool) -> (bool, Parts) {
        let mut shown = Parts::default();
        let mut decided = false;
        for part in parts.into_iter().flatten() {
            let (result, part) = self.condition(part, view.of_part(decided));
            decided |= result.holds() == decisive;
            match part {
                Some(part) => shown.parts.push(part),
                None => shown.left_out += 1,
            }
        }
        (decided == decisive, shown)
    }

    /// Another flag that has to serve one of some variations.
    pub(super) fn required(&mut self, json: &Value) -> (bool, FlagPart) {
        let flag = text(json, "flag");
        let (served, reason) = self.probe.served(flag);
        let wanted = list(json, "variations");
        let met = served.is_some_and(|served| wanted.iter().any(|name| name == served));
        let (wanted, left_out) = self.room.values(wanted);
        let name = |value: Value| value.as_str().unwrap_or_default().to_owned();
        let part = FlagPart {
            flag: self.room.text(flag),
            wanted: wanted.into_iter().map(name).collect(),
            left_out,
            served: served.map(|served| self.room.text(served)),
            reason,
        };
        (met, part)
    }

    fn share(&mut self, json: &Value) -> (Truth, Construct) {
        let below = member(json, "slots").and_then(compile::integer);
        let below = below.and_then(|slots| u32::try_from(slots).ok());
        let mut part = SharePart {
            by: String::new(),
            seen: None,
            slot: None,
            below: below.unwrap_or(0),
        };
        let mut result = Truth::Missing;
        if let Some(unit) = compile::unit(json, "") {
            let seen = unit.by.resolve(self.context);
            part.by = self.room.text(unit.by.as_str());
            part.seen = seen.map(|seen| self.room.value(seen));
            part.slot = unit.slot(self.context);
            if seen.is_some() {
                result = part.slot.is_some_and(|slot| slot < part.below).into();
            }
        }
        (result, Construct::Share(part))
    }

    fn leaf(&mut self, json: &Value) -> (Truth, Construct) {
        self.room.leaf();
        let operator = text(json, "op");
        let (wanted, left_out) = match operator {
            // Its values are not read.
            "exists" => (Vec::new(), 0),
            _ => self.room.values(list(json, "values")),
        };
        let mut part = Leaf {
            attribute: self.room.text(text(json, "attribute")),
            operator: operator.to_owned(),
            wanted,
            left_out,
            ignore_case: false,
            seen: None,
            unfit: false,
        };
        let mut result = Truth::Missing;
        if let Some(op) = Operator::parse(operator) {
            let ignore_case = member(json, "ignore_case").and_then(Value::as_bool);
            part.ignore_case = matcher::folds_case(op) && ignore_case.unwrap_or(false);
            // The compiler's own leaf, and the evaluator's own test: one meaning.
            if let Some(leaf) = compile::leaf(json)
                && let Some(seen) = leaf.attribute.resolve(self.context)
            {
                result = leaf.matcher.matches(seen).into();
                part.unfit = !matcher::takes(op, seen);
                part.seen = Some(self.room.value(seen));
            }
        }
        (result, Construct::Attribute(part))
    }
}

fn one(part: Option<Condition>) -> Parts {
    Parts {
        left_out: usize::from(part.is_none()),
        parts: part.into_iter().collect(),
    }
}
