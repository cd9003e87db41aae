//! The credential of a request, and the grant that an SDK key is.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap},
};
use serin_api::{error::codes, key::KeyKind};

use crate::{
    http::{Api, error::ApiError},
    service::key::{self, Grant},
};

/// The secret of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// What the SDK key of a request opens. In memory: nothing is waited for.
///
/// # Errors
///
/// `unauthenticated` without a key, and with one that is unknown, expired or revoked.
pub(crate) fn grant(request: &HttpRequest, api: &Api) -> Result<Arc<Grant>, ApiError> {
    key::authenticate(&api.app, secret(request)?)
        .ok_or_else(|| ApiError::unauthenticated("this SDK key is not known, or no longer valid"))
}

/// The SDK key of a request.
///
/// # Errors
/// `unauthenticated` without one.
pub(crate) fn secret(request: &HttpRequest) -> Result<&str, ApiError> {
    let headers = request.headers();
    headers
        .get("x-api-key")
        .and_then(|value| value.to_str().ok())
        .or_else(|| bearer(headers))
        .ok_or_else(|| {
            ApiError::unauthenticated(
                "an SDK key is needed: `Authorization: Bearer …` or `X-API-Key: …`",
            )
        })
}

/// The same, for what takes a server key.
///
/// # Errors
///
/// Those of [`grant`], and `forbidden` for a client key.
pub(crate) fn server_grant(request: &HttpRequest, api: &Api) -> Result<Arc<Grant>, ApiError> {
    let grant = grant(request, api)?;
    match grant.kind {
        KeyKind::Server => Ok(grant),
        KeyKind::Client => Err(ApiError::new(codes::FORBIDDEN, "this takes a server key")),
    }
}
