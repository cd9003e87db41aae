//! Segments with long lists: without their units, and their members by page.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ETAG,
    web::{Data, Path, Query},
};
use serde::Deserialize;
use serde_json::Value;
use serin_api::segment::MemberList;

use super::entity::version_tag;
use crate::{
    http::{
        Management,
        error::{Answer, ApiError},
        etag::IfMatch,
        extract::{
            body::{CHANGE_SET_LIMIT, Json},
            caller::Caller,
            idempotency,
            query::{self, Paging},
            reason,
        },
    },
    service::{
        self,
        segment::{self, Address, Edit, Filter},
    },
};

type Place = Path<(String, String, String)>;

fn address(place: Place) -> Address {
    let (project, environment, segment) = place.into_inner();
    Address {
        project,
        environment,
        segment,
    }
}

/// `GET …/environments/{environment}/segments`
pub(super) async fn list_segment_overviews(
    api: Data<Management>,
    caller: Caller,
    place: Path<(String, String)>,
    paging: Query<Paging>,
) -> Answer {
    let (project, environment) = place.into_inner();
    let paging = paging.into_inner().into();
    let page = segment::overviews(&api.app, &caller.actor, &project, &environment, &paging).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// `GET …/segments/{segment}/overview`
pub(super) async fn get_segment_overview(
    api: Data<Management>,
    caller: Caller,
    place: Place,
) -> Answer {
    let found = segment::overview(&api.app, &caller.actor, &address(place)).await?;
    let tag = version_tag(found.version);
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).json(found))
}

/// The query of a list of members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberQuery {
    list: Option<MemberList>,
    attribute: Option<String>,
    search: Option<String>,
    #[serde(default, deserialize_with = "query::limit")]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET …/segments/{segment}/members`
pub(super) async fn list_segment_members(
    api: Data<Management>,
    caller: Caller,
    place: Place,
    query: Query<MemberQuery>,
) -> Answer {
    let query = query.into_inner();
    let filter = Filter {
        list: query.list,
        attribute: query.attribute,
        search: query.search,
        paging: service::Paging {
            cursor: query.cursor,
            limit: query.limit,
        },
    };
    let page = segment::list(&api.app, &caller.actor, &address(place), &filter).await?;
    let tag = version_tag(page.version);
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).json(page))
}

/// `?dry_run=true`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditQuery {
    #[serde(default)]
    dry_run: bool,
}

/// `POST …/segments/{segment}/members`
pub(super) async fn edit_segment_members(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    place: Place,
    query: Query<EditQuery>,
    body: Json<Value, CHANGE_SET_LIMIT>,
) -> Answer {
    let address = address(place);
    let outcome = if query.dry_run {
        segment::rehearse(&api.app, &caller.actor, &address, &body.0).await
    } else {
        let once = idempotency::once(&request, &body.0)?;
        let edit = Edit {
            document: body.0,
            version: IfMatch::read(request.headers())?.version(),
            reason: reason::read(request.headers())?,
        };
        segment::edit(&api.app, &caller.actor, address, edit, once).await
    };
    let outcome = outcome.map_err(ApiError::of_resource)?;
    let tag = version_tag(outcome.version);
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).json(outcome))
}
