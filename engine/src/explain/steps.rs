//! A flag's steps, in the order of evaluation.

use serde_json::Value;

use super::condition::View;
use super::model::{Outcome, PrerequisiteStep, RuleStep, Serve, SplitPart, Step, TargetStep};
use super::segment::attribute;
use super::{Explainer, list, member, text};
use crate::compile;

/// How many levels of JSON an explanation may nest below a rule's condition. Readers
/// of JSON commonly take 128 in all, and answers carry explanations within.
const LEVELS: usize = 90;

/// The steps so far.
struct Steps {
    steps: Vec<Step>,
    decided: bool,
}

impl Steps {
    /// What a step comes to that decides where `decisive`.
    fn outcome(&mut self, decisive: bool, otherwise: Outcome) -> Outcome {
        match (self.decided, decisive) {
            (true, _) => Outcome::NotReached,
            (false, true) => {
                self.decided = true;
                Outcome::Decided
            }
            (false, false) => otherwise,
        }
    }
}

impl Explainer<'_> {
    /// All steps of a flag that compiles.
    pub(super) fn steps(&mut self, key: &str, flag: &Value) -> Vec<Step> {
        let mut steps = Steps {
            steps: Vec::new(),
            decided: false,
        };
        let enabled = member(flag, "enabled").and_then(Value::as_bool);
        let outcome = steps.outcome(enabled != Some(true), Outcome::Passed);
        steps.steps.push(Step::Enabled { outcome });
        for prerequisite in list(flag, "prerequisites") {
            self.prerequisite(&mut steps, prerequisite);
        }
        for target in list(flag, "targets") {
            self.target(&mut steps, target);
        }
        let salt = member(flag, "salt").and_then(Value::as_str).unwrap_or(key);
        for rule in list(flag, "rules") {
            self.rule(&mut steps, rule, salt);
        }
        let outcome = steps.outcome(true, Outcome::Decided);
        let serve = member(flag, "default").and_then(|serve| self.serve(serve, salt));
        if let Some(serve) = serve {
            steps.steps.push(Step::Default { outcome, serve });
        }
        steps.steps
    }

    /// Whether a step is to be shown: the one that decided always is.
    fn shows(&mut self, outcome: Outcome) -> bool {
        self.room.step() || outcome == Outcome::Decided
    }

    fn prerequisite(&mut self, steps: &mut Steps, json: &Value) {
        let (met, required) = self.required(json);
        let outcome = steps.outcome(!met, Outcome::Passed);
        if self.shows(outcome) {
            let step = PrerequisiteStep { outcome, required };
            steps.steps.push(Step::Prerequisite(step));
        }
    }

    fn target(&mut self, steps: &mut Steps, json: &Value) {
        let outcome = steps.outcome(self.lists(json), Outcome::NoMatch);
        if !self.shows(outcome) {
            return;
        }
        let attribute = attribute(json);
        let attribute = attribute.as_ref();
        let seen = attribute.and_then(|attribute| attribute.resolve(self.context));
        steps.steps.push(Step::Target(TargetStep {
            outcome,
            variation: self.room.text(text(json, "variation")),
            attribute: self.room.text(attribute.map_or("", |one| one.as_str())),
            listed: list(json, "values").len(),
            seen: seen.map(|seen| self.room.value(seen)),
        }));
    }

    fn rule(&mut self, steps: &mut Steps, json: &Value, salt: &str) {
        // A rule that neither counts nor is shown is not looked at.
        if steps.decided && !self.room.has_conditions() {
            return;
        }
        let view = View {
            skipped: steps.decided,
            levels: LEVELS,
        };
        let when = member(json, "when").unwrap_or(&Value::Null);
        let (result, condition) = self.condition(when, view);
        let outcome = steps.outcome(result.holds(), Outcome::NoMatch);
        if !self.shows(outcome) {
            return;
        }
        let serve = member(json, "serve").filter(|_| outcome == Outcome::Decided);
        let name = member(json, "name").and_then(Value::as_str);
        let step = RuleStep {
            outcome,
            rule: self.room.text(text(json, "id")),
            name: name.map(|name| self.room.text(name)),
            condition,
            serve: serve.and_then(|serve| self.serve(serve, salt)),
        };
        steps.steps.push(Step::Rule(Box::new(step)));
    }

    fn serve(&mut self, json: &Value, salt: &str) -> Option<Serve> {
        let Some(split) = member(json, "split") else {
            let variation = text(json, "variation");
            return Some(Serve::Variation(self.room.text(variation)));
        };
        let unit = compile::unit(split, salt)?;
        let seen = unit.by.resolve(self.context);
        let slot = unit.slot(self.context);
        let run = slot.and_then(|slot| run(list(split, "allocation"), slot));
        Some(Serve::Split(SplitPart {
            by: self.room.text(unit.by.as_str()),
            seen: seen.map(|seen| self.room.value(seen)),
            slot,
            variation: run.map(|(_, _, variation)| self.room.text(variation)),
            from: run.map(|(from, _, _)| from),
            to: run.map(|(_, to, _)| to),
        }))
    }
}

/// The run of an allocation that a slot falls to: its first slot, the one behind its
/// last, and its variation.
fn run(allocation: &[Value], slot: u32) -> Option<(u32, u32, &str)> {
    let mut from = 0;
    for run in allocation {
        let slots = member(run, "slots").and_then(compile::integer)?;
        let to = u64::from(from) + slots;
        let to = u32::try_from(to).ok()?;
        if slot < to {
            return Some((from, to, text(run, "variation")));
        }
        from = to;
    }
    None
}
