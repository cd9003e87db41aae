//! What a document names: segments and time zones, beside its flag.

use serin_engine::{release::Document, validate::Violation};

use super::{transition::Place, windows};
use crate::{
    service::Result,
    store::{self, Tx},
};

/// Lists what a document names and is not there.
///
/// # Errors
/// Where the database fails.
pub(super) async fn names(
    tx: &mut Tx,
    place: &Place,
    document: &Document,
) -> Result<Vec<Violation>> {
    let mut mistakes = Vec::new();
    for (index, stage) in document.stages.iter().enumerate() {
        let Some(segment) = &stage.segment else {
            continue;
        };
        let found = store::entity::in_project(tx, place.project_id, "segment", segment).await?;
        if found.is_none() {
            mistakes.push(Violation {
                path: format!("/stages/{index}/segment"),
                code: "unknown_segment",
                message: format!("there is no segment {segment:?} in the project"),
            });
        }
    }
    if let Some(windows) = &document.windows
        && !windows::is_known(&windows.time_zone)
    {
        mistakes.push(Violation {
            path: "/windows/time_zone".to_owned(),
            code: "unknown_time_zone",
            message: format!(
                "there is no time zone {:?}: write it like Europe/Berlin",
                windows.time_zone
            ),
        });
    }
    Ok(mistakes)
}
