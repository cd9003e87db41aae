//! Every operation, in the order of `routes`. A test compares the two.

use serde_json::{Value, json};
use serin_api::{
    audit::AuditEntry,
    change::{ChangeSet, NewChangeSet},
    error::ErrorBody,
    evaluate::{EvaluateRequest, EvaluateResponse},
    key::{CreatedKey, Key, NewKey},
    paths,
    project::{Environment, NewEnvironment, NewProject, Project},
    sdk::Telemetry,
    session::{CreatedToken, Member, NewToken, NewUser, PutMember, Session, SignIn, Token, User},
    usage::Usage,
};

use super::{
    operation::{Operation, Security},
    schemas::{Schemas, page, reference},
};
use crate::http::routes::PutPassword;

/// Tags with their descriptions.
pub(super) const TAGS: &[(&str, &str)] = &[
    ("session", "Signing in and out."),
    ("people", "Users, members and API tokens."),
    ("projects", "Projects and their environments."),
    (
        "flags",
        "Flags, segments, and their configurations in environments.",
    ),
    ("releases", "Staged canary releases."),
    ("history", "Change sets and the audit log."),
    ("sdk", "What SDKs ask and report."),
    ("ofrep", "OpenFeature's Remote Evaluation Protocol, 0.3."),
    ("operations", "Health and metrics."),
];

const ENVIRONMENT: &str = "/api/v1/projects/{project}/environments/{environment}";

/// All operations.
pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    schemas.of::<ErrorBody>();
    super::documents::add(schemas);
    let mut all = ofrep(schemas);
    all.extend(sdk(schemas));
    all.extend(people(schemas));
    all.extend(projects(schemas));
    all.extend(entities());
    all.extend(in_environment(schemas));
    all.extend(releases(schemas));
    all.extend(history(schemas));
    all.extend(operational());
    all
}

fn ofrep(schemas: &mut Schemas) -> Vec<Operation> {
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
    let bulk = json!({"type": "object", "required": ["flags"], "properties": {"flags": {"type": "array", "items": item}, "metadata": {"type": "object"}}});
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
                ("flagConfigEtag", "The configuration that an event named."),
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
    ]
}

fn sdk(schemas: &mut Schemas) -> Vec<Operation> {
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
            "POST",
            paths::SDK_TELEMETRY,
            "report_telemetry",
            "Report evaluation counts",
        )
        .body(schemas.of::<Telemetry>())
        .answers_empty(202, "Taken; the same batch again counts once."),
    ]
}

fn people(schemas: &mut Schemas) -> Vec<Operation> {
    let session =
        |method, id, summary| Operation::new(method, paths::SESSION, id, "session", summary);
    let people =
        |method, path: &str, id, summary| Operation::new(method, path, id, "people", summary);
    let members = "/api/v1/projects/{project}/members";
    let member = "/api/v1/projects/{project}/members/{username}";
    vec![
        session("GET", "get_session", "Who is signed in").answers(
            200,
            "The session.",
            schemas.of::<Session>(),
        ),
        session("POST", "create_session", "Sign in")
            .security(Security::Open)
            .body(schemas.of::<SignIn>())
            .answers(
                200,
                "Signed in; the cookie is set.",
                schemas.of::<Session>(),
            )
            .fails(401, "The name or the password is wrong.")
            .fails(
                429,
                "Too many attempts; `Retry-After` says when to try again.",
            ),
        session("DELETE", "delete_session", "Sign out").answers_empty(204, "Signed out."),
        people(
            "GET",
            paths::USERS,
            "list_users",
            "All users; for instance admins",
        )
        .answers(200, "The users.", schemas.page_of::<User>()),
        people(
            "POST",
            paths::USERS,
            "create_user",
            "Make a user; for instance admins",
        )
        .body(schemas.of::<NewUser>())
        .answers(201, "Made.", schemas.of::<User>())
        .fails(409, "The name is taken."),
        people(
            "DELETE",
            "/api/v1/users/{username}",
            "delete_user",
            "Remove a user; for instance admins",
        )
        .answers_empty(204, "Removed."),
        people(
            "PUT",
            "/api/v1/users/{username}/password",
            "put_password",
            "Set a password: one's own, or anybody's for instance admins",
        )
        .body(schemas.of::<PutPassword>())
        .answers_empty(204, "Set; all other sessions of the user have ended."),
        people(
            "GET",
            paths::TOKENS,
            "list_tokens",
            "The caller's own tokens",
        )
        .answers(200, "The tokens.", schemas.page_of::<Token>()),
        people("POST", paths::TOKENS, "create_token", "Make a token")
            .body(schemas.of::<NewToken>())
            .answers(
                201,
                "Made; the secret is shown this once.",
                schemas.of::<CreatedToken>(),
            ),
        people(
            "DELETE",
            "/api/v1/tokens/{id}",
            "delete_token",
            "Revoke a token",
        )
        .answers_empty(204, "Revoked."),
        people("GET", members, "list_members", "A project's members").answers(
            200,
            "The members.",
            schemas.page_of::<Member>(),
        ),
        people("PUT", member, "put_member", "Give a user a role")
            .body(schemas.of::<PutMember>())
            .answers(200, "The member.", schemas.of::<Member>()),
        people("DELETE", member, "delete_member", "Take a user's role")
            .answers_empty(204, "Taken."),
    ]
}

