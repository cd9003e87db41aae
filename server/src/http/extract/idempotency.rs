//! The header `Idempotency-Key`: makes a retried POST safe.

use actix_web::HttpRequest;
use serde_json::Value;

use crate::{http::error::ApiError, service::idempotency::Once};

/// The header's name.
pub(crate) const HEADER: &str = "idempotency-key";

/// What makes a retry of this request safe, where the caller asks for it.
///
/// # Errors
///
/// `bad_request` where the header is not readable.
pub(crate) fn once(request: &HttpRequest, body: &Value) -> Result<Option<Once>, ApiError> {
    let Some(key) = request.headers().get(HEADER) else {
        return Ok(None);
    };
    let key = key
        .to_str()
        .map_err(|_| ApiError::bad_request("Idempotency-Key is not readable"))?;
    let request = format!("{} {} {body}", request.method(), request.path());
    Ok(Some(Once {
        key: key.to_owned(),
        request,
    }))
}
