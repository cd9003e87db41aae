//! The SDK keys of an environment.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serin_api::{key::NewKey, page::Page};
use uuid::Uuid;

use crate::{
    http::{
        Management,
        error::Answer,
        extract::{body::Json, caller::Caller},
    },
    service::key,
};

/// `GET …/keys`
pub(super) async fn list_keys(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
) -> Answer {
    let (project, environment) = address.into_inner();
    let items = key::list(&api.app, &caller.actor, &project, &environment).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `POST …/keys`
pub(super) async fn create_key(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Json<NewKey>,
) -> Answer {
    let (project, environment) = address.into_inner();
    let key = key::create(&api.app, &caller.actor, &project, &environment, body.0).await?;
    Ok(HttpResponse::Created().json(key))
}

/// `DELETE …/keys/{id}`: what uses the key is cut off at once.
pub(super) async fn delete_key(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String, Uuid)>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    key::revoke(&api.app, &caller.actor, &project, &environment, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
