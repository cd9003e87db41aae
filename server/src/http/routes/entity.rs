//! Flags, segments, release templates and configurations, one at a time.
//!
//! Each write is a change set of one change: there is one door.

mod kind;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ETAG, LOCATION},
    },
    web::{Data, Path, Query, ServiceConfig},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use serin_api::{
    change::{Action, Change, ChangeSet, NewChangeSet},
    entity::Entity,
    error::Detail,
};

use crate::{
    http::{
        Management,
        error::{Answer, ApiError},
        etag::{self, IfMatch},
        extract::{
            body::{Document, MergePatch},
            caller::Caller,
            idempotency,
            query::{self, Paging},
            reason,
        },
        route::Endpoint,
    },
    service::{self, change_set, entity, flag},
};

pub(super) use kind::{Flag, FlagConfig, Metric, ReleaseTemplate, Segment, SegmentConfig};
use kind::{Place, Resource};

/// Members that the server keeps beside a document. A PUT or PATCH may repeat them.
const KEPT: [&str; 4] = ["key", "version", "updated_at", "updated_by"];

impl Endpoint {
    /// Answers all that one entity can be asked.
    pub(super) fn whole<R: Resource>(self, config: &mut ServiceConfig) {
        self.get(get::<R>)
            .put(put::<R>)
            .patch(patch::<R>)
            .delete(delete::<R>)
            .register(config);
    }
}

/// `GET …/flags`
pub(super) async fn list_flags(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
    query: Query<FlagQuery>,
) -> Answer {
    let query = query.into_inner();
    let filter = flag::Filter {
        query: query.query,
        environment: query.environment,
        archived: query.archived,
        tag: query.tag,
        paging: service::Paging {
            cursor: query.cursor,
            limit: query.limit,
        },
    };
    let page = flag::list(&api.app, &caller.actor, &project, filter).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The query of a list of flags.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagQuery {
    query: Option<String>,
    environment: Option<String>,
    archived: Option<bool>,
    tag: Option<String>,
    #[serde(default, deserialize_with = "query::limit")]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// GET of a collection.
pub(super) async fn list<R: Resource<Address = (String, String)>>(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
    paging: Query<Paging>,
) -> Answer {
    let paging = paging.into_inner().into();
    let page = entity::list(&api.app, &caller.actor, &project, R::KIND, None, &paging).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// GET of one.
pub(super) async fn get<R: Resource>(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<R::Address>,
) -> Answer {
    let place = R::place(address.into_inner());
    let found = read::<R>(&api, &caller, &place).await?;
    let tag = version_tag(found.version);
    if etag::none_match(request.headers(), &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, tag))
            .finish());
    }
    Ok(HttpResponse::Ok().insert_header((ETAG, tag)).json(found))
}

/// POST of a new one to its collection; its key is in the body.
pub(super) async fn create<R: Resource<Address = (String, String)>>(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    project: Path<String>,
    body: Document<R>,
) -> Answer {
    let mut document = body.0;
    let key = match document.remove("key") {
        Some(Value::String(key)) => key,
        Some(_) => return Err(mistake("/key", "type", "the key must be a string")),
        None => return Err(mistake("/key", "required", "a key is needed")),
    };
    let place = R::place((project.into_inner(), key));
    write::<R>(
        &api,
        &caller,
        &request,
        place,
        Action::Create,
        Some(document),
    )
    .await
}

/// PUT: makes or replaces it; with `If-None-Match: *` only makes it.
pub(super) async fn put<R: Resource>(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<R::Address>,
    body: Document<R>,
) -> Answer {
    let place = R::place(address.into_inner());
    let action = if etag::must_be_new(request.headers()) {
        Action::Create
    } else {
        Action::Put
    };
    let document = without_kept(body.0, &place)?;
    write::<R>(&api, &caller, &request, place, action, Some(document)).await
}

/// PATCH: merges into it.
pub(super) async fn patch<R: Resource>(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<R::Address>,
    body: MergePatch<R>,
) -> Answer {
    let place = R::place(address.into_inner());
    let document = without_kept(body.0, &place)?;
    write::<R>(
        &api,
        &caller,
        &request,
        place,
        Action::Patch,
        Some(document),
    )
    .await
}

/// DELETE: removes it.
pub(super) async fn delete<R: Resource>(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<R::Address>,
) -> Answer {
    let place = R::place(address.into_inner());
    write::<R>(&api, &caller, &request, place, Action::Delete, None).await
}

async fn read<R: Resource>(
    api: &Management,
    caller: &Caller,
    place: &Place,
) -> Result<Entity<Value>, ApiError> {
    let environment = place.environment.as_deref();
    Ok(entity::get(
        &api.app,
        &caller.actor,
        &place.project,
        R::KIND,
        environment,
        &place.key,
    )
    .await?)
}

/// Runs a change set of one change, and answers with what the entity is then.
async fn write<R: Resource>(
    api: &Management,
    caller: &Caller,
    request: &HttpRequest,
    place: Place,
    action: Action,
    document: Option<Map<String, Value>>,
) -> Answer {
    let change = Change {
        kind: R::KIND,
        environment: place.environment.clone(),
        key: place.key.clone(),
        action,
        document: document.map(Value::Object),
        version: IfMatch::read(request.headers())?.version(),
    };
    let new = NewChangeSet {
        project: place.project.clone(),
        reason: reason::read(request.headers())?,
        changes: vec![change],
        dry_run: false,
    };
    let asked = serde_json::to_value(&new.changes).map_err(ApiError::internal)?;
    let once = idempotency::once(request, &asked)?;
    let applied = change_set::apply_once(&api.app, &caller.actor, new, once)
        .await
        .map_err(ApiError::of_resource)?;
    if action == Action::Delete {
        return Ok(HttpResponse::NoContent().finish());
    }
    let made = applied
        .changes
        .first()
        .is_some_and(|change| change.before.is_none());
    let entity = match after::<R>(applied) {
        Some(entity) => entity,
        // Nothing changed and it is as it was, or its lists are too long for histories.
        None => read::<R>(api, caller, &place).await?,
    };
    let mut answer = HttpResponse::build(if made {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    });
    answer.insert_header((ETAG, version_tag(entity.version)));
    if made {
        answer.insert_header((LOCATION, R::location(&place)));
    }
    Ok(answer.json(entity))
}

/// The entity that a change set of one change made of it.
fn after<R: Resource>(applied: ChangeSet) -> Option<Entity<Value>> {
    let change = applied
        .changes
        .into_iter()
        .find(|change| change.kind == R::KIND && change.members.is_empty())?;
    Some(Entity {
        key: change.key,
        version: change.version,
        updated_at: applied.applied_at,
        updated_by: applied.author,
        document: change.after?,
    })
}

/// The document without what the server keeps beside it.
fn without_kept(
    mut document: Map<String, Value>,
    place: &Place,
) -> Result<Map<String, Value>, ApiError> {
    if document
        .get("key")
        .is_some_and(|key| key.as_str() != Some(&place.key))
    {
        return Err(mistake("/key", "immutable", "a key cannot be changed"));
    }
    document.retain(|name, _| !KEPT.contains(&name.as_str()));
    Ok(document)
}

fn mistake(path: &str, code: &str, message: &str) -> ApiError {
    ApiError::invalid(vec![Detail {
        path: path.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }])
}

/// The entity tag of a version.
pub(super) fn version_tag(version: u64) -> String {
    format!("\"{version}\"")
}
