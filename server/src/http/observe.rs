//! Around every request: its id, its place in the metrics and the log, and the body of
//! its error.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody as _},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode,
        header::{
            ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    web::Data,
};
use serin_api::{error::codes, paths};
use tracing::Instrument as _;

use super::{Api, address, error::ApiError, ofrep};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a caller.
const LONGEST_ID: usize = 64;

/// Makes ids for requests: a part that is this process's own, and a number.
pub(crate) struct RequestIds {
    process: u32,
    next: AtomicU32,
}

impl RequestIds {
    /// Ids that begin with `process`, a random number.
    pub(crate) fn new(process: u32) -> Self {
        Self {
            process,
            next: AtomicU32::new(0),
        }
    }

    /// The caller's id for the request, where it has a decent one; else a new one.
    fn of(&self, request: &ServiceRequest) -> String {
        let decent = |id: &&str| {
            (1..=LONGEST_ID).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let given = request
            .headers()
            .get(REQUEST_ID)
            .and_then(|id| id.to_str().ok());
        given.filter(decent).map_or_else(
            || {
                format!(
                    "{:08x}{:08x}",
                    self.process,
                    self.next.fetch_add(1, Ordering::Relaxed)
                )
            },
            str::to_owned,
        )
    }
}

/// The middleware.
pub(crate) async fn observe(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(api) = request.app_data::<Data<Api>>().cloned() else {
        return next.call(request).await;
    };
    let started = Instant::now();
    let id = api.request_ids.of(&request);
    let managed = request.path().starts_with("/api/");
    let response = if managed {
        match address::check(request.uri()) {
            Ok(()) => {
                let span = tracing::info_span!("request", id);
                next.call(request).instrument(span).await?
            }
            Err(error) => request.error_response(error),
        }
    } else {
        next.call(request).await?
    };
    let mut response = explain(response, &id);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if api.shutdown.draining() {
        // The next request on it would meet a server that is gone.
        response
            .response_mut()
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    record(&api, &response, &id, started);
    Ok(response)
}

/// Counts the request, and logs it.
fn record(api: &Api, response: &ServiceResponse, id: &str, started: Instant) {
    let request = response.request();
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    let method = method(request.method());
    tracing::debug!(
        request.id = id,
        http.method = method,
        http.path = request.path(),
        http.status = status,
        duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "request answered"
    );
    api.metrics
        .answered(method, route(response), status, elapsed.as_secs_f64());
}

/// The method's name; all that nobody should send is one.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// The route that a request took. The hot ones are told without asking the router again,
/// and what is no route of the API counts as one, so that nobody can make up label values.
fn route(response: &ServiceResponse) -> Cow<'static, str> {
    let path = response.request().path();
    if path == paths::OFREP_BULK {
        return Cow::Borrowed(paths::OFREP_BULK);
    }
    if path.starts_with("/ofrep/v1/evaluate/flags/") {
        return Cow::Borrowed("/ofrep/v1/evaluate/flags/{flag}");
    }
    let otherwise = match response.status() {
        StatusCode::NOT_FOUND => "unknown",
        _ => "ui",
    };
    response
        .request()
        .match_pattern()
        .map_or(Cow::Borrowed(otherwise), Cow::Owned)
}

/// Gives an error its body.
fn explain(response: ServiceResponse, id: &str) -> ServiceResponse {
    if response.status().as_u16() < 400 {
        return response;
    }
    let Some(error) = body_of(&response, id) else {
        return response;
    };
    let Explained {
        body,
        allow,
        retry_after,
        unauthenticated,
    } = error;
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(allow) = allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
        headers.insert(ALLOW, allow);
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// What an error adds to its answer.
struct Explained {
    body: String,
    allow: Option<Box<str>>,
    retry_after: Option<u32>,
    unauthenticated: bool,
}

/// The body of an error that has none yet. A fault of ours is logged here, once.
fn body_of(response: &ServiceResponse, id: &str) -> Option<Explained> {
    let inner = response.response().error();
    let by_framework;
    let error = match inner.and_then(|error| error.as_error::<ApiError>()) {
        Some(error) => error,
        None if response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|value| value == "application/json") =>
        {
            return None;
        }
        None if inner.is_none()
            && !matches!(
                response.response().body().size(),
                BodySize::None | BodySize::Sized(0)
            ) =>
        {
            return None;
        }
        None => {
            by_framework = of_status(response.status(), inner);
            &by_framework
        }
    };
    if let Some(cause) = &error.cause {
        tracing::error!(
            request.id = id,
            http.path = response.request().path(),
            "request {id} failed: {cause}"
        );
    }
    let body = if response.request().path().starts_with("/ofrep/") {
        ofrep::body(error)
    } else {
        serde_json::to_string(&error.body(id))
    };
    Some(Explained {
        body: body.ok()?,
        allow: error.allow.clone(),
        retry_after: error.retry_after,
        unauthenticated: error.code == codes::UNAUTHENTICATED,
    })
}

/// An error that the framework made.
fn of_status(status: StatusCode, error: Option<&Error>) -> ApiError {
    let message = error.map_or_else(
        || status.canonical_reason().unwrap_or_default().to_owned(),
        ToString::to_string,
    );
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(codes::METHOD_NOT_ALLOWED, message),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(codes::TOO_LARGE, message),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(codes::UNSUPPORTED_MEDIA_TYPE, message),
        status if status.is_server_error() => ApiError::internal(message),
        _ => ApiError::bad_request(message),
    }
}