fn projects(schemas: &mut Schemas) -> Vec<Operation> {
    let operation =
        |method, path: &str, id, summary| Operation::new(method, path, id, "projects", summary);
    let project = "/api/v1/projects/{project}";
    let environments = "/api/v1/projects/{project}/environments";
    let keys = format!("{ENVIRONMENT}/keys");
    let object = json!({"type": "object"});
    let merge_patch = "application/merge-patch+json";
    vec![
        operation(
            "GET",
            paths::PROJECTS,
            "list_projects",
            "The projects that the caller may see",
        )
        .answers(200, "The projects.", schemas.page_of::<Project>()),
        operation("POST", paths::PROJECTS, "create_project", "Make a project")
            .body(schemas.of::<NewProject>())
            .answers(201, "Made.", schemas.of::<Project>())
            .fails(409, "The key is taken."),
        operation("GET", project, "get_project", "One project").answers(
            200,
            "The project.",
            schemas.of::<Project>(),
        ),
        operation(
            "PATCH",
            project,
            "patch_project",
            "Change name and description",
        )
        .versioned()
        .body_of(merge_patch, object.clone())
        .answers(200, "The project.", schemas.of::<Project>()),
        operation(
            "DELETE",
            project,
            "delete_project",
            "Remove a project with all that is in it",
        )
        .versioned()
        .answers_empty(204, "Removed."),
        operation(
            "GET",
            environments,
            "list_environments",
            "A project's environments",
        )
        .answers(200, "The environments.", schemas.page_of::<Environment>()),
        operation(
            "POST",
            environments,
            "create_environment",
            "Make an environment",
        )
        .body(schemas.of::<NewEnvironment>())
        .answers(201, "Made.", schemas.of::<Environment>())
        .fails(409, "The key is taken."),
        operation("GET", ENVIRONMENT, "get_environment", "One environment").answers(
            200,
            "The environment.",
            schemas.of::<Environment>(),
        ),
        operation(
            "PATCH",
            ENVIRONMENT,
            "patch_environment",
            "Change name, colour, production mark and allowed origins",
        )
        .versioned()
        .body_of(merge_patch, object)
        .answers(200, "The environment.", schemas.of::<Environment>()),
        operation(
            "DELETE",
            ENVIRONMENT,
            "delete_environment",
            "Remove an environment with its configurations, keys and counts",
        )
        .versioned()
        .answers_empty(204, "Removed."),
        operation("GET", &keys, "list_keys", "An environment's SDK keys").answers(
            200,
            "The keys.",
            schemas.page_of::<Key>(),
        ),
        operation("POST", &keys, "create_key", "Make an SDK key")
            .body(schemas.of::<NewKey>())
            .answers(
                201,
                "Made; the secret is shown this once.",
                schemas.of::<CreatedKey>(),
            ),
        operation(
            "DELETE",
            &format!("{keys}/{{id}}"),
            "delete_key",
            "Revoke an SDK key: what uses it is cut off at once",
        )
        .answers_empty(204, "Revoked."),
    ]
}

/// One kind of entity: where it is, and what its documents are.
struct Kind {
    path: String,
    name: &'static str,
    ids: [&'static str; 4],
    schema: &'static str,
    tag: &'static str,
}

fn entities() -> Vec<Operation> {
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

fn in_environment(schemas: &mut Schemas) -> Vec<Operation> {
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
            "Preview an evaluation; it counts nowhere",
        )
        .body(schemas.of::<EvaluateRequest>())
        .answers(200, "The evaluation.", schemas.of::<EvaluateResponse>()),
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
            "usage",
            "get_usage",
            "How often flags were evaluated in the last 24 hours",
        )
        .query(&[("flag", "Only this flag.")])
        .answers(200, "The counts.", schemas.of::<Usage>()),
    ]
}

fn releases(schemas: &mut Schemas) -> Vec<Operation> {
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
                "signal": {"enum": ["start", "pause", "resume", "advance", "rollback", "cancel"]},
                "epoch": {"type": "integer", "description": "The epoch that the sender saw."},
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
        operation("GET", "/{id}", "get_release", "One release").answers(
            200,
            "The release.",
            release.clone(),
        ),
        operation(
            "POST",
            "/{id}/signals",
            "signal_release",
            "Tell a release what to do",
        )
        .body(signal)
        .answers(200, "The release after it.", release)
        .fails(409, "Not legal in its present state, or it moved on since."),
    ]
}

fn history(schemas: &mut Schemas) -> Vec<Operation> {
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

fn operational() -> Vec<Operation> {
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
                "Don't: it shuts down, or its database does not answer.",
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
