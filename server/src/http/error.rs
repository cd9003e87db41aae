//! From what went wrong to the answer: one body, one table of codes.
//!
//! A handler returns [`ApiError`]; `observe` writes its body, because only there the
//! request's id is known, and logs the cause of a fault of ours, which is never sent.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serin_api::error::{Detail, Error as Body, ErrorBody, codes};

use crate::{
    service::{self, Use},
    store,
};

/// An answer with a status of 400 or above.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// One of [`codes`].
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: String,
    /// Every mistake, by place.
    pub(crate) details: Vec<Detail>,
    /// The version that stands, with `version_conflict`.
    pub(crate) current_version: Option<u64>,
    /// Seconds to wait, for `Retry-After`.
    pub(crate) retry_after: Option<u32>,
    /// The methods that the path takes, for `Allow`.
    pub(crate) allow: Option<Box<str>>,
    /// What it came from: for the log only.
    pub(crate) cause: Option<Box<str>>,
}

/// What a handler returns.
pub(crate) type Answer = Result<HttpResponse, ApiError>;

impl ApiError {
    /// An error of this code without particulars.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            current_version: None,
            retry_after: None,
            allow: None,
            cause: None,
        }
    }

    /// The request cannot be read.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(codes::BAD_REQUEST, message)
    }

    /// Not there, or not for the caller to see: the two look alike.
    pub(crate) fn not_found() -> Self {
        Self::new(
            codes::NOT_FOUND,
            "there is nothing here, or nothing that you may see",
        )
    }

    /// No credential, or none that is valid.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(codes::UNAUTHENTICATED, message)
    }

    /// Too many requests.
    pub(crate) fn rate_limited(retry_after: u64) -> Self {
        let seconds = u32::try_from(retry_after.max(1)).unwrap_or(u32::MAX);
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                codes::RATE_LIMITED,
                format!("too many requests: wait {seconds} s"),
            )
        }
    }

    /// A request with mistakes.
    pub(crate) fn invalid(details: Vec<Detail>) -> Self {
        let message = match details.as_slice() {
            [only] if only.path.is_empty() => only.message.clone(),
            [only] => format!("{}: {}", only.path, only.message),
            many => format!("{} mistakes, listed in `details`", many.len()),
        };
        Self {
            details,
            ..Self::new(codes::INVALID, message)
        }
    }

    /// Something else uses it: `details` lists what.
    fn in_use(what: &str, uses: Vec<Use>) -> Self {
        let by: Vec<&str> = uses.iter().map(|used| used.by.as_str()).collect();
        let message = format!("{what} is in use: {}", by.join(", "));
        let detail = |used: Use| Detail {
            path: used.path,
            code: codes::IN_USE.to_owned(),
            message: used.by,
        };
        Self {
            details: uses.into_iter().map(detail).collect(),
            ..Self::new(codes::IN_USE, message)
        }
    }

    /// A change names what is not there; for a change set `path` says which.
    fn missing(path: String, message: String) -> Self {
        let detail = Detail {
            path,
            code: codes::NOT_FOUND.to_owned(),
            message: message.clone(),
        };
        Self {
            details: vec![detail],
            ..Self::new(codes::NOT_FOUND, message)
        }
    }

    /// The entity moved on; for a change set `path` says which.
    fn version_conflict(current: u64, path: String, message: String) -> Self {
        let details = if path.is_empty() {
            Vec::new()
        } else {
            vec![Detail {
                path,
                code: codes::VERSION_CONFLICT.to_owned(),
                message: message.clone(),
            }]
        };
        Self {
            details,
            current_version: Some(current),
            ..Self::new(codes::VERSION_CONFLICT, message)
        }
    }

    /// A fault of ours; `cause` goes to the log.
    pub(crate) fn internal(cause: impl fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string().into()),
            ..Self::new(
                codes::INTERNAL,
                "a fault of the server's; its log has more under this request id",
            )
        }
    }

    /// What a change through a single resource failed with.
    ///
    /// It ran as a change set of one; its author wrote no `/changes/0/document`.
    pub(crate) fn of_resource(error: service::Error) -> Self {
        match error {
            service::Error::Invalid(mut details) => {
                for detail in &mut details {
                    of_one(&mut detail.path);
                }
                Self::invalid(details)
            }
            service::Error::InUse { what, mut uses } => {
                for used in &mut uses {
                    of_one(&mut used.path);
                }
                Self::in_use(&what, uses)
            }
            service::Error::Missing { .. } => service::Error::NotFound.into(),
            service::Error::VersionConflict { current, .. } => service::Error::VersionConflict {
                current,
                path: String::new(),
            }
            .into(),
            other => other.into(),
        }
    }

    /// The body, with the id of the request that failed.
    pub(crate) fn body(&self, request_id: &str) -> ErrorBody {
        ErrorBody {
            error: Body {
                code: self.code.to_owned(),
                message: self.message.clone(),
                details: self.details.clone(),
                current_version: self.current_version,
                request_id: request_id.to_owned(),
            },
        }
    }

    /// The status that the code comes with.
    pub(crate) fn status(&self) -> StatusCode {
        codes::ALL
            .iter()
            .find(|(code, _)| *code == self.code)
            .and_then(|(_, status)| StatusCode::from_u16(*status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A place in a change set of one, as the author of its only change wrote it.
fn of_one(path: &mut String) {
    for prefix in ["/changes/0/document", "/changes/0"] {
        if let Some(rest) = path.strip_prefix(prefix) {
            *path = rest.to_owned();
            return;
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        // `observe` puts the body in.
        HttpResponse::new(self.status())
    }
}

impl From<service::Error> for ApiError {
    fn from(error: service::Error) -> Self {
        use service::Error as E;
        let message = error.to_string();
        match error {
            E::NotFound => Self::not_found(),
            E::Missing { path, .. } => Self::missing(path, message),
            E::Forbidden { .. } => Self::new(codes::FORBIDDEN, message),
            E::Unauthenticated => Self::unauthenticated(message),
            E::AlreadyExists { .. } => Self::new(codes::ALREADY_EXISTS, message),
            E::InUse { what, uses } => Self::in_use(&what, uses),
            E::VersionConflict { current, path } => Self::version_conflict(current, path, message),
            E::Invalid(details) => Self::invalid(details),
            E::BadRequest(_) => Self::bad_request(message),
            E::IllegalTransition(_) => Self::new(codes::ILLEGAL_TRANSITION, message),
            E::EpochConflict { current } => Self {
                current_version: Some(current),
                ..Self::new(codes::EPOCH_CONFLICT, message)
            },
            E::IdempotencyMismatch => Self::new(codes::IDEMPOTENCY_MISMATCH, message),
            E::Unavailable => Self {
                retry_after: Some(1),
                ..Self::new(codes::UNAVAILABLE, message)
            },
            E::Store(store::Error::Away(cause)) => Self {
                retry_after: Some(1),
                cause: Some(cause.into()),
                ..Self::new(codes::UNAVAILABLE, "the database is not available now")
            },
            E::Unreadable { cause, .. } => Self {
                cause: Some(cause.to_string().into()),
                ..Self::new(codes::UNREADABLE, message)
            },
            E::Store(_) | E::Internal(_) => Self::internal(message),
        }
    }
}
