//! What an evaluation tells beyond the value.

use std::fmt;

use serin_engine::evaluation::{self, EvalError, Evaluation, Reason};

/// A value and why it is this one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Detail<T> {
    /// The value served, or the caller's default.
    pub value: T,
    /// The key of the variation served; absent where the caller's default is.
    pub variation: Option<String>,
    /// Which step decided; [`Reason::Error`] where `error` is there.
    pub reason: Reason,
    /// The id of the rule that matched.
    pub rule: Option<String>,
    /// The unit's slot of 100 000, where a split decided.
    pub slot: Option<u32>,
    /// The prerequisite that failed.
    pub prerequisite: Option<String>,
    /// The flag's version, where there is such a flag.
    pub flag_version: Option<u64>,
    /// The revision of the ruleset that decided; absent before the first one.
    pub revision: Option<u64>,
    /// Why the caller's default is served, where it is because of an error.
    pub error: Option<DetailError>,
}

/// Why an evaluation serves the caller's default.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
#[non_exhaustive]
pub struct DetailError {
    /// What kind of error.
    pub code: ErrorCode,
    /// What is wrong, for people.
    pub message: String,
}

/// The kinds of error; the names are OpenFeature's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// No ruleset came yet.
    ProviderNotReady,
    /// No such flag.
    FlagNotFound,
    /// The flag does not compile.
    ParseError,
    /// A split by the targeting key was reached and there is none, or an unfit one.
    TargetingKeyMissing,
    /// A split by another attribute was reached and that is missing or unfit.
    InvalidContext,
    /// The flag is of another type than the getter.
    TypeMismatch,
    /// Anything else.
    General,
}

impl ErrorCode {
    /// The code by its name in OpenFeature.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProviderNotReady => "PROVIDER_NOT_READY",
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::ParseError => "PARSE_ERROR",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::InvalidContext => "INVALID_CONTEXT",
            Self::TypeMismatch => "TYPE_MISMATCH",
            Self::General => "GENERAL",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<evaluation::ErrorCode> for ErrorCode {
    fn from(code: evaluation::ErrorCode) -> Self {
        match code {
            evaluation::ErrorCode::FlagNotFound => Self::FlagNotFound,
            evaluation::ErrorCode::ParseError => Self::ParseError,
            evaluation::ErrorCode::TargetingKeyMissing => Self::TargetingKeyMissing,
            evaluation::ErrorCode::InvalidContext => Self::InvalidContext,
            evaluation::ErrorCode::TypeMismatch => Self::TypeMismatch,
            evaluation::ErrorCode::General => Self::General,
        }
    }
}

impl From<&EvalError<'_>> for DetailError {
    fn from(error: &EvalError<'_>) -> Self {
        Self {
            code: error.code.into(),
            message: error.message.to_string(),
        }
    }
}

impl<T> Detail<T> {
    /// The caller's default, because of an error.
    pub(crate) fn failed(
        value: T,
        code: ErrorCode,
        message: impl Into<String>,
        flag_version: Option<u64>,
        revision: Option<u64>,
    ) -> Self {
        Self {
            value,
            variation: None,
            reason: Reason::Error,
            rule: None,
            slot: None,
            prerequisite: None,
            flag_version,
            revision,
            error: Some(DetailError {
                code,
                message: message.into(),
            }),
        }
    }

    /// What an evaluation says about a value.
    pub(crate) fn new(value: T, evaluation: &Evaluation<'_>, revision: u64) -> Self {
        Self {
            value,
            variation: evaluation.variation.map(str::to_owned),
            reason: evaluation.reason,
            rule: evaluation.rule.map(str::to_owned),
            slot: evaluation.slot,
            prerequisite: evaluation.prerequisite.map(str::to_owned),
            flag_version: evaluation.flag_version,
            revision: Some(revision),
            error: evaluation.error.as_ref().map(DetailError::from),
        }
    }
}
