//! Why a flag serves what it serves: an evaluation, step by step.
//!
//! The evaluator itself keeps no trace, so that it costs nothing to be able to make one.
//! An explanation follows the flag as it is written, with the evaluator's own matchers
//! in its leaves, and asks the evaluator for what other flags serve. What is
//! served is the evaluator's word too; that the steps lead to the same is a property that
//! the tests hold for random rulesets and contexts.
//!
//! An explanation is bounded in size and depth, whatever the ruleset and the context:
//! where something is left out it says so. `docs/explanation.md` has the format.

mod model;

pub use model::{
    Because, Condition, Construct, Explanation, FlagPart, Leaf, Outcome, Parts, PrerequisiteStep,
    RuleStep, SegmentPart, Serve, SharePart, SplitPart, Step, TargetStep, Truth,
};
