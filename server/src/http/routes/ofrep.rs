//! OFREP 0.3: any OpenFeature client evaluates here.

mod events;

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, ContentType, ETAG, HeaderValue},
    },
    web::{BytesMut, Data, Path, Payload, Query},
};
use serde::Deserialize;
use serde_json::Value;
use serin_api::{error::codes, key::KeyKind};
use serin_engine::context::Context;
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    http::{
        Api, cors,
        error::ApiError,
        etag,
        extract::{
            body::{self, LIMIT},
            credential,
        },
        ofrep::{self, Bulk, FlagSet, Refused},
        overload,
        routes::sdk,
    },
    ofrep::{Item, Tally},
    publish::{Configuration, Snapshot},
    service::key::{Grant, StreamToken},
};

use events::event_stream;
pub(super) use events::stream_flag_changes;

/// How long a node that has not heard of a configuration yet may take until it does.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(2);

/// `POST /ofrep/v1/evaluate/flags/{key}`
pub(super) async fn evaluate_flag(
    api: Data<Api>,
    request: HttpRequest,
    flag: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let grant = credential::grant(&request, &api).map_err(Refused::from);
    let answered = match &grant {
        Ok(grant) => one(&api, &request, grant, &flag, payload).await,
        Err(refused) => Err(refused.clone()),
    };
    let mut response =
        answered.unwrap_or_else(|refused| refused.of(flag.into_inner()).error_response());
    cors::allow(
        &request,
        grant.as_deref().ok(),
        &api.app.keys(),
        &mut response,
    );
    response
}

/// `POST /ofrep/v1/evaluate/flags`
pub(super) async fn evaluate_flags(
    api: Data<Api>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let grant = credential::grant(&request, &api).map_err(Refused::from);
    let answered = match &grant {
        Ok(grant) => all(&api, &request, grant, payload).await,
        Err(refused) => Err(refused.clone()),
    };
    let mut response = answered.unwrap_or_else(|refused| refused.error_response());
    cors::allow(
        &request,
        grant.as_deref().ok(),
        &api.app.keys(),
        &mut response,
    );
    response
}

/// `OPTIONS` of all.
pub(super) async fn preflight(api: Data<Api>, request: HttpRequest) -> HttpResponse {
    cors::preflight(&request, &api.app.keys())
}

/// What an event told a client that fetches again because of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BulkQuery {
    flag_config_etag: Option<String>,
}

/// What is asked, within the limit: flags of this snapshot for this context.
async fn asked(
    api: &Api,
    request: &HttpRequest,
    grant: &Grant,
    payload: Payload,
) -> Result<(Arc<Snapshot>, Context), Refused> {
    let now = || api.app.clock.uptime();
    api.limits
        .evaluate(grant.key_id, grant.kind, now)
        .map_err(ApiError::rate_limited)?;
    let context = context(api, request, payload).await?;
    Ok((snapshot(api, grant)?, context))
}

fn snapshot(api: &Api, grant: &Grant) -> Result<Arc<Snapshot>, Refused> {
    let snapshot = api.app.publisher.snapshot(grant.environment_id);
    Ok(snapshot.ok_or_else(sdk::not_loaded)?)
}

/// Reads `{"context": {…}}`. An absent context is an empty one, and so is one without
/// `targetingKey`: flags that don't bucket need none.
async fn context(api: &Api, request: &HttpRequest, payload: Payload) -> Result<Context, Refused> {
    // Some clients leave the type out.
    if !matches!(request.content_type(), "application/json" | "") {
        let message = "the body must be of type application/json";
        return Err(ApiError::new(codes::UNSUPPORTED_MEDIA_TYPE, message).into());
    }
    let bytes = body::read(request, &mut payload.into_inner(), LIMIT).await?;
    // Not before: a body that is not read costs the connection.
    overload::admit(api, request)?;
    let Value::Object(mut members) = body::strict(&bytes)? else {
        return Err(ApiError::bad_request("the body must be a JSON object with a context").into());
    };
    match members.remove("context") {
        None => Ok(Context::default()),
        Some(context) => {
            Context::from_json(context).map_err(|error| Refused::invalid_context(error.to_string()))
        }
    }
}

async fn one(
    api: &Api,
    request: &HttpRequest,
    grant: &Grant,
    flag: &str,
    payload: Payload,
) -> Result<HttpResponse, Refused> {
    let (snapshot, context) = asked(api, request, grant, payload).await?;
    let item = if sees(&snapshot, grant, flag) {
        let evaluation = snapshot.ruleset.evaluate(flag, &context);
        api.evaluations.inc();
        if evaluation.flag_version.is_some() {
            api.app
                .usage
                .count(grant.environment_id, flag, evaluation.variation);
        }
        Item::new(flag, &snapshot.ruleset, evaluation).at(snapshot.revision)
    } else {
        Item::not_found(flag)
    };
    Ok(uncached(HttpResponse::build(ofrep::status(&item))).json(item))
}

