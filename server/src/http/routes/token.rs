//! The caller's own API tokens.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serin_api::{page::Page, session::NewToken};
use uuid::Uuid;

use crate::{
    http::{
        Management,
        error::Answer,
        extract::{body::Json, caller::Caller},
    },
    service::token,
};

/// `GET /api/v1/tokens`
pub(super) async fn list_tokens(api: Data<Management>, caller: Caller) -> Answer {
    let items = token::list(&api.app, &caller.actor).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `POST /api/v1/tokens`
pub(super) async fn create_token(
    api: Data<Management>,
    caller: Caller,
    body: Json<NewToken>,
) -> Answer {
    Ok(HttpResponse::Created().json(token::create(&api.app, &caller.actor, body.0).await?))
}

/// `DELETE /api/v1/tokens/{id}`
pub(super) async fn delete_token(api: Data<Management>, caller: Caller, id: Path<Uuid>) -> Answer {
    token::revoke(&api.app, &caller.actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
