//! What SDKs ask: the ruleset, the ruleset as it changes, and where to report counts.

mod events;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue,
        VARY,
    },
    web::Data,
};
use serin_api::{
    error::codes,
    sdk::{KeyInfo, Telemetry},
};

use crate::{
    http::{
        Api,
        error::{Answer, ApiError},
        etag,
        extract::{body::Json, credential},
        sse,
        stream::RulesetStream,
        ui::accepts_encoding,
    },
    publish::{Encoding, Snapshot},
    relay::HOPS,
    service::evidence::Report,
};

pub(super) use events::report_events;

/// `GET /sdk/v1/ruleset`
pub(super) async fn get_sdk_ruleset(api: Data<Api>, request: HttpRequest) -> Answer {
    let grant = credential::server_grant(&request, &api)?;
    let snapshot = api
        .app
        .publisher
        .snapshot(grant.environment_id)
        .ok_or_else(not_loaded)?;
    Ok(ruleset(&request, &snapshot))
}

/// `GET /sdk/v1/stream`
pub(super) async fn stream_sdk_ruleset(api: Data<Api>, request: HttpRequest) -> Answer {
    let grant = credential::server_grant(&request, &api)?;
    let secret = credential::secret(&request)?;
    let last = last_event_id(&request);
    let permit = api.stream_permit(Some(grant.key_id))?;
    let stream = RulesetStream::open(&api, &grant, secret, last).ok_or_else(not_loaded)?;
    Ok(sse::answer(stream.frames(), permit))
}

/// `POST /sdk/v1/telemetry`
pub(super) async fn report_telemetry(
    api: Data<Api>,
    request: HttpRequest,
    mut body: Json<Telemetry>,
) -> Answer {
    let grant = credential::server_grant(&request, &api)?;
    let mut accepted = None;
    if !body.0.evidence.is_empty() {
        let report = Report {
            instance: body.0.instance,
            sequence: body.0.sequence,
            sent_at: body.0.sent_at,
            windows: std::mem::take(&mut body.0.evidence),
        };
        // First: where it fails the whole batch comes again.
        accepted = Some(api.app.usage.evidence(grant.environment_id, report).await?);
    }
    api.app.usage.record(grant.environment_id, body.0)?;
    let mut response = HttpResponse::Accepted();
    Ok(match accepted.filter(|_| reads_outcome(&request)) {
        Some(accepted) => response.json(accepted),
        None => response.finish(),
    })
}

/// Whether it matters to who reports what became of evidence: SDKs read no body, relays do, whatever a
/// proxy between made of what they accept.
fn reads_outcome(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let mut accepted = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next());
    headers.contains_key(HOPS)
        || accepted.any(|range| range.trim().eq_ignore_ascii_case("application/json"))
}

/// `GET /sdk/v1/key`: for relays, which decide by it who is let in and what they see.
pub(super) async fn get_sdk_key(api: Data<Api>, request: HttpRequest) -> Answer {
    let grant = credential::grant(&request, &api)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Ok(response.json(KeyInfo::from(&*grant)))
}

/// A ruleset, from bytes that were made when it was published.
pub(super) fn ruleset(request: &HttpRequest, snapshot: &Snapshot) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, snapshot.etag.as_str()));
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache, private")));
    response.insert_header((VARY, HeaderValue::from_static("accept-encoding")));
    if etag::none_match(request.headers(), &snapshot.etag) {
        response.status(actix_web::http::StatusCode::NOT_MODIFIED);
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    let takes = |coding| {
        request
            .headers()
            .get_all(ACCEPT_ENCODING)
            .filter_map(|value| value.to_str().ok())
            .any(|value| accepts_encoding(value, coding))
    };
    let encoding = if takes("br") {
        response.insert_header((CONTENT_ENCODING, HeaderValue::from_static("br")));
        Encoding::Brotli
    } else if takes("gzip") {
        response.insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
        Encoding::Gzip
    } else {
        Encoding::Identity
    };
    response.body(snapshot.encoded(encoding).clone())
}

/// The revision that a client which comes again has.
fn last_event_id(request: &HttpRequest) -> Option<u64> {
    request
        .headers()
        .get("last-event-id")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// The environment is not in memory, which it always is but for a moment.
pub(super) fn not_loaded() -> ApiError {
    ApiError::new(codes::UNAVAILABLE, "this environment is not loaded")
}
