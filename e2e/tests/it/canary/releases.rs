//! Releases as the administrator's programs see them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use serin_api::{forecast::ReleaseForecast, paths, release::Release};

use super::load::{TODAY, VERSIONS, metric};
use crate::world::{Api, PATIENCE, PRODUCTION, PROJECT, World, eventually};

/// How often the API is asked.
const LOOK: Duration = Duration::from_millis(250);

/// A flag that is on and serves what there is today, and its metrics.
pub(super) async fn prepare(world: &World, flag: &str) -> Result<()> {
    let variations = VERSIONS.map(|version| json!({ "key": version, "value": version }));
    let create = |kind: &str, key: &str, document: Value| json!({ "kind": kind, "key": key, "action": "create", "document": document });
    let changes = json!([
        create(
            "flag",
            flag,
            json!({ "type": "string", "variations": variations })
        ),
        create(
            "metric",
            &metric(flag, "errors"),
            json!({ "kind": "count" })
        ),
        create(
            "metric",
            &metric(flag, "latency"),
            json!({ "kind": "value" })
        ),
    ]);
    world.api.change(PROJECT, changes).await?;
    let today = json!({ "enabled": true, "default": { "variation": TODAY } });
    world.api.configure(PROJECT, PRODUCTION, flag, today).await
}

/// A release that was written.
pub(super) struct Draft<'w> {
    api: &'w Api,
    pub(super) id: String,
    document: Value,
    epoch: Value,
}

/// A release that was started.
pub(super) struct Started<'w> {
    api: &'w Api,
    pub(super) id: String,
}

impl<'w> Draft<'w> {
    pub(super) async fn write(world: &'w World, document: Value) -> Result<Self> {
        let api = &world.api;
        let path = paths::releases(PROJECT, PRODUCTION);
        let mut draft = api.post(&path, document.clone()).await?;
        Ok(Self {
            api,
            id: draft["id"].as_str().context("no id")?.to_owned(),
            document,
            epoch: draft["epoch"].take(),
        })
    }

    pub(super) async fn start(&self) -> Result<Started<'w>> {
        let signal = json!({ "signal": "start", "epoch": self.epoch });
        let path = paths::release_signals(PROJECT, PRODUCTION, &self.id);
        self.api.post(&path, signal).await?;
        Ok(Started {
            api: self.api,
            id: self.id.clone(),
        })
    }

    /// When its first stage is to find a doubling, in seconds, as the planner has it at the
    /// traffic that it knows of now.
    pub(super) async fn foreseen(&self, what: &str) -> Result<f64> {
        let path = paths::release_plan(PROJECT, PRODUCTION);
        let forecast = self.api.post(&path, self.document.clone()).await?;
        let forecast: ReleaseForecast = serde_json::from_value(forecast)?;
        let flag = self.document["flag"].as_str().context("no flag")?;
        let metric = metric(flag, what);
        let guard = forecast.guards.iter().find(|guard| guard.metric == metric);
        let minutes = guard.and_then(|guard| guard.stages.first()?.found_in);
        let minutes = minutes.with_context(|| format!("nothing is foreseen: {forecast:?}"))?;
        Ok(60.0 * minutes)
    }
}

impl Started<'_> {
    pub(super) async fn get(&self) -> Result<Release> {
        let path = paths::release(PROJECT, PRODUCTION, &self.id);
        Ok(serde_json::from_value(self.api.get(&path).await?)?)
    }

    /// Waits until the candidate was counted.
    pub(super) async fn is_counted(&self) -> Result<()> {
        let path = paths::release(PROJECT, PRODUCTION, &self.id);
        let path = format!("{path}/windows?limit=1");
        let mut looks = tokio::time::interval(LOOK);
        eventually("evidence", PATIENCE, async || {
            looks.tick().await;
            let page = self.api.get(&path).await?;
            let exposed = page["items"][0]["candidate"]["exposed"].as_f64();
            Ok(exposed.is_some_and(|exposed| exposed > 0.0).then_some(()))
        })
        .await
    }
}
