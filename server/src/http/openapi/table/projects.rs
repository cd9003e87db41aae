//! Projects, environments and keys.

use super::ENVIRONMENT;
use crate::http::openapi::{operation::Operation, schemas::Schemas};
use serde_json::json;
use serin_api::{
    key::{CreatedKey, Key, NewKey},
    paths,
    project::{Environment, NewEnvironment, NewProject, Project},
};

pub(super) fn projects(schemas: &mut Schemas) -> Vec<Operation> {
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
