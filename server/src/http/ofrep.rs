//! OFREP 0.3: from evaluations to its bodies, and its errors.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::RETRY_AFTER},
};
use serde::Serialize;
use serde_json::Value;
use serin_api::error::codes;
use serin_engine::{
    evaluation::{ErrorCode, Evaluation, Reason},
    ruleset::Ruleset,
};

use super::error::ApiError;

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
enum Served<'r> {
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
    error_code: &'static str,
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

/// All flags that a key may see.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bulk<'r> {
    pub(crate) flags: Vec<Item<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) event_streams: Vec<EventStream>,
    pub(crate) metadata: FlagSet<'r>,
}

/// Where a client hears that flags are to be fetched again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventStream {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) url: String,
    /// How long a page may be hidden before it closes the stream, in seconds.
    pub(crate) inactivity_delay_sec: u32,
}

/// What the flags were evaluated from.
#[derive(Serialize)]
pub(crate) struct FlagSet<'r> {
    pub(crate) project: &'r str,
    pub(crate) environment: &'r str,
    pub(crate) revision: u64,
}

impl<'r> Item<'r> {
    /// The answer that an evaluation of one of a ruleset's flags is.
    pub(crate) fn new(key: &'r str, ruleset: &'r Ruleset, evaluation: Evaluation<'r>) -> Self {
        if let Some(error) = evaluation.error {
            return Self::Failure(Failure {
                key,
                error_code: error.code.as_str(),
                error_details: error.message.to_string(),
            });
        }
        Self::Success(Success {
            key,
            reason: evaluation.reason.openfeature(),
            value: evaluation.value.map(|value| served(key, ruleset, value)),
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
            error_code: ErrorCode::FlagNotFound.as_str(),
            error_details: format!("there is no flag {key:?}"),
        })
    }

    /// The status of a single evaluation's answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Success(_) => StatusCode::OK,
            Self::Failure(failure) if failure.error_code == ErrorCode::FlagNotFound.as_str() => {
                StatusCode::NOT_FOUND
            }
            Self::Failure(_) => StatusCode::BAD_REQUEST,
        }
    }
}

fn served<'r>(key: &str, ruleset: &Ruleset, value: &'r Value) -> Served<'r> {
    match value {
        Value::Number(number) if !number.is_f64() && ruleset.is_fractional(key) => number
            .as_f64()
            .map_or(Served::Written(value), Served::Fractional),
        _ => Served::Written(value),
    }
}

/// A request that is not evaluated at all.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    /// The flag, where one was asked for.
    key: Option<String>,
    code: &'static str,
    details: String,
    retry_after: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefusedBody<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'r str>,
    error_code: &'static str,
    error_details: &'r str,
}

impl Refused {
    /// The context is none.
    pub(crate) fn invalid_context(details: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            key: None,
            code: ErrorCode::InvalidContext.as_str(),
            details: details.into(),
            retry_after: None,
        }
    }

    /// The query cannot be read.
    pub(crate) fn unreadable(details: impl Into<String>) -> Self {
        ApiError::bad_request(details).into()
    }

    /// The same, when one flag was asked for.
    pub(crate) fn of(self, key: String) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        let status = error.status();
        let code = match error.code {
            codes::BAD_REQUEST | codes::UNSUPPORTED_MEDIA_TYPE => ErrorCode::ParseError,
            _ => ErrorCode::General,
        };
        Self {
            status,
            key: None,
            code: code.as_str(),
            details: error.message,
            retry_after: error.retry_after,
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.details)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.json(RefusedBody {
            key: self.key.as_deref(),
            error_code: self.code,
            error_details: &self.details,
        })
    }
}
