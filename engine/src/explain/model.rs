//! The shape of an explanation; JSON in `snake_case`.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use crate::evaluation::{ErrorCode, Reason};
use crate::json::Members;

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

/// A condition and what it came to; `kind` says which construct it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// What it came to.
    pub result: Truth,
    /// Whether the evaluator did not look at it, since what came before decided.
    #[serde(skip_serializing_if = "is_false")]
    pub skipped: bool,
    /// What it is.
    #[serde(flatten)]
    pub construct: Construct,
}

/// True, false, or false for want of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It does not hold, because the attribute or the unit is missing. A group is
    /// never missing: it takes such a part for false.
    Missing,
}

impl Truth {
    /// Whether the condition holds.
    pub fn holds(self) -> bool {
        self == Self::True
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// What a condition is made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Construct {
    /// All hold.
    All(Parts),
    /// Any holds.
    Any(Parts),
    /// The one part does not hold.
    Not(Parts),
    /// An attribute, compared.
    Attribute(Leaf),
    /// The context is in a segment.
    Segment(SegmentPart),
    /// Another flag serves one of some variations.
    Flag(FlagPart),
    /// The unit's slot is below a bound.
    Share(SharePart),
}

/// The parts of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// In order; without those that were left out.
    #[serde(default)]
    pub parts: Vec<Condition>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

/// An attribute, compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// The reference, as it is written.
    pub attribute: String,
    /// The operator's name.
    pub operator: String,
    /// The alternatives; only the first ones where there are many.
    #[serde(default)]
    pub wanted: Vec<Value>,
    /// How many more alternatives there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Whether letter case is ignored.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ignore_case: bool,
    /// What the attribute is; absent where it is missing. Long values are shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// Whether the operator cannot read what it saw, so that no alternative would do: a
    /// string where it takes numbers, or a text that is no version.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unfit: bool,
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentPart {
    /// The segment's key.
    pub segment: String,
    /// What in the segment decided; absent where it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Box<Because>>,
}

/// The part of a segment that decided; `part` says which.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Because {
    /// An entry of `included` lists the context: it is in.
    Included {
        /// The entry's place, from 0.
        index: usize,
        /// What is compared.
        attribute: String,
        /// What it is.
        seen: Option<Value>,
    },
    /// An entry of `excluded` lists the context: it is out.
    Excluded {
        /// The entry's place, from 0.
        index: usize,
        /// What is compared.
        attribute: String,
        /// What it is.
        seen: Option<Value>,
    },
    /// A rule holds: it is in.
    Rule {
        /// The rule's place, from 0.
        index: usize,
        /// The rule's condition; absent where it was left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        condition: Option<Condition>,
    },
    /// Nothing lists it, and no rule holds: it is out.
    ///
    /// The parts are the rules' conditions.
    Nothing(Parts),
}

/// What another flag has to serve, and what it serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagPart {
    /// The other flag's key.
    pub flag: String,
    /// Any of these will do; only the first ones where there are many.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// How many more of these there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// What it serves; absent where there is no such flag, it is not on, it is in
    /// error, or what it serves is the caller's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<String>,
    /// Why it serves that; absent where that takes very many other flags to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// A percentage as a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharePart {
    /// The attribute that names the unit.
    pub by: String,
    /// The unit; absent where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// The unit's slot; absent where there is no unit, or an unfit one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// True for slots below this.
    pub below: u32,
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

// By hand, since serde's own way with tagged enums brings much code to the browser.
impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        step(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

fn step(mut members: Members) -> Result<Step, serde_json::Error> {
    let kind: String = members.take("step")?;
    Ok(match &*kind {
        "enabled" => Step::Enabled {
            outcome: members.take("outcome")?,
        },
        "prerequisite" => Step::Prerequisite(PrerequisiteStep {
            outcome: members.take("outcome")?,
            required: members.rest()?,
        }),
        "target" => Step::Target(members.rest()?),
        "rule" => Step::Rule(Box::new(members.rest()?)),
        "default" => Step::Default {
            outcome: members.take("outcome")?,
            serve: members.take("serve")?,
        },
        other => return Err(unknown("step", other)),
    })
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        condition(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

fn condition(mut members: Members) -> Result<Condition, serde_json::Error> {
    let kind: String = members.take("kind")?;
    Ok(Condition {
        result: members.take("result")?,
        skipped: members.take_or_default("skipped")?,
        construct: match &*kind {
            "all" => Construct::All(members.rest()?),
            "any" => Construct::Any(members.rest()?),
            "not" => Construct::Not(members.rest()?),
            "attribute" => Construct::Attribute(members.rest()?),
            "segment" => Construct::Segment(members.rest()?),
            "flag" => Construct::Flag(members.rest()?),
            "share" => Construct::Share(members.rest()?),
            other => return Err(unknown("kind", other)),
        },
    })
}

impl<'de> Deserialize<'de> for Because {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        because(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

fn because(mut members: Members) -> Result<Because, serde_json::Error> {
    let part: String = members.take("part")?;
    Ok(match &*part {
        "included" => Because::Included {
            index: members.take("index")?,
            attribute: members.take("attribute")?,
            seen: members.take_or_default("seen")?,
        },
        "excluded" => Because::Excluded {
            index: members.take("index")?,
            attribute: members.take("attribute")?,
            seen: members.take_or_default("seen")?,
        },
        "rule" => Because::Rule {
            index: members.take("index")?,
            condition: members.take_or_default("condition")?,
        },
        "nothing" => Because::Nothing(members.rest()?),
        other => return Err(unknown("part", other)),
    })
}

fn unknown(what: &str, name: &str) -> serde_json::Error {
    serde_json::Error::custom(format_args!("{what} {name:?} is unknown"))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
