//! OFREP's event stream: a web page hears when to fetch its flags again.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    web::{Data, Query},
};
use serde::Deserialize;
use serin_api::paths::OFREP_EVENTS;

use crate::{
    http::{
        Api, cors,
        error::ApiError,
        extract::credential,
        ofrep::{EventStream, Refused},
        routes::sdk,
        sse,
        stream::RefetchStream,
    },
    publish::Configuration,
    service::key::{Grant, StreamToken},
};

/// How long a page may be hidden before it closes its stream, in seconds.
const INACTIVITY: u32 = 120;

/// `GET /ofrep/v1/events`: tells a page when to fetch flags again.
///
/// A browser's `EventSource` cannot set headers, and so a token is in the address that
/// opens this and nothing else. Others may send their key as everywhere.
pub(crate) async fn stream_flag_changes(api: Data<Api>, request: HttpRequest) -> HttpResponse {
    let query = Query::<EventsQuery>::from_query(request.query_string());
    let query = query.map(Query::into_inner).unwrap_or_default();
    let grant = grant(&api, &request, &query);
    let opened = grant.as_ref().map_err(Clone::clone).and_then(|grant| {
        let has = known(&request, &query);
        let permit = api.stream_permit(Some(grant.key_id))?;
        let stream = RefetchStream::open(&api, grant, has).ok_or_else(sdk::not_loaded)?;
        Ok((stream, permit))
    });
    let mut response = match opened {
        Ok((stream, permit)) => sse::answer(stream.frames(), permit),
        Err(refused) => refused.error_response(),
    };
    cors::allow(
        &request,
        grant.as_deref().ok(),
        &api.app.keys(),
        &mut response,
    );
    response
}

/// `?token=` and `?since=`
#[derive(Default, Deserialize)]
struct EventsQuery {
    token: Option<String>,
    since: Option<String>,
}

fn grant(api: &Api, request: &HttpRequest, query: &EventsQuery) -> Result<Arc<Grant>, Refused> {
    let Some(token) = &query.token else {
        return Ok(credential::grant(request, api)?);
    };
    let keys = api.app.keys();
    keys.find_stream(token, api.app.clock.now()).ok_or_else(|| {
        let message = match token.parse::<StreamToken>() {
            Ok(_) => "this token has run out, or its key has: evaluate all flags again for a new one",
            Err(()) => "this is no token: take the address of `eventStreams` in the answer of all flags as it is",
        };
        ApiError::unauthenticated(message).into()
    })
}

/// What the page has: as it was last told, or else as it was when it got the address.
fn known(request: &HttpRequest, query: &EventsQuery) -> Option<Configuration> {
    let last = request.headers().get("last-event-id");
    let last = last.and_then(|id| id.to_str().ok()?.parse().ok());
    last.or_else(|| query.since.as_ref()?.parse().ok())
}

/// Where a page hears of changes of a configuration.
pub(super) fn event_stream(
    api: &Api,
    request: &HttpRequest,
    token: &StreamToken,
    since: &Configuration,
) -> EventStream {
    let base = api.settings.public_url.clone().unwrap_or_else(|| {
        let connection = request.connection_info();
        format!("{}://{}", connection.scheme(), connection.host())
    });
    let base = base.trim_end_matches('/');
    EventStream {
        kind: "sse",
        url: format!("{base}{OFREP_EVENTS}?token={token}&since={since}"),
        inactivity_delay_sec: INACTIVITY,
    }
}
