//! The environments of a project.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, LOCATION},
    web::{Data, Path},
};
use serde_json::Value;
use serin_api::{
    page::Page,
    paths,
    project::{Environment, NewEnvironment},
};

use super::entity::version_tag;
use crate::{
    http::{
        Management,
        error::Answer,
        etag::IfMatch,
        extract::{
            body::{Json, MergePatch},
            caller::Caller,
        },
    },
    service::environment,
};

/// `GET …/environments`
pub(super) async fn list_environments(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
) -> Answer {
    let items = environment::list(&api.app, &caller.actor, &project).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `POST …/environments`
pub(super) async fn create_environment(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
    body: Json<NewEnvironment>,
) -> Answer {
    let made = environment::create(&api.app, &caller.actor, &project, body.0).await?;
    let mut answer = HttpResponse::Created();
    answer.insert_header((LOCATION, paths::environment(&project, &made.key)));
    Ok(answer
        .insert_header((ETAG, version_tag(made.version)))
        .json(made))
}

/// `GET …/environments/{e}`
pub(super) async fn get_environment(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
) -> Answer {
    let (project, key) = address.into_inner();
    Ok(shown(
        &environment::get(&api.app, &caller.actor, &project, &key).await?,
    ))
}

/// `PATCH …/environments/{e}`
pub(super) async fn patch_environment(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, String)>,
    body: MergePatch,
) -> Answer {
    let (project, key) = address.into_inner();
    let version = IfMatch::read(request.headers())?.version();
    let patch = Value::Object(body.0);
    Ok(shown(
        &environment::patch(&api.app, &caller.actor, &project, &key, patch, version).await?,
    ))
}

/// `DELETE …/environments/{e}`
pub(super) async fn delete_environment(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, String)>,
) -> Answer {
    let (project, key) = address.into_inner();
    let version = IfMatch::read(request.headers())?.version();
    environment::delete(&api.app, &caller.actor, &project, &key, version).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn shown(environment: &Environment) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, version_tag(environment.version)))
        .json(environment)
}
