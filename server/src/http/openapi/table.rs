//! Every operation. A test compares them with the routes.

mod entities;
mod history;
mod machines;
mod people;
mod projects;
mod segments;
mod webhooks;

use serin_api::error::ErrorBody;

use super::{documents, operation::Operation, schemas::Schemas};

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
    (
        "webhooks",
        "Whom to tell of what happens, and what became of it.",
    ),
    ("history", "Change sets and the audit log."),
    ("sdk", "What SDKs ask and report."),
    ("ofrep", "OpenFeature's Remote Evaluation Protocol, 0.3."),
    ("operations", "Health and metrics."),
];

const ENVIRONMENT: &str = "/api/v1/projects/{project}/environments/{environment}";

/// All operations.
pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    schemas.of::<ErrorBody>();
    documents::add(schemas);
    let groups = [
        machines::ofrep(schemas),
        machines::sdk(schemas),
        people::people(schemas),
        projects::projects(schemas),
        entities::entities(),
        entities::in_environment(schemas),
        segments::segments(schemas),
        segments::uses(schemas),
        history::releases(schemas),
        webhooks::webhooks(schemas),
        history::history(schemas),
        machines::operational(),
    ];
    groups.into_iter().flatten().collect()
}
