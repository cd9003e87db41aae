//! A project's webhooks and their deliveries.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, LOCATION},
    web::{Data, Path, Query},
};
use serde::Deserialize;
use serde_json::Value;
use serin_api::{
    page::Page,
    paths,
    webhook::{DeliveryState, NewWebhook, Webhook},
};
use uuid::Uuid;

use super::entity::version_tag;
use crate::{
    http::{
        Management,
        error::Answer,
        etag::IfMatch,
        extract::{
            body::{Json, MergePatch},
            caller::Caller,
            query,
        },
    },
    service::{Paging, webhook},
};

/// `GET …/webhooks`
pub(super) async fn list_webhooks(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
) -> Answer {
    let items = webhook::list(&api.app, &caller.actor, &project).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `POST …/webhooks`
pub(super) async fn create_webhook(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
    body: Json<NewWebhook>,
) -> Answer {
    let made = webhook::create(&api.app, &caller.actor, &project, body.0).await?;
    let location = paths::webhook(&project, &made.webhook.id.to_string());
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((ETAG, version_tag(made.webhook.version)))
        .json(made))
}

/// `GET …/webhooks/{id}`
pub(super) async fn get_webhook(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, Uuid)>,
) -> Answer {
    let (project, id) = address.into_inner();
    Ok(shown(
        &webhook::get(&api.app, &caller.actor, &project, id).await?,
    ))
}

/// `PATCH …/webhooks/{id}`
pub(super) async fn patch_webhook(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, Uuid)>,
    body: MergePatch,
) -> Answer {
    let (project, id) = address.into_inner();
    let version = IfMatch::read(request.headers())?.version();
    let patch = Value::Object(body.0);
    let (app, actor) = (&api.app, &caller.actor);
    Ok(shown(
        &webhook::patch(app, actor, &project, id, patch, version).await?,
    ))
}

/// `DELETE …/webhooks/{id}`
pub(super) async fn delete_webhook(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, Uuid)>,
) -> Answer {
    let (project, id) = address.into_inner();
    let version = IfMatch::read(request.headers())?.version();
    webhook::delete(&api.app, &caller.actor, &project, id, version).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST …/webhooks/{id}/ping`
pub(super) async fn ping_webhook(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, Uuid)>,
) -> Answer {
    let (project, id) = address.into_inner();
    let delivery = webhook::ping(&api.app, &caller.actor, &project, id).await?;
    Ok(HttpResponse::Accepted().json(delivery))
}

/// The query of a delivery log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryQuery {
    state: Option<DeliveryState>,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "query::limit")]
    limit: Option<u32>,
}

/// `GET …/webhooks/{id}/deliveries`
pub(super) async fn list_deliveries(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, Uuid)>,
    query: Query<DeliveryQuery>,
) -> Answer {
    let (project, id) = address.into_inner();
    let DeliveryQuery {
        state,
        cursor,
        limit,
    } = query.into_inner();
    let paging = Paging { cursor, limit };
    let (app, actor) = (&api.app, &caller.actor);
    let page = webhook::deliveries(app, actor, &project, id, state, &paging).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// `GET …/webhooks/{id}/deliveries/{delivery}`
pub(super) async fn get_delivery(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, Uuid, Uuid)>,
) -> Answer {
    let (project, id, delivery) = address.into_inner();
    let (app, actor) = (&api.app, &caller.actor);
    let delivery = webhook::get_delivery(app, actor, &project, id, delivery).await?;
    Ok(HttpResponse::Ok().json(delivery))
}

/// `POST …/webhooks/{id}/deliveries/{delivery}/redeliver`
pub(super) async fn redeliver(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, Uuid, Uuid)>,
) -> Answer {
    let (project, id, delivery) = address.into_inner();
    let (app, actor) = (&api.app, &caller.actor);
    let delivery = webhook::redeliver(app, actor, &project, id, delivery).await?;
    Ok(HttpResponse::Accepted().json(delivery))
}

fn shown(webhook: &Webhook) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, version_tag(webhook.version)))
        .json(webhook)
}
