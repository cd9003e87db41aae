//! Releases.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, VARY},
    web::{Data, Path, Query},
};
use serde::Deserialize;
use serde_json::Value;
use serin_api::{
    paths,
    release::{EditRelease, SendSignal},
};
use uuid::Uuid;

use crate::{
    http::{
        Management,
        error::Answer,
        extract::{
            body::{Document, Json},
            caller::Caller,
            query,
        },
    },
    service::{Error, Paging, evidence, release},
};

/// One JSON object a line.
const LINES: &str = "application/x-ndjson";
/// Where lines have no place for the cursor of the next page.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("serin-next-cursor");

/// The query of a list of releases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseQuery {
    flag: Option<String>,
    live: Option<bool>,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "query::limit")]
    limit: Option<u32>,
}

/// `GET …/releases`
pub(super) async fn list_releases(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    query: Query<ReleaseQuery>,
) -> Answer {
    let (project, environment) = address.into_inner();
    let query = query.into_inner();
    let filter = release::Filter {
        flag: query.flag,
        live: query.live.unwrap_or(false),
        paging: Paging {
            cursor: query.cursor,
            limit: query.limit,
        },
    };
    let page = release::list(&api.app, &caller.actor, &project, &environment, filter).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// `POST …/releases`
pub(super) async fn create_release(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Document,
) -> Answer {
    let (project, environment) = address.into_inner();
    let document = Value::Object(body.0);
    let release =
        release::create(&api.app, &caller.actor, &project, &environment, document).await?;
    let location = paths::release(&project, &environment, &release.id.to_string());
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(release))
}

/// `POST …/releases/plan`
pub(super) async fn plan_release(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Document,
) -> Answer {
    let (project, environment) = address.into_inner();
    let document = Value::Object(body.0);
    let forecast =
        release::forecast(&api.app, &caller.actor, &project, &environment, document).await?;
    Ok(HttpResponse::Ok().json(forecast))
}

/// `GET …/releases/{id}`
pub(super) async fn get_release(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String, Uuid)>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    let release = release::get(&api.app, &caller.actor, &project, &environment, id).await?;
    Ok(HttpResponse::Ok().json(release))
}

/// `PUT …/releases/{id}`
pub(super) async fn edit_release(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String, Uuid)>,
    body: Json<EditRelease>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    let release =
        release::edit(&api.app, &caller.actor, &project, &environment, id, body.0).await?;
    Ok(HttpResponse::Ok().json(release))
}

/// `GET …/releases/{id}/windows`: a page, or with `Accept: application/x-ndjson` its windows
/// alone, one a line, as `serin release judge` reads them.
pub(super) async fn list_release_windows(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, String, Uuid)>,
    query: Query<query::Paging>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    let paging = query.into_inner().into();
    let (app, actor) = (&api.app, &caller.actor);
    let page = evidence::windows(app, actor, &project, &environment, id, &paging).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, HeaderValue::from_static("accept")));
    let accept = request.headers().get(ACCEPT);
    let lines = accept.is_some_and(|accept| accept.as_bytes().starts_with(LINES.as_bytes()));
    if !lines {
        return Ok(response.json(page));
    }
    if let Some(cursor) = &page.next_cursor
        && let Ok(cursor) = HeaderValue::from_str(cursor)
    {
        response.insert_header((NEXT_CURSOR, cursor));
    }
    let mut text = String::new();
    for window in &page.items {
        let line = serde_json::to_string(window);
        text.push_str(&line.map_err(|error| Error::Internal(error.to_string()))?);
        text.push('\n');
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(LINES)));
    Ok(response.body(text))
}

/// `GET …/releases/{id}/events`
pub(super) async fn list_release_events(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String, Uuid)>,
    query: Query<query::Paging>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    let paging = query.into_inner().into();
    let (app, actor) = (&api.app, &caller.actor);
    let page = release::events(app, actor, &project, &environment, id, &paging).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// `GET …/releases/{id}/judgements`
pub(super) async fn list_release_judgements(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String, Uuid)>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    let judged = release::judgements(&api.app, &caller.actor, &project, &environment, id).await?;
    Ok(HttpResponse::Ok().json(judged))
}

/// `POST …/releases/{id}/signals`
pub(super) async fn signal_release(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String, Uuid)>,
    body: Json<SendSignal>,
) -> Answer {
    let (project, environment, id) = address.into_inner();
    let release =
        release::signal(&api.app, &caller.actor, &project, &environment, id, body.0).await?;
    Ok(HttpResponse::Ok().json(release))
}
