//! The live releases in an environment's ruleset, by which SDKs know them.

use serde_json::{Value, json};
use serin_engine::release::{Document, Owner, divided_at};

use super::transition::Place;
use crate::{
    service::{Result, document, writer::Work},
    store::{self, release::Release},
};

/// Brings the environment's list to what a release has become, for the ruleset patch
/// that the change of its site is going to make. What does not change the site leaves
/// the list alone: the epoch in it is the one at which the stage was entered.
pub(super) async fn update(work: &mut Work, place: &Place, moved: &Release) -> Result<()> {
    let kept = store::environment::releases(&mut work.tx, place.environment_id).await?;
    let list: Vec<Value> =
        serde_json::from_str(&kept).map_err(|error| store::Error::json("environments", &error))?;
    let text = document::text(&updated(list, moved))?;
    store::environment::set_releases(&mut work.tx, place.environment_id, &text).await?;
    Ok(())
}

fn updated(mut list: Vec<Value>, moved: &Release) -> Vec<Value> {
    let id = moved.release_id.to_string();
    list.retain(|entry| entry["id"] != id.as_str());
    if let Some(position) = moved.state.position() {
        // The epoch that the transition, which is not kept yet, leads to.
        list.push(entry(&id, &moved.document, position.stage, moved.epoch + 1));
    }
    list
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
