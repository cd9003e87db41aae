//! OFREP 0.3: from evaluations to its bodies, and its errors.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::RETRY_AFTER},
};
use serde::Serialize;
use serde_json::Value;
use serin_api::error::codes;
use serin_engine::evaluation::{ErrorCode, Evaluation, Reason};

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
    value: Option<&'r Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'r str>,
    metadata: Metadata<'r>,
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
    revision: u64,
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
pub(crate) struct EventStream {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) url: String,
}

/// What the flags were evaluated from.
#[derive(Serialize)]
pub(crate) struct FlagSet<'r> {
    pub(crate) project: &'r str,
    pub(crate) environment: &'r str,
    pub(crate) revision: u64,
}

impl<'r> Item<'r> {
    /// The answer that an evaluation of `key` at `revision` is.
    pub(crate) fn new(key: &'r str, revision: u64, evaluation: Evaluation<'r>) -> Self {
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
            value: evaluation.value,
            variant: evaluation.variation,
            metadata: Metadata {
                reason: evaluation.reason,
                rule: evaluation.rule,
                prerequisite: evaluation.prerequisite,
                flag_version: evaluation.flag_version,
                revision,
            },
        })
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

/// A request that is not evaluated at all.
#[derive(Debug)]
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
