//! Who may do what in a project.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serin_api::{page::Page, session::PutMember};

use crate::{
    http::{
        Management,
        error::Answer,
        extract::{body::Json, caller::Caller},
    },
    service::member,
};

/// `GET …/members`
pub(super) async fn list_members(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
) -> Answer {
    let items = member::list(&api.app, &caller.actor, &project).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `PUT …/members/{username}`
pub(super) async fn put_member(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Json<PutMember>,
) -> Answer {
    let (project, username) = address.into_inner();
    let member = member::put(&api.app, &caller.actor, &project, &username, body.0.role).await?;
    Ok(HttpResponse::Ok().json(member))
}

/// `DELETE …/members/{username}`
pub(super) async fn delete_member(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
) -> Answer {
    let (project, username) = address.into_inner();
    member::delete(&api.app, &caller.actor, &project, &username).await?;
    Ok(HttpResponse::NoContent().finish())
}
