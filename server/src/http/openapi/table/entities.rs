//! Flags, segments, templates and configurations.

use super::ENVIRONMENT;
use crate::http::openapi::{
    operation::Operation,
    schemas::{Schemas, page, reference},
};
use serde_json::json;
use serin_api::{
    evaluate::{EvaluateRequest, EvaluateResponse, ImpactRequest, ImpactResponse},
    usage::{SampledContexts, Usage},
};

/// One kind of entity: where it is, and what its documents are.
struct Kind {
    path: String,
    name: &'static str,
    ids: [&'static str; 4],
    schema: &'static str,
    tag: &'static str,
}

pub(super) fn entities() -> Vec<Operation> {
    let in_project = |rest: &str| format!("/api/v1/projects/{{project}}/{rest}");
    let collections = [
        (
            "flags",
            "list_flags",
            "create_flag",
            "FlagDefinition",
            "flags",
        ),
        (
            "segments",
            "list_segments",
            "create_segment",
            "SegmentDefinition",
            "flags",
        ),
        (
            "release-templates",
            "list_release_templates",
            "create_release_template",
            "ReleaseTemplate",
            "releases",
        ),
        (
            "metrics",
            "list_metrics",
            "create_metric",
            "Metric",
            "releases",
        ),
    ];
    let mut all = Vec::new();
    for (path, list, create, schema, tag) in collections {
        let entity = reference(&format!("{schema}Entity"));
        let item = if path == "flags" {
            reference("FlagListItem")
        } else {
            entity.clone()
        };
        let listing = Operation::new("GET", &in_project(path), list, tag, "List them");
        let listing = if path == "flags" {
            listing.query(&[
                ("query", "Words in key, name or description."),
                ("environment", "Only this environment's configurations."),
                (
                    "archived",
                    "`true`: archived ones; `false`, the default: the others.",
                ),
                ("tag", "Only those with this tag."),
            ])
        } else {
            listing
        };
        all.push(listing.paged().answers(200, "The list.", page(item)));
        all.push(
            Operation::new(
                "POST",
                &in_project(path),
                create,
                tag,
                "Make one; its key is in the body",
            )
            .reasoned()
            .body(reference(&format!("New{schema}")))
            .answers(201, "Made.", entity)
            .fails(409, "The key is taken."),
        );
    }
    let kinds = [
        Kind {
            path: in_project("flags/{flag}"),
            name: "flag",
            ids: ["get_flag", "put_flag", "patch_flag", "delete_flag"],
            schema: "FlagDefinition",
            tag: "flags",
        },
        Kind {
            path: in_project("segments/{segment}"),
            name: "segment",
            ids: [
                "get_segment",
                "put_segment",
                "patch_segment",
                "delete_segment",
            ],
            schema: "SegmentDefinition",
            tag: "flags",
        },
        Kind {
            path: in_project("release-templates/{template}"),
            name: "release template",
            ids: [
                "get_release_template",
                "put_release_template",
                "patch_release_template",
                "delete_release_template",
            ],
            schema: "ReleaseTemplate",
            tag: "releases",
        },
        Kind {
            path: in_project("metrics/{metric}"),
            name: "metric",
            ids: ["get_metric", "put_metric", "patch_metric", "delete_metric"],
            schema: "Metric",
            tag: "releases",
        },
        Kind {
            path: format!("{ENVIRONMENT}/flags/{{flag}}"),
            name: "flag in an environment",
            ids: [
                "get_flag_config",
                "put_flag_config",
                "patch_flag_config",
                "delete_flag_config",
            ],
            schema: "FlagConfig",
            tag: "flags",
        },
        Kind {
            path: format!("{ENVIRONMENT}/segments/{{segment}}"),
            name: "segment in an environment",
            ids: [
                "get_segment_config",
                "put_segment_config",
                "patch_segment_config",
                "delete_segment_config",
            ],
            schema: "SegmentConfig",
            tag: "flags",
        },
    ];
    for kind in kinds {
        all.extend(one(&kind));
    }
    all
}

/// The operations of one entity.
fn one(kind: &Kind) -> [Operation; 4] {
    let entity = reference(&format!("{}Entity", kind.schema));
    let [get, put, patch, delete] = kind.ids;
    let operation = |method, id, summary| Operation::new(method, &kind.path, id, kind.tag, summary);
    let in_use = "Something else uses it, or a live release owns it.";
    [
        operation("GET", get, "Read it").answers(200, kind.name, entity.clone()),
        operation("PUT", put, "Make or replace it")
            .versioned()
            .header("If-None-Match", "`*`: only make it.")
            .reasoned()
            .body(reference(kind.schema))
            .answers(200, "Replaced.", entity.clone())
            .answers(201, "Made.", entity.clone())
            .fails(409, in_use),
        operation("PATCH", patch, "Merge into it, by RFC 7396")
            .versioned()
            .reasoned()
            .body_of("application/merge-patch+json", json!({"type": "object"}))
            .answers(200, "Changed.", entity)
            .fails(409, in_use),
        operation("DELETE", delete, "Remove it")
            .versioned()
            .reasoned()
            .answers_empty(204, "Removed.")
            .fails(409, in_use),
    ]
}

pub(super) fn in_environment(schemas: &mut Schemas) -> Vec<Operation> {
    let operation = |method, rest: &str, id, summary| {
        Operation::new(
            method,
            &format!("{ENVIRONMENT}/{rest}"),
            id,
            "flags",
            summary,
        )
    };
    vec![
        operation(
            "GET",
            "ruleset",
            "get_ruleset",
            "The ruleset as evaluators get it",
        )
        .answers(200, "The ruleset.", json!({"type": "object"})),
        operation(
            "POST",
            "evaluate",
            "evaluate",
            "Preview an evaluation, saved or with an edit, and how it comes about; it counts nowhere",
        )
        .body(schemas.of::<EvaluateRequest>())
        .answers(200, "The evaluation.", schemas.of::<EvaluateResponse>()),
        operation(
            "POST",
            "impact",
            "weigh_edit",
            "What an edit of a flag's configuration would change; nothing is saved",
        )
        .body(schemas.of::<ImpactRequest>())
        .answers(200, "The counts.", schemas.of::<ImpactResponse>()),
        operation(
            "GET",
            "events",
            "stream_events",
            "What changes, as it changes",
        )
        .answers_with(
            200,
            "Events `hello`, `change` and `goodbye`.",
            "text/event-stream",
            json!({"type": "string"}),
        ),
        operation(
            "GET",
            "contexts",
            "list_contexts",
            "Contexts that SDKs sampled, the newest first",
        )
        .answers(200, "The contexts.", schemas.of::<SampledContexts>()),
        operation(
            "GET",
            "usage",
            "get_usage",
            "How often flags were evaluated in the last 24 hours",
        )
        .query(&[("flag", "Only this flag.")])
        .answers(200, "The counts.", schemas.of::<Usage>()),
    ]
}
