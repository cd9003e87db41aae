//! Projects, flags, change sets and what is asked about them.

use futures_util::future;
use serde_json::{Map, Value};
use serin_api::{
    change::{Action, Change, ChangeSet, NewChangeSet},
    entity::{Entity, EntityKind, FlagListItem},
    page::Page,
    paths,
    project::{NewProject, Project},
    usage::Usage,
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    segment::SegmentDefinition,
};

use super::{
    Error, all_pages,
    fetch::{get_text, remember_change},
    get, post,
};

/// All projects that the caller may see.
pub(crate) async fn projects() -> Result<Vec<Project>, Error> {
    all_pages(paths::PROJECTS).await
}

/// Makes a project.
pub(crate) async fn create_project(project: NewProject) -> Result<Project, Error> {
    post(paths::PROJECTS, &project).await
}

/// All of a project's flags, archived ones too.
pub(crate) async fn flags(project: &str) -> Result<Vec<FlagListItem>, Error> {
    let path = paths::flags(project);
    let (current, archived) = (
        format!("{path}?limit=500"),
        format!("{path}?limit=500&archived=true"),
    );
    let lists = future::try_join(all_pages(&current), all_pages(&archived));
    let (mut flags, archived) = lists.await?;
    flags.extend::<Vec<FlagListItem>>(archived);
    Ok(flags)
}

/// A project's segments.
pub(crate) async fn segments(project: &str) -> Result<Vec<Entity<SegmentDefinition>>, Error> {
    all_pages(&paths::segments(project)).await
}

/// One flag's definition.
pub(crate) async fn flag(project: &str, key: &str) -> Result<Entity<FlagDefinition>, Error> {
    get(&paths::flag(project, key)).await
}

/// One flag's configuration in an environment.
pub(crate) async fn flag_config(
    project: &str,
    environment: &str,
    key: &str,
) -> Result<Entity<FlagConfig>, Error> {
    get(&paths::flag_config(project, environment, key)).await
}

/// Applies a change set.
pub(crate) async fn apply(change_set: NewChangeSet) -> Result<ChangeSet, Error> {
    let applied: ChangeSet = post(paths::CHANGE_SETS, &change_set).await?;
    remember_change(applied.id);
    Ok(applied)
}

/// Turns a flag on or off, if it still is at `version`.
pub(crate) async fn set_enabled(
    project: &str,
    environment: &str,
    key: &str,
    enabled: bool,
    version: u64,
    reason: Option<String>,
) -> Result<ChangeSet, Error> {
    apply(NewChangeSet {
        project: project.to_owned(),
        reason,
        changes: vec![Change {
            kind: EntityKind::FlagConfig,
            environment: Some(environment.to_owned()),
            key: key.to_owned(),
            action: Action::Patch,
            document: Some(serde_json::json!({ "enabled": enabled })),
            version: Some(version),
        }],
        dry_run: false,
    })
    .await
}

/// The newest change sets that touched a key: a flag's definition and its configurations
/// in all environments, and a segment of the same key.
pub(crate) async fn key_history(
    project: &str,
    key: &str,
    cursor: Option<&str>,
) -> Result<Page<ChangeSet>, Error> {
    let mut address = format!(
        "{}?project={}&key={}&limit=20",
        paths::CHANGE_SETS,
        paths::encode(project),
        paths::encode(key)
    );
    if let Some(cursor) = cursor {
        address.push_str("&cursor=");
        address.push_str(&paths::encode(cursor));
    }
    get(&address).await
}

/// How often the environment's flags were evaluated in the last 24 hours.
pub(crate) async fn usage(project: &str, environment: &str) -> Result<Usage, Error> {
    get(&paths::usage(project, environment)).await
}

/// Contexts that SDKs sampled lately, where programs were told to; for editors.
pub(crate) async fn sampled_contexts(
    project: &str,
    environment: &str,
) -> Result<Vec<Map<String, Value>>, Error> {
    let mut answer: Value = get(&paths::contexts(project, environment)).await?;
    let items = answer["items"].as_array_mut().map(std::mem::take);
    let contexts = items
        .unwrap_or_default()
        .into_iter()
        .map(|mut item| item["context"].take());
    Ok(contexts
        .filter_map(|context| match context {
            Value::Object(context) => Some(context),
            _ => None,
        })
        .collect())
}

/// Evaluates a flag for a context and explains it: `{"flag", "context", "config"?}`, with
/// the saved configuration where there is none.
pub(crate) async fn explain(
    project: &str,
    environment: &str,
    request: &Value,
) -> Result<Value, Error> {
    post(&paths::evaluate(project, environment), request).await
}

/// The environment's ruleset as evaluators get it, as text.
pub(crate) async fn ruleset(project: &str, environment: &str) -> Result<String, Error> {
    get_text(&paths::ruleset(project, environment)).await
}
