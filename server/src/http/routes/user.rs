//! Users, for instance admins; and one's own password.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serde::Deserialize;
use serin_api::{page::Page, session::NewUser};
use utoipa::ToSchema;

use crate::{
    http::{
        Management,
        error::Answer,
        extract::{body::Json, caller::Caller},
    },
    service::user,
};

/// `PUT /api/v1/users/{username}/password`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutPassword {
    /// At least 10 characters.
    password: String,
}

/// `GET /api/v1/users`
pub(super) async fn list_users(api: Data<Management>, caller: Caller) -> Answer {
    let items = user::list(&api.app, &caller.actor).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `POST /api/v1/users`
pub(super) async fn create_user(
    api: Data<Management>,
    caller: Caller,
    body: Json<NewUser>,
) -> Answer {
    Ok(HttpResponse::Created().json(user::create(&api.app, &caller.actor, body.0).await?))
}

/// `PUT /api/v1/users/{username}/password`
pub(super) async fn put_password(
    api: Data<Management>,
    caller: Caller,
    username: Path<String>,
    body: Json<PutPassword>,
) -> Answer {
    user::set_password(&api.app, &caller.actor, &username, &body.0.password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /api/v1/users/{username}`
pub(super) async fn delete_user(
    api: Data<Management>,
    caller: Caller,
    username: Path<String>,
) -> Answer {
    user::delete(&api.app, &caller.actor, &username).await?;
    Ok(HttpResponse::NoContent().finish())
}
