//! Decides flags: the order of evaluation, step by step.

use std::borrow::Cow;

use crate::context::{Attributes, Origin};
use crate::evaluation::{ErrorCode, Evaluation, Reason};
use crate::hash;
use crate::plan::{
    FlagEntry, FlagId, FlagPlan, Requirement, Rule, SegmentId, SegmentPlan, Serve, Split, Test,
};
use crate::ruleset::Ruleset;

mod memo;
mod probe;

use memo::Memo;
pub(crate) use probe::Probe;

/// One evaluation: a ruleset, a context, and (for rulesets that chain many flags)
/// what is known of other flags and segments already.
struct Evaluator<'r, 'a, A> {
    ruleset: &'r Ruleset,
    unit: &'a A,
    memo: Option<&'a Memo<'r>>,
}

impl<A> Clone for Evaluator<'_, '_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Evaluator<'_, '_, A> {}

/// What a flag's plan says for a context.
struct Decision<'r> {
    variation: Option<u32>,
    slot: Option<u32>,
    prerequisite: Option<FlagId>,
    rule: Option<&'r Rule>,
    reason: Reason,
}

/// A split that was reached without a unit.
struct NoUnit<'r>(&'r Split);

/// Evaluates one flag of a ruleset.
#[inline]
pub(crate) fn evaluate<'r>(
    ruleset: &'r Ruleset,
    entry: &'r FlagEntry,
    unit: &impl Attributes,
) -> Evaluation<'r> {
    let plan = match entry.compiled() {
        Ok(plan) => plan,
        Err(message) => return failed(entry, ErrorCode::ParseError, message.into()),
    };
    if entry.enabled && entry.node.link.heavy {
        return evaluate_heavy(ruleset, entry, plan, unit);
    }
    let evaluator = Evaluator {
        ruleset,
        unit,
        memo: None,
    };
    evaluator.finish(entry, plan)
}

/// The same for a flag that leads to very many others.
#[cold]
#[inline(never)]
fn evaluate_heavy<'r>(
    ruleset: &'r Ruleset,
    entry: &'r FlagEntry,
    plan: &'r FlagPlan,
    unit: &impl Attributes,
) -> Evaluation<'r> {
    let evaluator = Evaluator {
        ruleset,
        unit,
        memo: Some(&Memo::of(entry, ruleset, unit)),
    };
    evaluator.finish(entry, plan)
}

