//! Where the metrics of a project are used, and where they come from.

use std::collections::BTreeSet;

use serde_json::Value;
use serin_api::{
    metric::{MetricSources, MetricUses, ReleaseUse},
    session::Role,
};
use serin_engine::release::{Metric, Template};

use super::{Actor, Error, Result, access, document::typed, release::guarded};
use crate::{
    app::App,
    store::{self, release::Narrow},
};

/// How many releases are looked through in each environment, the newest first, beside those that
/// live.
const NEWEST: usize = 200;

/// A metric as it is kept.
///
/// # Errors
/// [`Error::Unreadable`] for one that another version wrote.
pub(crate) fn read(key: &str, stored: Value) -> Result<Metric> {
    typed(stored).map_err(|error| match error {
        Error::Store(cause) => Error::Unreadable {
            what: format!("metric {key:?}"),
            cause,
        },
        error => error,
    })
}

/// What is judged by each metric: releases that are not over, and templates.
///
/// # Errors
/// As `access::project`.
pub async fn uses(app: &App, actor: &Actor, project: &str) -> Result<MetricUses> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Viewer).await?;
    let id = seen.project.project_id;
    let mut uses = MetricUses::default();
    for environment in store::environment::list(&mut tx, id).await? {
        let environment_id = environment.environment_id;
        let live = store::release::live(&mut tx, environment_id).await?;
        app.unread.note(live.unread.iter().map(|held| &held.unread));
        let mut releases = live.read;
        let narrow = Narrow {
            flag: None,
            live: false,
            before: None,
        };
        let (newest, _) = store::release::list(&mut tx, environment_id, narrow, NEWEST).await?;
        releases.extend(newest.into_iter().filter(|it| it.state.is_ahead()));
        for release in releases {
            let named: BTreeSet<&str> = guarded::metrics(&release.document).collect();
            for metric in named {
                let used = uses.metrics.entry(metric.to_owned()).or_default();
                used.releases.push(ReleaseUse {
                    id: release.release_id,
                    environment: environment.key.clone(),
                    flag: release.document.flag.clone(),
                    live: release.state.is_live(),
                });
            }
        }
    }
    for row in store::entity::all_in_project(&mut tx, id, "release_template").await? {
        let template: Template = typed(row.document)?;
        let named: BTreeSet<&str> = guarded::named(&template.guards, &template.stages).collect();
        for metric in named {
            let used = uses.metrics.entry(metric.to_owned()).or_default();
            used.templates.push(row.key.clone());
        }
    }
    Ok(uses)
}

/// Who can be asked for metrics, beside programs.
///
/// # Errors
/// As `access::project`.
pub async fn sources(app: &App, actor: &Actor, project: &str) -> Result<MetricSources> {
    let mut tx = app.db.read().await?;
    access::project(&mut tx, actor, project, Role::Viewer).await?;
    Ok(MetricSources {
        prometheus: app.prometheus.is_some(),
    })
}
