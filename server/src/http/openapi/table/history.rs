//! Releases, change sets and the audit log.

use super::ENVIRONMENT;
use crate::http::openapi::{
    operation::Operation,
    schemas::{Schemas, page, reference},
};
use serde_json::json;
use serin_api::{
    audit::AuditEntry,
    change::{ChangeSet, NewChangeSet},
    forecast::ReleaseForecast,
    metric::{MetricSources, MetricUses},
    paths,
};
use serin_engine::release::Signal;

pub(super) fn releases(schemas: &mut Schemas) -> Vec<Operation> {
    let operation = |method, rest: &str, id, summary| {
        Operation::new(
            method,
            &format!("{ENVIRONMENT}/releases{rest}"),
            id,
            "releases",
            summary,
        )
    };
    let release = reference("Release");
    let signal = schemas.named(
        "SendSignal",
        json!({
            "type": "object",
            "required": ["signal", "epoch"],
            "properties": {
                "signal": {"enum": Signal::BY_PEOPLE.map(Signal::name)},
                "epoch": {"type": "integer", "description": "The epoch that the sender saw."},
                "reason": {"type": "string"},
                "start_at": {
                    "type": "string", "format": "date-time",
                    "description": "For `schedule`: when it is to start."
                },
                "supersede": {
                    "type": "boolean",
                    "description": "For `start`: take the site over from the release that lives on it."
                }
            },
            "additionalProperties": false
        }),
    );
    let edit = schemas.named(
        "EditRelease",
        json!({
            "type": "object",
            "required": ["epoch", "document"],
            "properties": {
                "epoch": {"type": "integer", "description": "The epoch that the sender saw."},
                "document": reference("ReleaseDocument"),
                "reason": {"type": "string"}
            },
            "additionalProperties": false
        }),
    );
    vec![
        operation(
            "GET",
            "",
            "list_releases",
            "An environment's releases, newest first",
        )
        .query(&[
            ("flag", "Only this flag's."),
            ("live", "`true`: only those that are live."),
        ])
        .paged()
        .answers(200, "The releases.", page(release.clone())),
        operation(
            "POST",
            "",
            "create_release",
            "Write a release; it is a draft until it is started",
        )
        .body(reference("ReleaseDocument"))
        .answers(201, "Written.", release.clone()),
        operation(
            "POST",
            "/plan",
            "plan_release",
            "How long a release's evidence is going to take, at the traffic that there is; nothing is written",
        )
        .body(reference("ReleaseDocument"))
        .answers(200, "What is to be expected.", schemas.of::<ReleaseForecast>()),
        Operation::new(
            "GET",
            "/api/v1/projects/{project}/metric-uses",
            "get_metric_uses",
            "releases",
            "What is judged by the project's metrics",
        )
        .answers(200, "The uses.", schemas.of::<MetricUses>()),
        Operation::new(
            "GET",
            "/api/v1/projects/{project}/metric-sources",
            "get_metric_sources",
            "releases",
            "Who can be asked for the project's metrics, beside the programs that report them",
        )
        .answers(200, "The sources.", schemas.of::<MetricSources>()),
        operation("GET", "/{id}", "get_release", "One release").answers(
            200,
            "The release.",
            release.clone(),
        ),
        operation(
            "PUT",
            "/{id}",
            "edit_release",
            "Change a release: all of it before it starts, then the stages to come",
        )
        .body(edit)
        .answers(200, "The release after it.", release.clone())
        .fails(409, "It is over, or it moved on since."),
        operation(
            "POST",
            "/{id}/signals",
            "signal_release",
            "Tell a release what to do",
        )
        .body(signal)
        .answers(200, "The release after it.", release)
        .fails(409, "Not legal in its present state, or it moved on since."),
        operation(
            "GET",
            "/{id}/events",
            "list_release_events",
            "What happened to a release, newest first",
        )
        .paged()
        .answers(200, "The transitions.", page(reference("ReleaseEvent"))),
        operation(
            "GET",
            "/{id}/judgements",
            "list_release_judgements",
            "What the evidence said, window by window, oldest first",
        )
        .answers(200, "The judgements.", reference("ReleaseJudgements")),
        operation(
            "GET",
            "/{id}/windows",
            "list_release_windows",
            "What was counted in both arms, in order of time",
        )
        .header(
            "Accept",
            "`application/x-ndjson` for the windows alone, one a line; the cursor of the next page is then in `Serin-Next-Cursor`.",
        )
        .paged()
        .answers(200, "The windows.", page(reference("ReleaseWindow"))),
    ]
}

pub(super) fn history(schemas: &mut Schemas) -> Vec<Operation> {
    let operation =
        |method, path: &str, id, summary| Operation::new(method, path, id, "history", summary);
    vec![
        operation("GET", paths::CHANGE_SETS, "list_change_sets", "Change sets, newest first")
            .query(&[
                ("project", "Required: the project's key."),
                ("environment", "Only those that changed something in it."),
                ("kind", "Only those that changed entities of this kind."),
                ("key", "Only those that changed this entity."),
            ])
            .paged()
            .answers(200, "The change sets.", schemas.page_of::<ChangeSet>()),
        operation("POST", paths::CHANGE_SETS, "create_change_set", "Apply some changes, whole or not at all")
            .header("Idempotency-Key", "Makes a retry safe: the same request with the same key is applied once.")
            .body(schemas.of::<NewChangeSet>())
            .answers(200, "Would be applied: a dry run.", schemas.of::<ChangeSet>())
            .answers(201, "Applied.", schemas.of::<ChangeSet>())
            .fails(404, "No such project, or none that the caller may see.")
            .fails(409, "Something exists already, is in use, or the idempotency key came with another request.")
            .fails(412, "Another version stands; `current_version` says which."),
        operation("GET", "/api/v1/change-sets/{id}", "get_change_set", "One change set").answers(200, "The change set.", schemas.of::<ChangeSet>()),
        operation("GET", paths::AUDIT, "list_audit", "The audit log, newest first")
            .query(&[("project", "The project's key; the whole log without it, for instance admins.")])
            .paged()
            .answers(200, "The entries.", schemas.page_of::<AuditEntry>()),
    ]
}
