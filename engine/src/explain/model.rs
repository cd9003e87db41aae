//! The shape of an explanation; JSON in `snake_case`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evaluation::{ErrorCode, Reason};

mod condition;
mod read;

pub use condition::{
    Because, Condition, Construct, FlagPart, Leaf, Parts, SegmentPart, SharePart, Truth,
};

/// An evaluation and how it came about. The members up to `flag_version` are those of
/// [`crate::evaluation::Evaluation`]; absent ones do not apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The flag's key.
    pub flag: String,
    /// The value served; absent where the caller's default is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The key of the variation served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// Which step decided.
    pub reason: Reason,
    /// The id of the rule that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The unit's slot, where a split decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// The prerequisite that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prerequisite: Option<String>,
    /// What kind of error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// What went wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The flag's version, where there is such a flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag_version: Option<u64>,
    /// The steps in the order of evaluation, those that were not reached too. Empty
    /// where there is no such flag, or it does not compile.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Whether something was left out, here or within the steps, because it is too much.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut: bool,
}

/// One step of an evaluation; `step` names its kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Whether the flag is on.
    Enabled {
        /// Passed, or decided where it is off.
        outcome: Outcome,
    },
    /// Another flag that has to serve something.
    Prerequisite(PrerequisiteStep),
    /// Units listed by name.
    Target(TargetStep),
    /// A rule.
    Rule(Box<RuleStep>),
    /// What is served where nothing above decided.
    Default {
        /// Decided, or not reached.
        outcome: Outcome,
        /// What it serves, or would.
        serve: Serve,
    },
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A requirement that is met: on to the next step.
    Passed,
    /// It does not match: on to the next step.
    NoMatch,
    /// It decided what is served (an error included).
    Decided,
    /// An earlier step decided.
    NotReached,
}

/// Another flag that has to serve one of some variations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrerequisiteStep {
    /// Passed, decided where it fails, or not reached.
    pub outcome: Outcome,
    /// What is asked of the other flag, and what it serves.
    #[serde(flatten)]
    pub required: FlagPart,
}

/// Units listed by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetStep {
    /// No match, decided, or not reached.
    pub outcome: Outcome,
    /// What listed units get.
    pub variation: String,
    /// What is compared.
    pub attribute: String,
    /// How many are listed.
    #[serde(default)]
    pub listed: usize,
    /// What the attribute is; absent where it is missing. Long values are shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleStep {
    /// No match, decided, or not reached.
    pub outcome: Outcome,
    /// The rule's id.
    pub rule: String,
    /// The rule's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its condition, evaluated also where the rule was not reached (and then skipped);
    /// absent where it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// What it serves, where its condition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serve: Option<Serve>,
}

/// What a rule or the default serves: `{"variation": …}` or `{"split": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serve {
    /// One variation, by key.
    Variation(String),
    /// A percentage rollout.
    Split(SplitPart),
}

/// A percentage rollout and where the unit falls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitPart {
    /// The attribute that names the unit.
    pub by: String,
    /// The unit; absent where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// The unit's slot; absent where there is no unit, or an unfit one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// What the slot falls to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// The run of slots that the slot is in: its first one …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// … and the one behind its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
}

impl Step {
    /// What the step came to.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Enabled { outcome } | Self::Default { outcome, .. } => *outcome,
            Self::Prerequisite(step) => step.outcome,
            Self::Target(step) => step.outcome,
            Self::Rule(step) => step.outcome,
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
