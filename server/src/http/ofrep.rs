//! OFREP 0.3: from evaluations to its bodies, and its errors.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::RETRY_AFTER},
};
use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;
use serin_api::error::codes;
use serin_engine::evaluation::ErrorCode;

use super::{error::ApiError, room};
use crate::ofrep::Item;

/// What comes behind the flags in the answer of all that a key may see.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bulk<'r> {
    pub(crate) event_streams: [EventStream; 1],
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

impl Bulk<'_> {
    /// The body: the flags as the snapshot has them written, and the rest.
    pub(crate) fn body(&self, write_flags: impl FnOnce(&mut BytesMut)) -> Bytes {
        room::fill(|body| {
            body.extend_from_slice(b"{\"flags\":");
            write_flags(body);
            let behind = body.len();
            // Writing into memory does not fail, nor does any of these values.
            if serde_json::to_writer(body.writer(), self).is_ok() {
                // It is an object that is not empty.
                body[behind] = b',';
            }
        })
    }
}

/// The status of a single evaluation's answer.
pub(crate) fn status(item: &Item<'_>) -> StatusCode {
    match item.error() {
        None => StatusCode::OK,
        Some(ErrorCode::FlagNotFound) => StatusCode::NOT_FOUND,
        Some(_) => StatusCode::BAD_REQUEST,
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

/// The body of an error that no handler of OFREP's saw: the path takes another method, or is none.
pub(crate) fn body(error: &ApiError) -> serde_json::Result<String> {
    serde_json::to_string(&RefusedBody {
        key: None,
        error_code: code(error),
        error_details: &error.message,
    })
}

fn code(error: &ApiError) -> &'static str {
    match error.code {
        codes::BAD_REQUEST | codes::UNSUPPORTED_MEDIA_TYPE => ErrorCode::ParseError.as_str(),
        _ => ErrorCode::General.as_str(),
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            status: error.status(),
            key: None,
            code: code(&error),
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
