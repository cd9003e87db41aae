//! The audit log.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use serde::Deserialize;

use crate::{
    http::{
        Management,
        error::Answer,
        extract::{caller::Caller, query},
    },
    service::{self, audit},
};

/// The query of the audit log. Without a project it is the whole log, for instance admins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    project: Option<String>,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "query::limit")]
    limit: Option<u32>,
}

/// `GET /api/v1/audit`
pub(super) async fn list_audit(
    api: Data<Management>,
    caller: Caller,
    query: Query<AuditQuery>,
) -> Answer {
    let AuditQuery {
        project,
        cursor,
        limit,
    } = query.into_inner();
    let paging = service::Paging { cursor, limit };
    let page = audit::list(&api.app, &caller.actor, project.as_deref(), &paging).await?;
    Ok(HttpResponse::Ok().json(page))
}