/// Whether the key may know of the flag. One that it may not looks like one that is not there.
fn sees(snapshot: &Snapshot, grant: &Grant, flag: &str) -> bool {
    grant.kind == KeyKind::Server
        || snapshot
            .ruleset
            .flag(flag)
            .is_some_and(|flag| flag.client_visible)
}

async fn all(
    api: &Api,
    request: &HttpRequest,
    grant: &Grant,
    payload: Payload,
) -> Result<HttpResponse, Refused> {
    let query = Query::<BulkQuery>::from_query(request.query_string())
        .map_err(|error| Refused::unreadable(error.to_string()))?;
    let (mut snapshot, context) = asked(api, request, grant, payload).await?;
    let told = query.flag_config_etag.as_deref().map(str::parse);
    let mut is_behind = told == Some(Err(()));
    if let Some(Ok(told)) = told {
        is_behind = !catches_up(api, grant, told).await;
        snapshot = self::snapshot(api, grant)?;
    }
    let configuration = snapshot.configuration(grant.kind);
    let tag = Tag::new(api, grant, &configuration, &context);
    // Who comes because of a change must not hear that there was none from a node that
    // has not heard of it either.
    if !is_behind && etag::none_match(request.headers(), &tag.text) {
        return Ok(HttpResponse::build(StatusCode::NOT_MODIFIED)
            .insert_header((ETAG, tag.text))
            .finish());
    }
    let rest = Bulk {
        event_streams: [event_stream(api, request, &tag.token, &configuration)],
        metadata: FlagSet {
            project: &snapshot.project,
            environment: &snapshot.environment,
            revision: snapshot.revision,
        },
    };
    let body = rest.body(|body| evaluate_seen(api, &snapshot, grant, &context, body));
    Ok(uncached(HttpResponse::Ok())
        .insert_header((ETAG, tag.text))
        .insert_header(ContentType::json())
        .body(body))
}

/// Waits for the revision of a configuration that another node told of; false where it
/// does not come.
async fn catches_up(api: &Api, grant: &Grant, told: Configuration) -> bool {
    let publisher = &api.app.publisher;
    let Some(mut publications) = publisher.subscribe(grant.environment_id) else {
        return false;
    };
    let is_there = || {
        let snapshot = publisher.snapshot(grant.environment_id);
        snapshot.is_some_and(|snapshot| snapshot.revision >= told.revision)
    };
    let published = async {
        while !is_there() {
            if matches!(publications.recv().await, Err(RecvError::Closed)) {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(CATCHES_UP_WITHIN, published)
        .await
        .unwrap_or(false)
}

/// Writes what is said of all flags that the key may see.
fn evaluate_seen(
    api: &Api,
    snapshot: &Snapshot,
    grant: &Grant,
    context: &Context,
    body: &mut BytesMut,
) {
    // A page that fetches all flags has no other way to ask for one. A server that does
    // shows interest in none: counting it would make every flag look used.
    let count = |flag: &str, variation: Option<&str>| {
        api.app.usage.count(grant.environment_id, flag, variation);
    };
    let tally: Option<Tally<'_>> = match grant.kind {
        KeyKind::Client => Some(&count),
        KeyKind::Server => None,
    };
    let sheet = snapshot.sheet(grant.kind);
    sheet.write(&snapshot.ruleset, context, tally, body);
    api.evaluations.inc_by(sheet.len() as u64);
}

/// The tag of a bulk answer, and the token in it.
struct Tag {
    /// Weak: what says the same need not be the same bytes.
    text: String,
    token: StreamToken,
}

impl Tag {
    /// Covers all that the answer depends on: what the key sees, the context, and the token,
    /// so that one who was away gets a new token although no flag changed.
    fn new(api: &Api, grant: &Grant, configuration: &Configuration, context: &Context) -> Self {
        let mut hash = Sha256::new();
        hash.update(configuration.fingerprint.as_bytes());
        hash.update(grant.key_id.as_bytes());
        hash.update(context.as_json().to_string());
        let hash: [u8; 32] = hash.finalize().into();
        let [a, b, c, d, digits @ ..] = hash;
        let token = StreamToken::new(grant, api.app.clock.now(), u32::from_be_bytes([a, b, c, d]));
        let digits = digits
            .iter()
            .take(12)
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        Self {
            text: format!("W/\"{digits:024x}-{:08x}\"", token.expires()),
            token,
        }
    }
}

/// An evaluation is for one context: nothing between may keep it without asking.
fn uncached(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache, private")));
    response
}
