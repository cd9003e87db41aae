//! The live releases in an environment's ruleset, by which SDKs know them.

use serde_json::{Value, json};
use serin_api::evidence::{WantedMetric, WantedShadow};
use serin_engine::release::{Document, Owner, divided_at};
use uuid::Uuid;

use super::{guarded, transition::Place};
use crate::{
    service::{Result, document, metric, writer::Work},
    store::{self, release::Release},
};

/// Brings the environment's list to what a release has become, for the ruleset patch
/// that the change of its site is going to make. What does not change the site leaves
/// the list alone: the epoch in it is the one at which the stage was entered.
pub(super) async fn update(work: &mut Work, place: &Place, moved: &Release) -> Result<()> {
    let list = others(work, place, moved.release_id).await?;
    let metrics = match moved.state.position() {
        Some(_) => metrics(work, place.project_id, &moved.document).await?,
        // Nothing is counted any more: no metric stands in the way of going back.
        None => Vec::new(),
    };
    set(work, place, &updated(list, moved, &metrics)).await
}

/// Takes a release off the list.
pub(super) async fn forget(work: &mut Work, place: &Place, release_id: Uuid) -> Result<()> {
    let list = others(work, place, release_id).await?;
    set(work, place, &list).await
}

/// The list without one.
async fn others(work: &mut Work, place: &Place, release_id: Uuid) -> Result<Vec<Value>> {
    let kept = store::environment::releases(&mut work.tx, place.environment_id).await?;
    let mut list: Vec<Value> =
        serde_json::from_str(&kept).map_err(|error| store::Error::json("environments", &error))?;
    let id = release_id.to_string();
    list.retain(|entry| entry["id"] != id.as_str());
    Ok(list)
}

async fn set(work: &mut Work, place: &Place, list: &[Value]) -> Result<()> {
    let text = document::text(&list)?;
    store::environment::set_releases(&mut work.tx, place.environment_id, &text).await?;
    Ok(())
}

/// What SDKs are to count for its guards. A guard of a metric that there is not counts nothing.
///
/// # Errors
/// [`crate::service::Error::Unreadable`] for a metric that another version wrote: a stage that nobody watches is
/// entered by nobody.
async fn metrics(
    work: &mut Work,
    project_id: Uuid,
    release: &Document,
) -> Result<Vec<WantedMetric>> {
    let mut wanted: Vec<WantedMetric> = Vec::new();
    for key in guarded::metrics(release) {
        if wanted.iter().any(|metric| metric.key == key) {
            continue;
        }
        let row = store::entity::in_project(&mut work.tx, project_id, "metric", key).await?;
        if let Some(row) = row {
            let metric = metric::read(key, row.document)?;
            if metric.source.is_some() {
                // Another system counts it.
                continue;
            }
            wanted.push(WantedMetric {
                key: key.to_owned(),
                kind: metric.kind,
            });
        }
    }
    Ok(wanted)
}

fn updated(mut list: Vec<Value>, moved: &Release, metrics: &[WantedMetric]) -> Vec<Value> {
    let id = moved.release_id.to_string();
    if let Some(position) = moved.state.position() {
        // The epoch that the transition, which is not kept yet, leads to.
        let mut entry = entry(&id, &moved.document, position.stage, moved.epoch + 1);
        if let Some(unit) = &moved.document.unit {
            entry["unit"] = json!(unit);
        }
        if !metrics.is_empty() {
            entry["metrics"] = json!(metrics);
        }
        if let Some(shadow) = shadow(&moved.document, position.stage) {
            entry["shadow"] = json!(shadow);
        }
        list.push(entry);
    }
    list
}

fn shadow(document: &Document, stage: usize) -> Option<WantedShadow> {
    let stage = document.stage(stage)?;
    let shadow = stage.shadow.as_ref()?;
    Some(WantedShadow {
        slots: stage.shadowed(),
        mismatch: shadow.mismatch.clone(),
        latency: shadow.latency.clone(),
    })
}

fn entry(id: &str, document: &Document, stage: usize, epoch: u64) -> Value {
    json!({
        "id": id,
        "flag": document.flag,
        // Where units are divided in this stage: a segment's is a rule of the release's own.
        "site": divided_at(document, stage, Owner(id)),
        "baseline": document.baseline,
        "candidate": document.candidate,
        "stage": stage,
        "epoch": epoch,
    })
}
