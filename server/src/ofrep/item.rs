//! One flag's answer.

use serde::Serialize;
use serde_json::Value;
use serin_engine::{
    evaluation::{ErrorCode, Evaluation, Reason},
    ruleset::Ruleset,
};

/// One flag's answer.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Item<'r> {
    /// It was evaluated.
    Success(Success<'r>),
    /// It could not be.
    Failure(Failure<'r>),
}

/// An evaluated flag. Where there is no value, the caller's own default is meant.
#[derive(Serialize)]
pub(crate) struct Success<'r> {
    key: &'r str,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Served<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'r str>,
    metadata: Metadata<'r>,
}

/// A value as it goes out.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Served<'r> {
    /// As it was written.
    Written(&'r Value),
    /// With a fraction, be it zero: where numbers have two types, all variations of a flag
    /// must have the same.
    Fractional(f64),
}

/// A flag that could not be evaluated.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure<'r> {
    key: &'r str,
    error_code: ErrorCode,
    error_details: String,
}

/// What OpenFeature's words have no place for. Members are absent rather than null, which
/// breaks clients.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'r> {
    /// Serin's own reason.
    reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prerequisite: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag_version: Option<u64>,
    /// Of the ruleset. Not among all flags, where it would make each look changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
}

impl<'r> Item<'r> {
    /// The answer that an evaluation of one of a ruleset's flags is.
    pub(crate) fn new(key: &'r str, ruleset: &'r Ruleset, evaluation: Evaluation<'r>) -> Self {
        if let Some(error) = evaluation.error {
            return Self::Failure(Failure {
                key,
                error_code: error.code,
                error_details: error.message.to_string(),
            });
        }
        Self::Success(Success {
            key,
            reason: evaluation.reason.openfeature(),
            value: evaluation
                .value
                .map(|value| Served::new(value, || ruleset.is_fractional(key))),
            variant: evaluation.variation,
            metadata: Metadata {
                reason: evaluation.reason,
                rule: evaluation.rule,
                prerequisite: evaluation.prerequisite,
                flag_version: evaluation.flag_version,
                revision: None,
            },
        })
    }

    /// The same, with the revision that decided.
    pub(crate) fn at(mut self, revision: u64) -> Self {
        if let Self::Success(success) = &mut self {
            success.metadata.revision = Some(revision);
        }
        self
    }

    /// A flag that does not exist, or not for this key.
    pub(crate) fn not_found(key: &'r str) -> Self {
        Self::Failure(Failure {
            key,
            error_code: ErrorCode::FlagNotFound,
            error_details: format!("there is no flag {key:?}"),
        })
    }

    /// Why it could not be evaluated, where that is so.
    pub(crate) fn error(&self) -> Option<ErrorCode> {
        match self {
            Self::Success(_) => None,
            Self::Failure(failure) => Some(failure.error_code),
        }
    }
}

impl<'r> Served<'r> {
    /// A value of a flag whose numbers are fractional in kind, or not.
    pub(super) fn new(value: &'r Value, is_fractional: impl FnOnce() -> bool) -> Self {
        match value {
            Value::Number(number) if !number.is_f64() && is_fractional() => number
                .as_f64()
                .map_or(Self::Written(value), Self::Fractional),
            _ => Self::Written(value),
        }
    }
}
