//! Projects.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, LOCATION},
    web::{Data, Path},
};
use serde_json::Value;
use serin_api::{
    page::Page,
    paths,
    project::{NewProject, Project},
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
    service::project,
};

/// `GET /api/v1/projects`
pub(super) async fn list_projects(api: Data<Management>, caller: Caller) -> Answer {
    let items = project::list(&api.app, &caller.actor).await?;
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// `POST /api/v1/projects`
pub(super) async fn create_project(
    api: Data<Management>,
    caller: Caller,
    body: Json<NewProject>,
) -> Answer {
    let project = project::create(&api.app, &caller.actor, body.0).await?;
    let mut answer = HttpResponse::Created();
    answer.insert_header((LOCATION, paths::project(&project.key)));
    Ok(answer
        .insert_header((ETAG, version_tag(project.version)))
        .json(project))
}

/// `GET /api/v1/projects/{p}`
pub(super) async fn get_project(
    api: Data<Management>,
    caller: Caller,
    key: Path<String>,
) -> Answer {
    Ok(shown(&project::get(&api.app, &caller.actor, &key).await?))
}

/// `PATCH /api/v1/projects/{p}`
pub(super) async fn patch_project(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    key: Path<String>,
    body: MergePatch,
) -> Answer {
    let version = IfMatch::read(request.headers())?.version();
    let patch = Value::Object(body.0);
    Ok(shown(
        &project::patch(&api.app, &caller.actor, &key, patch, version).await?,
    ))
}

/// `DELETE /api/v1/projects/{p}`
pub(super) async fn delete_project(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    key: Path<String>,
) -> Answer {
    let version = IfMatch::read(request.headers())?.version();
    project::delete(&api.app, &caller.actor, &key, version).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn shown(project: &Project) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, version_tag(project.version)))
        .json(project)
}
