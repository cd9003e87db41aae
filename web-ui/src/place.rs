//! Which project and environment the page is about.

use leptos::prelude::*;
use serin_api::{
    paths::encode,
    project::{Environment, Project},
    session::Role,
};

use crate::query::Query;

/// The project and environment that the address names, as a context of every page inside the shell.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The project's key.
    pub(crate) project: Memo<String>,
    /// The environment's key.
    pub(crate) environment: Memo<String>,
    /// All projects that the person may see.
    pub(crate) projects: Query<Vec<Project>>,
}

impl Place {
    /// The place of this page.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// The project, tracked; absent while projects load or where there is no such one.
    pub(crate) fn project_details(self) -> Option<Project> {
        let key = self.project.get();
        self.projects
            .with(|projects| projects.iter().find(|project| project.key == key).cloned())
            .flatten()
    }

    /// The environment, tracked.
    pub(crate) fn environment_details(self) -> Option<Environment> {
        let key = self.environment.get();
        self.project_details()?
            .environments
            .into_iter()
            .find(|environment| environment.key == key)
    }

    /// The project's environments, tracked.
    pub(crate) fn environments(self) -> Vec<Environment> {
        self.project_details()
            .map(|project| project.environments)
            .unwrap_or_default()
    }

    /// Whether changes here are confirmed once more, tracked.
    pub(crate) fn production(self) -> bool {
        self.environment_details()
            .is_some_and(|environment| environment.production)
    }

    /// What the person may do in the project, tracked.
    pub(crate) fn role(self) -> Role {
        self.project_details()
            .map_or(Role::Viewer, |project| project.role)
    }

    /// Whether the person may change flags, segments and releases, tracked.
    pub(crate) fn can_edit(self) -> bool {
        self.role() >= Role::Editor
    }

    /// The address of a page here, tracked: `path("flags")`.
    pub(crate) fn path(self, rest: &str) -> String {
        address(&self.project.get(), &self.environment.get(), rest)
    }

    /// The address of a flag's page here, tracked.
    pub(crate) fn flag_path(self, key: &str) -> String {
        self.path(&format!("flags/{}", encode(key)))
    }
}

/// The address of a page; `rest` is already encoded.
pub(crate) fn address(project: &str, environment: &str, rest: &str) -> String {
    format!("/{}/{}/{rest}", encode(project), encode(environment))
}
