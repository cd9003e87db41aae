//! Web pages of other origins: they may evaluate with the keys of environments that name
//! them, and nothing else.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
    },
};

use crate::service::key::{Cache, Grant};

/// What pages may send.
const HEADERS: &str = "authorization, content-type, if-none-match, last-event-id, x-api-key";
/// What pages may read besides the body.
const EXPOSED: &str = "etag, retry-after, x-request-id";

/// The origin of the page that asks, where it is a page.
fn origin(request: &HttpRequest) -> Option<&HeaderValue> {
    request.headers().get(ORIGIN)
}

fn is_allowed(origin: &HeaderValue, allows: impl FnOnce(&str) -> bool) -> bool {
    origin.to_str().is_ok_and(allows)
}

/// Lets the page read the answer, where its origin is allowed: by the key's environment,
/// or by any where there is no such key, so that the page learns that much.
pub(crate) fn allow(
    request: &HttpRequest,
    grant: Option<&Grant>,
    keys: &Cache,
    response: &mut HttpResponse,
) {
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    let allows = |origin: &str| match grant {
        Some(grant) => grant.allows_origin(origin),
        None => keys.allows_origin(origin),
    };
    if let Some(origin) = origin(request).filter(|origin| is_allowed(origin, allows)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED),
        );
    }
}

/// Answers the question that a browser asks before it sends a page's request. It carries
/// no key, so that the origin is enough if any environment names it; whether the key's
/// own does is decided with the request.
pub(crate) fn preflight(request: &HttpRequest, keys: &Cache) -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) =
        origin(request).filter(|origin| is_allowed(origin, |origin| keys.allows_origin(origin)))
    {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST"),
        );
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(HEADERS),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}
