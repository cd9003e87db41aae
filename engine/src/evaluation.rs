//! What an evaluation says.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was decided for one flag and one context, and why. It borrows from the ruleset.
///
/// Where `error` is set, the reason is [`Reason::Error`] and there is no value,
/// variation, rule or slot: the caller's default is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation<'r> {
    /// The value served; absent where the caller's default is.
    pub value: Option<&'r Value>,
    /// The key of the variation served.
    pub variation: Option<&'r str>,
    /// Which step decided.
    pub reason: Reason,
    /// The id of the rule that matched.
    pub rule: Option<&'r str>,
    /// The unit's slot, where a split decided.
    pub slot: Option<u32>,
    /// The prerequisite that failed.
    pub prerequisite: Option<&'r str>,
    /// What went wrong.
    pub error: Option<EvalError<'r>>,
    /// The flag's version, where there is such a flag.
    pub flag_version: Option<u64>,
}

impl<'r> Evaluation<'r> {
    /// An evaluation that serves the caller's default because of an error.
    pub fn failed(code: ErrorCode, message: impl Into<Cow<'r, str>>) -> Self {
        Self {
            value: None,
            variation: None,
            reason: Reason::Error,
            rule: None,
            slot: None,
            prerequisite: None,
            error: Some(EvalError {
                code,
                message: message.into(),
            }),
            flag_version: None,
        }
    }

    /// The evaluation of a flag that there is not.
    #[cold]
    pub fn not_found(flag: &str) -> Self {
        Self::failed(
            ErrorCode::FlagNotFound,
            format!("there is no flag {flag:?}"),
        )
    }

    /// The error's code, where there is an error.
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.error.as_ref().map(|error| error.code)
    }
}

/// An error of one evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError<'r> {
    /// What kind of error.
    pub code: ErrorCode,
    /// What is wrong, for people.
    pub message: Cow<'r, str>,
}

/// Which step of the evaluation decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// The flag is off.
    Disabled,
    /// Another flag does not serve what this one asks for.
    PrerequisiteFailed,
    /// The unit is listed.
    TargetMatch,
    /// A rule's condition holds.
    RuleMatch,
    /// A percentage rollout decided, in a rule or in the default.
    Split,
    /// The flag serves one variation to everybody.
    Static,
    /// Nothing before the default decided.
    Default,
    /// See [`Evaluation::error`].
    Error,
}

impl Reason {
    /// The reason by its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::PrerequisiteFailed => "PREREQUISITE_FAILED",
            Self::TargetMatch => "TARGET_MATCH",
            Self::RuleMatch => "RULE_MATCH",
            Self::Split => "SPLIT",
            Self::Static => "STATIC",
            Self::Default => "DEFAULT",
            Self::Error => "ERROR",
        }
    }

    /// The reason in the words of OpenFeature and OFREP.
    pub fn openfeature(self) -> &'static str {
        match self {
            Self::Disabled | Self::PrerequisiteFailed => "DISABLED",
            Self::TargetMatch | Self::RuleMatch => "TARGETING_MATCH",
            Self::Split => "SPLIT",
            Self::Static => "STATIC",
            Self::Default => "DEFAULT",
            Self::Error => "ERROR",
        }
    }
}

/// The kinds of error; the names are OpenFeature's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// No such flag.
    FlagNotFound,
    /// The flag does not compile.
    ParseError,
    /// A split by the targeting key was reached and there is none, or an unfit one.
    TargetingKeyMissing,
    /// A split by another attribute was reached and that is missing or unfit; or the
    /// context is no object.
    InvalidContext,
    /// The caller asked for another type than the flag's.
    TypeMismatch,
    /// Anything else.
    General,
}

impl ErrorCode {
    /// The code by its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::ParseError => "PARSE_ERROR",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::InvalidContext => "INVALID_CONTEXT",
            Self::TypeMismatch => "TYPE_MISMATCH",
            Self::General => "GENERAL",
        }
    }
}
