//! OFREP's event stream: a web page hears when to fetch its flags again.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    web::{Data, Query},
};
use serde::Deserialize;
use serin_api::{error::codes, key::KeyKind, paths};

use crate::{
    http::{
        Api, cors,
        error::ApiError,
        extract::credential,
        ofrep::{EventStream, Refused},
        routes::sdk,
        sse,
        stream::{RulesetStream, Telling},
    },
    service::key::{self, Grant},
};

/// Where pages hear of changes.
pub(crate) const EVENTS: &str = "/ofrep/v1/events";

/// `GET /ofrep/v1/events`: tells a page when to fetch flags again.
///
/// A browser's EventSource cannot set headers, and so the key is in the address: a client
/// key, which the page shows to everybody anyway, and no other.
pub(crate) async fn stream_flag_changes(
    api: Data<Api>,
    request: HttpRequest,
    query: Query<EventsQuery>,
) -> HttpResponse {
    let opened = || {
        let grant = key::authenticate(&api.app, &query.key).ok_or_else(|| {
            ApiError::unauthenticated("this SDK key is not known, or no longer valid")
        })?;
        if grant.kind != KeyKind::Client {
            return Err(ApiError::new(
                codes::FORBIDDEN,
                "this takes a client key: others have no place in addresses",
            ));
        }
        let current = api
            .app
            .publisher
            .snapshot(grant.environment_id)
            .map(|snapshot| snapshot.revision);
        let last = sdk::last_event_id(&request).or(current);
        let stream = RulesetStream::open(&api, &grant, &query.key, last, Telling::Refetch)
            .ok_or_else(sdk::not_loaded)?;
        Ok((grant, stream))
    };
    match opened() {
        Ok((grant, stream)) => {
            let mut response = sse::answer(stream.frames());
            cors::allow(&request, &grant, &mut response);
            response
        }
        Err(error) => Refused::from(error).error_response(),
    }
}

/// `?key=`
#[derive(Deserialize)]
pub(crate) struct EventsQuery {
    key: String,
}

/// Where a page hears of changes. Others ask for single flags, and need not hear of them.
pub(super) fn event_streams(api: &Api, request: &HttpRequest, grant: &Grant) -> Vec<EventStream> {
    let secret = credential::secret(request)
        .ok()
        .filter(|_| grant.kind == KeyKind::Client);
    let stream = secret.map(|secret| {
        let base = api.settings.public_url.clone().unwrap_or_else(|| {
            let connection = request.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        });
        EventStream {
            kind: "sse",
            url: format!(
                "{}{EVENTS}?key={}",
                base.trim_end_matches('/'),
                paths::encode(secret)
            ),
        }
    });
    stream.into_iter().collect()
}
