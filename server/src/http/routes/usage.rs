//! How often flags are evaluated, and for whom.

use actix_web::{
    HttpResponse,
    web::{Data, Path, Query},
};
use serde::Deserialize;

use crate::{
    http::{Management, error::Answer, extract::caller::Caller},
    service::usage,
};

/// `?flag=`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageQuery {
    flag: Option<String>,
}

/// `GET …/usage`
pub(super) async fn get_usage(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    query: Query<UsageQuery>,
) -> Answer {
    let (project, environment) = address.into_inner();
    let usage = usage::get(
        &api.app,
        &caller.actor,
        &project,
        &environment,
        query.flag.as_deref(),
    )
    .await?;
    Ok(HttpResponse::Ok().json(usage))
}

/// `GET …/contexts`
pub(super) async fn list_contexts(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
) -> Answer {
    let (project, environment) = address.into_inner();
    let sampled = usage::sampled(&api.app, &caller.actor, &project, &environment).await?;
    Ok(HttpResponse::Ok().json(sampled))
}
