//! Change sets: the one noun of writing.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    web::{Data, Path, Query},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use serin_api::{
    change::{Change, NewChangeSet},
    entity::EntityKind,
    error::Detail,
    paths,
};
use uuid::Uuid;

use crate::{
    http::{
        Management,
        error::{Answer, ApiError},
        extract::{
            body::{CHANGE_SET_LIMIT, Json, misshapen},
            caller::Caller,
            idempotency, query,
        },
    },
    service::change_set,
    shape,
};

/// `POST /api/v1/change-sets`
pub(super) async fn create_change_set(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    body: Json<Value, CHANGE_SET_LIMIT>,
) -> Answer {
    let once = idempotency::once(&request, &body.0)?;
    let new = shaped(body.0)?;
    if new.dry_run {
        let checked = change_set::apply(&api.app, &caller.actor, new).await?;
        return Ok(HttpResponse::Ok().json(checked));
    }
    let applied = change_set::apply_once(&api.app, &caller.actor, new, once).await?;
    let location = format!("{}/{}", paths::CHANGE_SETS, applied.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(applied))
}

/// `GET /api/v1/change-sets`
pub(super) async fn list_change_sets(
    api: Data<Management>,
    caller: Caller,
    query: Query<ChangeSetQuery>,
) -> Answer {
    let query = query.into_inner();
    let filter = change_set::Filter {
        project: query.project,
        environment: query.environment,
        kind: query.kind,
        key: query.key,
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(HttpResponse::Ok().json(change_set::list(&api.app, &caller.actor, filter).await?))
}

/// `GET /api/v1/change-sets/{id}`
pub(super) async fn get_change_set(
    api: Data<Management>,
    caller: Caller,
    id: Path<Uuid>,
) -> Answer {
    Ok(HttpResponse::Ok().json(change_set::get(&api.app, &caller.actor, *id).await?))
}

/// The query of a list of change sets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeSetQuery {
    project: String,
    environment: Option<String>,
    kind: Option<EntityKind>,
    key: Option<String>,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "query::limit")]
    limit: Option<u32>,
}

/// Reads each change by itself, so that every one with a mistake is named by its place.
fn shaped(body: Value) -> Result<NewChangeSet, ApiError> {
    let mut mistakes = Vec::new();
    let Value::Object(mut members) = body else {
        return Err(misshapen(vec![detail(
            "",
            "the body must be a JSON object".to_owned(),
        )]));
    };
    let changes = match members.remove("changes") {
        Some(Value::Array(changes)) => changes,
        Some(_) => {
            return Err(misshapen(vec![detail(
                "/changes",
                "must be a list".to_owned(),
            )]));
        }
        None => return Err(misshapen(vec![detail("/changes", "is missing".to_owned())])),
    };
    let changes: Vec<Option<Change>> = changes
        .iter()
        .enumerate()
        .map(|(n, change)| part(&format!("/changes/{n}"), change, &mut mistakes))
        .collect();
    members.insert("changes".to_owned(), Value::Array(Vec::new()));
    let set: Option<NewChangeSet> = part("", &Value::Object(members), &mut mistakes);
    match set {
        Some(set) if mistakes.is_empty() => Ok(NewChangeSet {
            changes: changes.into_iter().flatten().collect(),
            ..set
        }),
        _ => Err(misshapen(mistakes)),
    }
}

fn part<T: DeserializeOwned>(path: &str, value: &Value, mistakes: &mut Vec<Detail>) -> Option<T> {
    shape::read(value)
        .map_err(|mistake| {
            mistakes.push(Detail {
                path: format!("{path}{}", mistake.path),
                ..mistake
            });
        })
        .ok()
}

fn detail(path: &str, message: String) -> Detail {
    Detail {
        path: path.to_owned(),
        code: "shape".to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_change_with_a_mistake_is_named() {
        let change = json!({"kind": "flag", "key": "a", "action": "delete"});
        let error = shaped(json!({
            "project": 7,
            "changes": [change, {"kind": "flog", "key": "a", "action": "delete"}, {"kind": "flag", "key": "a", "action": "delete", "extra": 1}]
        }))
        .unwrap_err();
        let places: Vec<&str> = error
            .details
            .iter()
            .map(|detail| detail.path.as_str())
            .collect();
        assert_eq!(places, ["/changes/1/kind", "/changes/2/extra", "/project"]);
        assert_eq!(
            shaped(json!({"project": "p", "changes": [change]}))
                .unwrap()
                .changes
                .len(),
            1
        );
    }
}
