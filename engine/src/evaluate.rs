//! Decides flags: the order of evaluation, step by step.

use std::borrow::Cow;

use crate::context::{Attributes, Origin};
use crate::evaluation::{ErrorCode, Evaluation, Reason};
use crate::plan::{
    FlagEntry, FlagId, FlagPlan, Requirement, Rule, Serve, Split, Test, Unit, Variation, Way,
};
use crate::ruleset::Ruleset;

mod conditions;
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
    /// A split that was reached without a unit; then the reason is an error.
    undivided: Option<&'r Split>,
}

/// Evaluates one flag of a ruleset.
#[inline]
pub(crate) fn evaluate<'r>(
    ruleset: &'r Ruleset,
    entry: &'r FlagEntry,
    unit: &impl Attributes,
) -> Evaluation<'r> {
    // Calls, and nothing else of them here: what is served to everybody should not pay for
    // the registers that they need.
    match (to_everybody(entry), entry.way) {
        (Some(evaluation), _) => evaluation,
        (None, Way::Divided(by)) => divide(ruleset, entry, by, unit),
        (None, _) => evaluate_by_steps(ruleset, entry, unit),
    }
}

/// What a flag serves, where that is the same for everybody.
#[inline(always)]
pub(crate) fn to_everybody(entry: &FlagEntry) -> Option<Evaluation<'_>> {
    let Way::Served { variation, reason } = entry.way else {
        return None;
    };
    let variation = variation.and_then(|index| entry.variations.get(index as usize));
    Some(Evaluation {
        value: variation.map(|variation| &variation.value),
        variation: variation.map(|variation| &*variation.key),
        reason,
        rule: None,
        slot: None,
        prerequisite: None,
        error: None,
        flag_version: Some(entry.node.version),
    })
}

/// What a flag serves that divides everybody by its default.
#[inline(never)]
fn divide<'r>(
    ruleset: &'r Ruleset,
    entry: &'r FlagEntry,
    by: Unit,
    unit: &impl Attributes,
) -> Evaluation<'r> {
    match divided(entry, by, unit) {
        Some(evaluation) => evaluation,
        // The context has no unit.
        None => evaluate_by_steps(ruleset, entry, unit),
    }
}

#[inline(always)]
fn divided<'r>(entry: &'r FlagEntry, by: Unit, unit: &impl Attributes) -> Option<Evaluation<'r>> {
    let slot = unit.slot(by)?;
    let plan = entry.plan.as_ref().ok()?;
    let Serve::Split(split) = &plan.default else {
        return None;
    };
    let variation = entry.variations.get(split.variation(slot)? as usize)?;
    Some(Evaluation {
        value: Some(&variation.value),
        variation: Some(&variation.key),
        reason: Reason::Split,
        rule: None,
        slot: Some(slot),
        prerequisite: None,
        error: None,
        flag_version: Some(entry.node.version),
    })
}

/// The same for a flag that takes more than that, or is in error.
#[inline(never)]
fn evaluate_by_steps<'r>(
    ruleset: &'r Ruleset,
    entry: &'r FlagEntry,
    unit: &impl Attributes,
) -> Evaluation<'r> {
    let plan = match entry.compiled() {
        Ok(plan) => plan,
        Err(message) => return failed(entry, ErrorCode::ParseError, message.into()),
    };
    if matches!(entry.way, Way::Heavy) {
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
        let decision = self.decide(plan);
        if let Some(split) = decision.undivided {
            return no_unit(entry, split, self.ruleset, self.unit.origin());
        }
        let variation = decision
            .variation
            .and_then(|index| entry.variations.get(index as usize));
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

    /// Takes the steps of a flag that is enabled.
    #[inline(always)]
    fn decide(self, plan: &'r FlagPlan) -> Decision<'r> {
        for requirement in &plan.prerequisites {
            if !self.meets(requirement) {
                return Decision {
                    prerequisite: Some(requirement.flag),
                    ..Decision::plain(plan.off, Reason::PrerequisiteFailed)
                };
            }
        }
        for target in &plan.targets {
            if target.listed.has(self.unit) {
                return Decision::plain(Some(target.variation), Reason::TargetMatch);
            }
        }
        for rule in &plan.rules {
            let holds = match &rule.when {
                // What most rules are, without a call.
                Test::All(parts) => self.all_hold(parts),
                Test::Segment(id) => self.is_in(*id),
                test => self.holds(test),
            };
            if holds {
                return Decision {
                    rule: Some(rule),
                    ..self.serve(&rule.serve, Reason::RuleMatch)
                };
            }
        }
        self.serve(&plan.default, Reason::Default)
    }

    #[inline(always)]
    fn serve(self, serve: &'r Serve, reason: Reason) -> Decision<'r> {
        match serve {
            Serve::Variation(variation) => Decision::plain(Some(*variation), reason),
            Serve::Split(split) => match self.unit.slot(split.unit) {
                Some(slot) => Decision {
                    slot: Some(slot),
                    ..Decision::plain(split.variation(slot), Reason::Split)
                },
                None => Decision {
                    undivided: Some(split),
                    ..Decision::plain(None, Reason::Error)
                },
            },
        }
    }

    /// Whether the flag exists, is enabled and serves one of the variations.
    fn meets(self, requirement: &'r Requirement) -> bool {
        let served = match self.memo.and_then(|memo| memo.flag(requirement.flag)) {
            Some(known) => known,
            None => self.served(requirement.flag),
        };
        served.is_some_and(|served| requirement.variations.contains(&served.key, served.hash))
    }

    /// The variation that another flag serves; nothing where there is no such flag, or
    /// it is not enabled or in error.
    #[inline]
    fn served(self, id: FlagId) -> Option<&'r Variation> {
        let entry = self.ruleset.flag_entry(id)?;
        let variation = match entry.way {
            Way::Served { variation, .. } if entry.enabled => variation?,
            _ => self.served_by_steps(entry)?,
        };
        entry.variations.get(variation as usize)
    }

    #[inline(never)]
    fn served_by_steps(self, entry: &'r FlagEntry) -> Option<u32> {
        match (entry.enabled, entry.compiled()) {
            // Nothing is served where a split has no unit.
            (true, Ok(plan)) => self.decide(plan).variation,
            _ => None,
        }
    }
}

impl Decision<'_> {
    #[inline(always)]
    fn plain(variation: Option<u32>, reason: Reason) -> Self {
        Self {
            variation,
            reason,
            rule: None,
            slot: None,
            prerequisite: None,
            undivided: None,
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
