//! What names what.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serin_api::uses::NodeKind;

use crate::{
    http::{Management, error::Answer, extract::caller::Caller},
    service::{metric, uses},
};

/// `GET …/flags/{flag}/uses`
pub(super) async fn get_flag_uses(
    api: Data<Management>,
    caller: Caller,
    place: Path<(String, String)>,
) -> Answer {
    of(&api, &caller, NodeKind::Flag, &place).await
}

/// `GET …/segments/{segment}/uses`
pub(super) async fn get_segment_uses(
    api: Data<Management>,
    caller: Caller,
    place: Path<(String, String)>,
) -> Answer {
    of(&api, &caller, NodeKind::Segment, &place).await
}

/// `GET …/metric-uses`
pub(super) async fn get_metric_uses(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
) -> Answer {
    let uses = metric::uses(&api.app, &caller.actor, &project).await?;
    Ok(HttpResponse::Ok().json(uses))
}

/// `GET …/metric-sources`
pub(super) async fn get_metric_sources(
    api: Data<Management>,
    caller: Caller,
    project: Path<String>,
) -> Answer {
    let sources = metric::sources(&api.app, &caller.actor, &project).await?;
    Ok(HttpResponse::Ok().json(sources))
}

async fn of(api: &Management, caller: &Caller, kind: NodeKind, place: &(String, String)) -> Answer {
    let (project, key) = place;
    let uses = uses::of(&api.app, &caller.actor, project, kind, key).await?;
    Ok(HttpResponse::Ok().json(uses))
}

/// `GET …/environments/{environment}/graph`
pub(super) async fn get_graph(
    api: Data<Management>,
    caller: Caller,
    place: Path<(String, String)>,
) -> Answer {
    let (project, environment) = place.into_inner();
    let graph = uses::graph(&api.app, &caller.actor, &project, &environment).await?;
    Ok(HttpResponse::Ok().json(graph))
}
