//! OFREP 0.3: any OpenFeature client evaluates here.

mod events;

use std::sync::Arc;

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, ETAG, HeaderValue},
    },
    web::{Data, Path, Payload, Query},
};
use serde::Deserialize;
use serde_json::Value;
use serin_api::{error::codes, key::KeyKind};
use serin_engine::context::Context;
use sha2::{Digest as _, Sha256};

use crate::{
    http::{
        Api, cors,
        error::ApiError,
        etag,
        extract::{
            body::{self, LIMIT},
            credential,
        },
        ofrep::{Bulk, FlagSet, Item, Refused},
    },
    publish::Snapshot,
    service::key::Grant,
};

use events::event_streams;
pub(super) use events::{EVENTS, stream_flag_changes};

/// `POST /ofrep/v1/evaluate/flags/{key}`
pub(super) async fn evaluate_flag(
    api: Data<Api>,
    request: HttpRequest,
    flag: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let grant = match admitted(&api, &request) {
        Ok(grant) => grant,
        Err(refused) => return refused.of(flag.into_inner()).error_response(),
    };
    let mut response = match asked(&api, &request, &grant, payload).await {
        Ok((snapshot, context)) => one(&api, &snapshot, &grant, &flag, &context),
        Err(refused) => refused.of(flag.into_inner()).error_response(),
    };
    cors::allow(&request, &grant, &mut response);
    response
}

/// `POST /ofrep/v1/evaluate/flags`
pub(super) async fn evaluate_flags(
    api: Data<Api>,
    request: HttpRequest,
    query: Query<BulkQuery>,
    payload: Payload,
) -> HttpResponse {
    let grant = match admitted(&api, &request) {
        Ok(grant) => grant,
        Err(refused) => return refused.error_response(),
    };
    let mut response = match asked(&api, &request, &grant, payload).await {
        Ok((snapshot, context)) => all(&api, &request, &snapshot, &grant, &query, &context),
        Err(refused) => refused.error_response(),
    };
    cors::allow(&request, &grant, &mut response);
    response
}

/// `OPTIONS` of both.
pub(super) async fn preflight(api: Data<Api>, request: HttpRequest) -> HttpResponse {
    cors::preflight(&request, &api.app.keys())
}

/// What an event told a client that fetches again because of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BulkQuery {
    flag_config_etag: Option<String>,
}

/// Who asks, within the limit.
fn admitted(api: &Api, request: &HttpRequest) -> Result<Arc<Grant>, Refused> {
    let grant = credential::grant(request, api)?;
    let now = || u64::try_from(api.app.clock.now().timestamp_micros()).unwrap_or_default();
    api.limits
        .evaluate(grant.key_id, grant.kind, now)
        .map_err(ApiError::rate_limited)?;
    Ok(grant)
}

/// What is asked: flags of this snapshot for this context.
async fn asked(
    api: &Api,
    request: &HttpRequest,
    grant: &Grant,
    payload: Payload,
) -> Result<(Arc<Snapshot>, Context), Refused> {
    let context = context(request, payload).await?;
    let snapshot = api
        .app
        .publisher
        .snapshot(grant.environment_id)
        .ok_or_else(|| ApiError::new(codes::UNAVAILABLE, "this environment is not loaded"))?;
    Ok((snapshot, context))
}

/// Reads `{"context": {…}}`. An absent context is an empty one, and so is one without
/// `targetingKey`: flags that don't bucket need none.
async fn context(request: &HttpRequest, payload: Payload) -> Result<Context, Refused> {
    // Some clients leave the type out.
    if !matches!(request.content_type(), "application/json" | "") {
        let message = "the body must be of type application/json";
        return Err(ApiError::new(codes::UNSUPPORTED_MEDIA_TYPE, message).into());
    }
    let bytes = body::read(request, &mut payload.into_inner(), LIMIT).await?;
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

fn one(
    api: &Api,
    snapshot: &Snapshot,
    grant: &Grant,
    flag: &str,
    context: &Context,
) -> HttpResponse {
    let item = if sees(snapshot, grant, flag) {
        let evaluation = snapshot.ruleset.evaluate(flag, context);
        api.evaluations.inc();
        if evaluation.flag_version.is_some() {
            api.app
                .usage
                .count(grant.environment_id, flag, evaluation.variation);
        }
        Item::new(flag, snapshot.revision, evaluation)
    } else {
        Item::not_found(flag)
    };
    answer(HttpResponse::build(item.status()), &item)
}

/// Whether the key may know of the flag. One that it may not looks like one that is not there.
fn sees(snapshot: &Snapshot, grant: &Grant, flag: &str) -> bool {
    grant.kind == KeyKind::Server
        || snapshot
            .ruleset
            .flag(flag)
            .is_some_and(|flag| flag.client_visible)
}

fn all(
    api: &Api,
    request: &HttpRequest,
    snapshot: &Snapshot,
    grant: &Grant,
    query: &BulkQuery,
    context: &Context,
) -> HttpResponse {
    let tag = tag(snapshot, grant, context);
    if unchanged(request, snapshot, query, &tag) {
        return HttpResponse::build(StatusCode::NOT_MODIFIED)
            .insert_header((ETAG, tag))
            .finish();
    }
    // A page that fetches all flags has no other way to ask for one. A server that does
    // shows interest in none: counting it would make every flag look used.
    let counts = grant.kind == KeyKind::Client;
    let flags: Vec<Item<'_>> = snapshot
        .ruleset
        .evaluate_all(context)
        .filter(|(flag, _)| grant.kind == KeyKind::Server || flag.client_visible)
        .map(|(flag, evaluation)| {
            if counts {
                api.app
                    .usage
                    .count(grant.environment_id, flag.key, evaluation.variation);
            }
            Item::new(flag.key, snapshot.revision, evaluation)
        })
        .collect();
    api.evaluations.inc_by(flags.len() as u64);
    let bulk = Bulk {
        flags,
        event_streams: event_streams(api, request, grant),
        metadata: FlagSet {
            project: &snapshot.project,
            environment: &snapshot.environment,
            revision: snapshot.revision,
        },
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, tag));
    answer(response, &bulk)
}

/// The tag of an answer: over the configuration, what the key sees of it, and the context.
fn tag(snapshot: &Snapshot, grant: &Grant, context: &Context) -> String {
    let mut hash = Sha256::new();
    hash.update(snapshot.etag.as_bytes());
    hash.update(snapshot.environment_id.as_bytes());
    hash.update([u8::from(grant.kind == KeyKind::Server)]);
    hash.update(context.as_json().to_string());
    let hash = hash.finalize();
    let short = hash
        .iter()
        .take(12)
        .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    format!("\"{short:024x}\"")
}

/// Whether the client has this answer.
///
/// One that fetches because an event named a new configuration must not be told that
/// nothing changed by a node that has not heard of it yet.
fn unchanged(request: &HttpRequest, snapshot: &Snapshot, query: &BulkQuery, tag: &str) -> bool {
    let behind = query
        .flag_config_etag
        .as_deref()
        .is_some_and(|expected| etag::opaque(expected) != etag::opaque(&snapshot.etag));
    !behind && etag::none_match(request.headers(), tag)
}

/// An evaluation is for one context: nothing between may keep it without asking.
fn answer(
    mut response: actix_web::HttpResponseBuilder,
    body: &impl serde::Serialize,
) -> HttpResponse {
    response
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache, private")))
        .json(body)
}
