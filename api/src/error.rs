//! The one body that every error has.

use serde::{Deserialize, Serialize};

/// The body of every answer with a status of 400 or above under `/api` and `/sdk`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What went wrong.
    pub error: Error,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Error {
    /// One of [`codes`].
    pub code: String,
    /// For people.
    pub message: String,
    /// Every mistake in the request, by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// With `version_conflict`: the version that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_version: Option<u64>,
    /// Also in the header `X-Request-Id` and in the server's log.
    #[serde(default)]
    pub request_id: String,
}

/// One mistake in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Detail {
    /// A JSON pointer into the request's document; for a change set it begins with `/changes/N`.
    pub path: String,
    /// Names the kind of mistake.
    pub code: String,
    /// For people.
    pub message: String,
}

/// The error codes, with the status that each comes with.
pub mod codes {
    macro_rules! codes {
        ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $status:literal;)+) => {
            $($(#[doc = $doc])+ pub const $name: &str = $code;)+
            /// Every code with its HTTP status.
            pub const ALL: &[(&str, u16)] = &[$(($code, $status)),+];
        };
    }
    codes! {
        /// The request is not JSON, or not of its shape.
        BAD_REQUEST = "bad_request", 400;
        /// No credential, or one that is not known or no longer valid.
        UNAUTHENTICATED = "unauthenticated", 401;
        /// The caller may see this, but not do that.
        FORBIDDEN = "forbidden", 403;
        /// A session's write without its CSRF token.
        CSRF = "csrf", 403;
        /// Not there, or not for the caller to see.
        NOT_FOUND = "not_found", 404;
        /// The path does not take this method.
        METHOD_NOT_ALLOWED = "method_not_allowed", 405;
        /// Something of this key exists already.
        ALREADY_EXISTS = "already_exists", 409;
        /// Something else still uses it, or a live release owns it.
        IN_USE = "in_use", 409;
        /// A release does not take this signal in its present state.
        ILLEGAL_TRANSITION = "illegal_transition", 409;
        /// The release moved on since the epoch that the caller saw.
        EPOCH_CONFLICT = "epoch_conflict", 409;
        /// An idempotency key that came with another request before.
        IDEMPOTENCY_MISMATCH = "idempotency_mismatch", 409;
        /// The entity is at another version than the caller saw.
        VERSION_CONFLICT = "version_conflict", 412;
        /// The body is larger than its limit.
        TOO_LARGE = "too_large", 413;
        /// The body's type is not taken.
        UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415;
        /// Well-formed, but with mistakes: `details` lists them all.
        INVALID = "invalid", 422;
        /// Too many requests; `Retry-After` says when to come again.
        RATE_LIMITED = "rate_limited", 429;
        /// A fault of the server's; its log has more under the request id.
        INTERNAL = "internal", 500;
        /// Kept by another version of the server, or damaged: this one cannot read it.
        UNREADABLE = "unreadable", 500;
        /// Not ready, or shutting down.
        UNAVAILABLE = "unavailable", 503;
    }
}
