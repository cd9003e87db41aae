//! Releases and what they are made from.

use chrono::{DateTime, Utc};
use serin_api::{
    entity::Entity,
    forecast::ReleaseForecast,
    judgement::Judgements,
    page::Page,
    paths,
    release::{EditRelease, Event, Release, SendSignal},
};
use serin_engine::release::{Document, Signal, Template};

use super::{Error, all_pages, get, post, put};

/// How many releases a page of the list has.
const PAGE: usize = 50;
/// How many transitions a page of a history has.
const EVENTS: usize = 100;

/// An environment's releases, the newest first: one page of them.
pub(crate) async fn releases(
    project: &str,
    environment: &str,
    cursor: Option<&str>,
) -> Result<Page<Release>, Error> {
    let mut address = format!("{}?limit={PAGE}", paths::releases(project, environment));
    if let Some(cursor) = cursor {
        address.push_str("&cursor=");
        address.push_str(&paths::encode(cursor));
    }
    get(&address).await
}

/// All live releases of an environment.
pub(crate) async fn live_releases(project: &str, environment: &str) -> Result<Vec<Release>, Error> {
    all_pages(&format!(
        "{}?live=true",
        paths::releases(project, environment)
    ))
    .await
}

/// One release.
pub(crate) async fn release(project: &str, environment: &str, id: &str) -> Result<Release, Error> {
    get(&paths::release(project, environment, id)).await
}

/// What happened to a release before an epoch, the newest first: one page of it.
pub(crate) async fn release_events(
    project: &str,
    environment: &str,
    id: &str,
    before: u64,
) -> Result<Page<Event>, Error> {
    let path = paths::release_events(project, environment, id);
    get(&format!("{path}?limit={EVENTS}&cursor={before}")).await
}

/// What the evidence of a release says.
pub(crate) async fn release_judgements(
    project: &str,
    environment: &str,
    id: &str,
) -> Result<Judgements, Error> {
    get(&paths::release_judgements(project, environment, id)).await
}

/// Writes a release: a draft.
pub(crate) async fn create_release(
    project: &str,
    environment: &str,
    document: &Document,
) -> Result<Release, Error> {
    post(&paths::releases(project, environment), document).await
}

/// Changes a release's document, if it still is at the epoch that was seen.
pub(crate) async fn edit_release(
    seen: &Release,
    document: &Document,
    reason: Option<String>,
) -> Result<Release, Error> {
    let path = paths::release(&seen.project, &seen.environment, &seen.id.to_string());
    let edit = EditRelease {
        epoch: seen.epoch,
        document: serde_json::to_value(document).unwrap_or_default(),
        reason,
    };
    put(&path, &edit, None).await
}

/// What the evidence of a release is going to take.
pub(crate) async fn plan_release(
    project: &str,
    environment: &str,
    document: &Document,
) -> Result<ReleaseForecast, Error> {
    post(&paths::release_plan(project, environment), document).await
}

/// Tells a release what to do, if it still is at the epoch that was seen. To take over is to
/// start in the place of another.
pub(crate) async fn send_signal(
    release: &Release,
    signal: Signal,
    reason: Option<String>,
    start_at: Option<DateTime<Utc>>,
) -> Result<Release, Error> {
    let supersede = signal == Signal::Supersede;
    let signal = if supersede { Signal::Start } else { signal };
    let path = paths::release_signals(
        &release.project,
        &release.environment,
        &release.id.to_string(),
    );
    let epoch = release.epoch;
    post(
        &path,
        &SendSignal {
            signal,
            epoch,
            reason,
            start_at,
            supersede,
        },
    )
    .await
}

/// A project's release templates.
pub(crate) async fn release_templates(project: &str) -> Result<Vec<Entity<Template>>, Error> {
    all_pages(&paths::release_templates(project)).await
}

/// One of them.
pub(crate) async fn release_template(project: &str, key: &str) -> Result<Entity<Template>, Error> {
    get(&paths::release_template(project, key)).await
}