impl<'r, A: Attributes> Evaluator<'r, '_, A> {
    #[inline(always)]
    fn finish(self, entry: &'r FlagEntry, plan: &'r FlagPlan) -> Evaluation<'r> {
        match self.decide(entry.enabled, plan) {
            Ok(decision) => {
                let variation = decision
                    .variation
                    .map(|index| &plan.variations[index as usize]);
                Evaluation {
                    value: variation.map(|variation| &variation.value),
                    variation: variation.map(|variation| &*variation.key),
                    reason: decision.reason,
                    rule: decision.rule.map(|rule| &*rule.id),
                    slot: decision.slot,
                    prerequisite: decision.prerequisite.map(|id| self.ruleset.flag_key(id)),
                    error: None,
                    flag_version: Some(entry.node.version),
                }
            }
            Err(NoUnit(split)) => no_unit(entry, split, self.ruleset, self.unit.origin()),
        }
    }

    #[inline(always)]
    fn decide(self, enabled: bool, plan: &'r FlagPlan) -> Result<Decision<'r>, NoUnit<'r>> {
        if !enabled {
            return Ok(Decision::plain(plan.off, Reason::Disabled));
        }
        if plan.is_undivided() {
            return self.serve(&plan.default, Reason::Static);
        }
        self.decide_by_steps(plan)
    }

    fn decide_by_steps(self, plan: &'r FlagPlan) -> Result<Decision<'r>, NoUnit<'r>> {
        for requirement in &plan.prerequisites {
            if !self.meets(requirement) {
                return Ok(Decision {
                    prerequisite: Some(requirement.flag),
                    ..Decision::plain(plan.off, Reason::PrerequisiteFailed)
                });
            }
        }
        for target in &plan.targets {
            if target.listed.has(self.unit) {
                return Ok(Decision::plain(Some(target.variation), Reason::TargetMatch));
            }
        }
        for rule in &plan.rules {
            let holds = match &rule.when {
                // What most rules are, without a call.
                Test::All(parts) => parts.iter().all(|part| self.holds(part)),
                test => self.holds(test),
            };
            if holds {
                return Ok(Decision {
                    rule: Some(rule),
                    ..self.serve(&rule.serve, Reason::RuleMatch)?
                });
            }
        }
        self.serve(&plan.default, Reason::Default)
    }

    #[inline(always)]
    fn serve(self, serve: &'r Serve, reason: Reason) -> Result<Decision<'r>, NoUnit<'r>> {
        match serve {
            Serve::Variation(variation) => Ok(Decision::plain(Some(*variation), reason)),
            Serve::Split(split) => self.divide(split),
        }
    }

    fn divide(self, split: &'r Split) -> Result<Decision<'r>, NoUnit<'r>> {
        let slot = split.unit.slot(self.unit).ok_or(NoUnit(split))?;
        Ok(Decision {
            slot: Some(slot),
            ..Decision::plain(split.variation(slot), Reason::Split)
        })
    }

    #[inline(always)]
    fn holds(self, test: &'r Test) -> bool {
        match test {
            Test::Leaf { attribute, matcher } => {
                matcher.matches_resolved(self.unit.attribute(*attribute))
            }
            test => self.holds_in_parts(test),
        }
    }

    #[inline(never)]
    fn holds_in_parts(self, test: &'r Test) -> bool {
        match test {
            Test::All(parts) => parts.iter().all(|part| self.holds(part)),
            Test::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Test::Not(part) => !self.holds(part),
            Test::Segment(id) => self.is_in(*id),
            Test::Flag(requirement) => self.meets(requirement),
            Test::Share(share) => share
                .unit
                .slot(self.unit)
                .is_some_and(|slot| slot < share.slots),
            Test::Leaf { attribute, matcher } => {
                matcher.matches_resolved(self.unit.attribute(*attribute))
            }
        }
    }

    /// Whether the flag exists, is enabled and serves one of the variations.
    fn meets(self, requirement: &'r Requirement) -> bool {
        let served = match self.memo.and_then(|memo| memo.flag(requirement.flag)) {
            Some(known) => known,
            None => self.served(requirement.flag),
        };
        served.is_some_and(|served| {
            requirement
                .variations
                .iter()
                .any(|name| hash::same(name.as_bytes(), served.as_bytes()))
        })
    }

    /// The variation that another flag serves; nothing where there is no such flag, or
    /// it is not enabled or in error.
    fn served(self, id: FlagId) -> Option<&'r str> {
        let entry = self.ruleset.flag_entry(id)?;
        let plan = entry.compiled().ok()?;
        if !entry.enabled {
            return None;
        }
        let decision = self.decide(true, plan).ok()?;
        Some(&plan.variations[decision.variation? as usize].key)
    }

    fn is_in(self, id: SegmentId) -> bool {
        match self.memo.and_then(|memo| memo.segment(id)) {
            Some(known) => known,
            None => self.is_in_plan(id),
        }
    }

    fn is_in_plan(self, id: SegmentId) -> bool {
        let compiled = self.ruleset.segment_entry(id).map(|entry| entry.compiled());
        let Some(Ok(SegmentPlan {
            included,
            excluded,
            rules,
        })) = compiled
        else {
            return false;
        };
        included.iter().any(|listed| listed.has(self.unit))
            || (!excluded.iter().any(|listed| listed.has(self.unit))
                && rules.iter().any(|when| self.holds(when)))
    }
}

impl Decision<'_> {
    fn plain(variation: Option<u32>, reason: Reason) -> Self {
        Self {
            variation,
            reason,
            rule: None,
            slot: None,
            prerequisite: None,
        }
    }
}

#[cold]
fn failed<'r>(entry: &FlagEntry, code: ErrorCode, message: Cow<'r, str>) -> Evaluation<'r> {
    Evaluation {
        flag_version: Some(entry.node.version),
        ..Evaluation::failed(code, message)
    }
}

#[cold]
fn no_unit<'r>(
    entry: &FlagEntry,
    split: &Split,
    ruleset: &Ruleset,
    origin: Origin<'_>,
) -> Evaluation<'r> {
    let by = ruleset.attribute(split.unit.by);
    let code = if by.is_targeting_key() {
        ErrorCode::TargetingKeyMissing
    } else {
        ErrorCode::InvalidContext
    };
    let message = format!(
        "the split needs a unit, a string or an integer within ±(2^53 − 1), but {:?} {}",
        by.as_str(),
        origin.describe(by)
    );
    failed(entry, code, message.into())
}
