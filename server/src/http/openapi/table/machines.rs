//! What SDKs and OpenFeature clients ask, and operators.

use crate::http::openapi::{
    operation::{Operation, Security},
    schemas::{Schemas, reference},
};
use serde_json::{Value, json};
use serin_api::{
    evidence::Accepted,
    manifest::Manifest,
    paths,
    sdk::{KeyInfo, Telemetry},
};

pub(super) fn ofrep(schemas: &mut Schemas) -> Vec<Operation> {
    let context = json!({"type": "object", "properties": {"context": {"type": "object", "description": "The evaluation context; `targetingKey` names the unit."}}});
    let request = schemas.named("OfrepRequest", context);
    let item = schemas.named(
        "OfrepEvaluation",
        json!({
            "type": "object",
            "required": ["key"],
            "properties": {
                "key": {"type": "string"},
                "value": {"description": "Absent where the caller's default is meant."},
                "variant": {"type": "string"},
                "reason": {"type": "string"},
                "errorCode": {"type": "string"},
                "errorDetails": {"type": "string"},
                "metadata": {"type": "object"}
            }
        }),
    );
    let stream = json!({"type": "object", "properties": {"type": {"const": "sse"}, "url": {"type": "string"}, "inactivityDelaySec": {"type": "integer"}}});
    let bulk = json!({"type": "object", "required": ["flags"], "properties": {
        "flags": {"type": "array", "items": item},
        "eventStreams": {"type": "array", "items": stream},
        "metadata": {"type": "object"}
    }});
    let operation = |path: &str, id, summary| {
        Operation::new("POST", path, id, "ofrep", summary)
            .security(Security::Key)
            .body(request.clone())
            .fails(
                429,
                "Too many requests; `Retry-After` says when to come again.",
            )
    };
    vec![
        operation(
            "/ofrep/v1/evaluate/flags/{flag}",
            "evaluate_flag",
            "Evaluate one flag",
        )
        .answers(200, "Evaluated.", item.clone())
        .fails(404, "No such flag, or none that a client key may see."),
        operation(paths::OFREP_BULK, "evaluate_flags", "Evaluate all flags")
            .query(&[
                ("flagConfigEtag", "The configuration that an event named: this node waits until it has heard of it."),
                ("flagConfigLastModified", "Taken and not used."),
            ])
            .header(
                "If-None-Match",
                "The ETag of an earlier answer to the same context.",
            )
            .answers(
                200,
                "Evaluated; the ETag covers configuration and context.",
                bulk,
            )
            .answers_empty(304, "Nothing changed."),
        Operation::new(
            "GET",
            paths::OFREP_EVENTS,
            "stream_flag_changes",
            "ofrep",
            "When to evaluate all flags again",
        )
        .security(Security::Key)
        .query(&[
            (
                "token",
                "In place of a key, which a browser cannot send here; an answer with all flags has it in `eventStreams`. Good for one to two hours, and for this only.",
            ),
            ("since", "The configuration that the page has, from the same answer."),
        ])
        .header("Last-Event-ID", "The configuration that the page was last told of.")
        .answers_with(
            200,
            "Events of the type `refetchEvaluation`, where what the key sees changed.",
            "text/event-stream",
            json!({"type": "string"}),
        ),
        Operation::new(
            "GET",
            paths::MANIFEST,
            "get_manifest",
            "sdk",
            "The flags, for the `openfeature` command",
        )
        .security(Security::Key)
        .query(&[
            ("project", "With an API token: whose flags."),
            ("environment", "With an API token: whose off values."),
        ])
        .answers(200, "The flags that are not archived.", schemas.of::<Manifest>())
        .fails(403, "The key is a client key."),
    ]
}

pub(super) fn sdk(schemas: &mut Schemas) -> Vec<Operation> {
    let operation = |method, path, id, summary| {
        Operation::new(method, path, id, "sdk", summary).security(Security::Key)
    };
    vec![
        operation(
            "GET",
            paths::SDK_RULESET,
            "get_sdk_ruleset",
            "The whole ruleset",
        )
        .header("If-None-Match", "The ETag of an earlier answer.")
        .answers(200, "The ruleset.", json!({"type": "object"}))
        .answers_empty(304, "Nothing changed."),
        operation(
            "GET",
            paths::SDK_STREAM,
            "stream_sdk_ruleset",
            "The ruleset as it changes",
        )
        .header("Last-Event-ID", "The revision that the client has.")
        .answers_with(
            200,
            "Events `put`, `patch` and `goodbye`; `id` is the revision.",
            "text/event-stream",
            json!({"type": "string"}),
        ),
        operation(
            "GET",
            paths::SDK_KEY,
            "get_sdk_key",
            "What the key of the request opens",
        )
        .answers(200, "It opens this.", schemas.of::<KeyInfo>()),
        operation(
            "POST",
            paths::SDK_TELEMETRY,
            "report_telemetry",
            "Report evaluation counts, and evidence for releases",
        )
        .body(schemas.of::<Telemetry>())
        .answers_empty(
            202,
            "Taken; the same batch again counts once. Asked with `Accept: application/json`, the body says what became of its evidence, as that of events.",
        ),
        operation(
            "POST",
            paths::SDK_EVENTS,
            "report_events",
            "Report evidence for releases",
        )
        .body(reference("EvidenceEvents"))
        .answers(
            202,
            "On the disk, or in the memory of a relay; the same report again counts once.",
            schemas.of::<Accepted>(),
        )
        .fails(
            422,
            "A window is impossible, from the future, or of long ago; nothing was taken.",
        ),
    ]
}

pub(super) fn operational() -> Vec<Operation> {
    let operation = |path, id, summary| {
        Operation::new("GET", path, id, "operations", summary).security(Security::Open)
    };
    let status =
        || -> Value { json!({"type": "object", "properties": {"status": {"type": "string"}}}) };
    vec![
        operation("/health/live", "get_live", "Whether the process answers").answers(
            200,
            "It does.",
            status(),
        ),
        operation("/health/ready", "get_ready", "Whether to send it requests")
            .answers(200, "Do.", status())
            .fails(
                503,
                "Don't: it shuts down, or its database does not answer; a relay has not every ruleset yet.",
            ),
        operation("/metrics", "get_metrics", "Metrics, for Prometheus").answers_with(
            200,
            "The metrics.",
            "application/openmetrics-text",
            json!({"type": "string"}),
        ),
        operation("/openapi.json", "get_openapi", "This document").answers(
            200,
            "This document.",
            json!({"type": "object"}),
        ),
    ]
}
