//! Projects.

use serde::Deserialize;
use serde_json::{Value, json};
use serin_api::{
    project::{NewEnvironment, NewProject, Project},
    session::Role,
};

use super::{Actor, Error, Result, access, audit, environment, fields, template, writer::Work};
use crate::{app::App, publish::commit::Effect, store};

/// The projects that the actor may see, by key.
///
/// # Errors
/// Where the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Project>> {
    let mut tx = app.db.read().await?;
    let mut projects = Vec::new();
    for row in store::project::list(&mut tx, actor.user_id).await? {
        if let Some(role) = access::role_of(actor, row.role.as_deref()) {
            let environments = store::environment::list(&mut tx, row.project.project_id).await?;
            projects.push(shown(row.project, role, environments));
        }
    }
    Ok(projects)
}

/// One project.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(app: &App, actor: &Actor, key: &str) -> Result<Project> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, key, Role::Viewer).await?;
    let environments = store::environment::list(&mut tx, seen.project.project_id).await?;
    Ok(shown(seen.project, seen.role, environments))
}

/// Makes a project with its environments and release templates. The actor becomes its
/// first admin.
///
/// # Errors
/// [`Error::Forbidden`] for all but instance admins, [`Error::Invalid`], [`Error::AlreadyExists`].
pub async fn create(app: &App, actor: &Actor, new: NewProject) -> Result<Project> {
    access::instance_admin(actor)?;
    check(&new)?;
    let actor = actor.clone();
    app.writer
        .run(move |work| Box::pin(create_in(work, actor, new)))
        .await
}

fn check(new: &NewProject) -> Result<()> {
    let mut details = Vec::new();
    fields::check_key(&new.key, "/key", &mut details);
    fields::check_text(new.name.as_deref(), "/name", &mut details);
    fields::check_text(new.description.as_deref(), "/description", &mut details);
    for (index, environment) in new.environments.iter().flatten().enumerate() {
        environment::check(environment, &format!("/environments/{index}"), &mut details);
        if environment.copy_from.is_some() {
            details.push(serin_api::error::Detail {
                path: format!("/environments/{index}/copy_from"),
                code: "nothing_to_copy".to_owned(),
                message: "a new project has nothing to copy from".to_owned(),
            });
        }
    }
    if details.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(details))
    }
}

/// Makes a project within a job; what `create` checks must have been checked.
///
/// # Errors
/// [`Error::AlreadyExists`], or where the database fails.
pub(crate) async fn create_in(work: &mut Work, actor: Actor, new: NewProject) -> Result<Project> {
    let found = store::project::find(&mut work.tx, &new.key, actor.user_id).await?;
    if found.is_some() {
        let what = format!("the project {:?}", new.key);
        return Err(Error::AlreadyExists { what });
    }
    let project = store::project::Project {
        project_id: work.id(),
        name: new.name.unwrap_or_else(|| new.key.clone()),
        key: new.key,
        description: new.description,
        version: 1,
        created_at: work.now(),
    };
    store::project::insert(&mut work.tx, &project).await?;
    if !actor.user_id.is_nil() {
        let id = project.project_id;
        store::project::put_member(&mut work.tx, id, actor.user_id, "admin").await?;
    }
    let details = json!({ "name": project.name, "description": project.description });
    audit::append(
        work,
        &actor.username,
        "project.created",
        Some(&project.key),
        &details,
    )
    .await?;
    let mut environments = Vec::new();
    for environment in new.environments.unwrap_or_else(usual_environments) {
        let made = environment::insert(work, &actor, &project, environment, &environments).await?;
        environments.push(made);
    }
    template::seed(work, &actor, &project).await?;
    work.committed.effects.push(Effect::Reload);
    Ok(shown(project, Role::Admin, environments))
}

fn usual_environments() -> Vec<NewEnvironment> {
    let environment = |key: &str, name: &str, production| NewEnvironment {
        key: key.to_owned(),
        name: Some(name.to_owned()),
        color: Some(if production { "red" } else { "green" }.to_owned()),
        production,
        allowed_origins: Vec::new(),
        copy_from: None,
    };
    vec![
        environment("development", "Development", false),
        environment("production", "Production", true),
    ]
}

/// What people may change of a project.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    #[serde(default)]
    description: Option<String>,
}

/// Members of a project that a patch may repeat, and that are then ignored.
const KEPT: [&str; 5] = ["key", "version", "created_at", "role", "environments"];

/// Changes name and description by a merge patch.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::VersionConflict`],
/// [`Error::Invalid`].
pub async fn patch(
    app: &App,
    actor: &Actor,
    key: &str,
    patch: Value,
    version: Option<u64>,
) -> Result<Project> {
    let (actor, key) = (actor.clone(), key.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let seen = access::project(&mut work.tx, &actor, &key, Role::Admin).await?;
                let mut project = seen.project;
                fields::check_version(project.version, version)?;
                let before = json!({ "name": project.name, "description": project.description });
                let fields: Fields = fields::patched(&before, patch, &KEPT)?;
                let mut details = Vec::new();
                fields::check_text(Some(&fields.name), "/name", &mut details);
                fields::check_text(fields.description.as_deref(), "/description", &mut details);
                if !details.is_empty() {
                    return Err(Error::Invalid(details));
                }
                project.name = fields.name;
                project.description = fields.description;
                project.version += 1;
                store::project::update(&mut work.tx, &project).await?;
                let after = json!({ "name": project.name, "description": project.description });
                let details = json!({ "before": before, "after": after });
                audit::append(
                    work,
                    &actor.username,
                    "project.changed",
                    Some(&key),
                    &details,
                )
                .await?;
                work.committed.effects.push(Effect::Reload);
                let environments =
                    store::environment::list(&mut work.tx, project.project_id).await?;
                Ok(shown(project, seen.role, environments))
            })
        })
        .await
}

/// Removes a project with everything in it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::VersionConflict`],
/// [`Error::InUse`] while a release in it is live.
pub async fn delete(app: &App, actor: &Actor, key: &str, version: Option<u64>) -> Result<()> {
    let (actor, key) = (actor.clone(), key.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let seen = access::project(&mut work.tx, &actor, &key, Role::Admin).await?;
                fields::check_version(seen.project.version, version)?;
                let id = seen.project.project_id;
                for environment in store::environment::list(&mut work.tx, id).await? {
                    environment::check_no_release(work, &environment).await?;
                }
                store::project::delete(&mut work.tx, id).await?;
                // Its webhooks are gone with it.
                work.wanted = None;
                let details = json!({ "name": seen.project.name });
                audit::append(
                    work,
                    &actor.username,
                    "project.deleted",
                    Some(&key),
                    &details,
                )
                .await?;
                work.committed.effects.push(Effect::Reload);
                Ok(())
            })
        })
        .await
}

fn shown(
    row: store::project::Project,
    role: Role,
    environments: Vec<store::environment::Environment>,
) -> Project {
    Project {
        key: row.key,
        name: row.name,
        description: row.description,
        version: row.version,
        created_at: row.created_at,
        role,
        environments: environments.iter().map(environment::shown).collect(),
    }
}
