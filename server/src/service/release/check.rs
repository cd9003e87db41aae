//! What a document names: segments, metrics and time zones, beside its flag.

use serin_engine::{
    release::{Document, Guard},
    validate::Violation,
};

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
    for (index, guard) in document.guards.iter().enumerate() {
        mistakes.extend(guarded(tx, place, index, guard).await?);
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

/// What keeps a guard from guarding: nobody is to rely on one that sees nothing.
async fn guarded(
    tx: &mut Tx,
    place: &Place,
    index: usize,
    guard: &Guard,
) -> Result<Option<Violation>> {
    let metric = match guard {
        Guard::Metric(guard) => &guard.metric,
        Guard::Slo(_) => {
            return Ok(Some(Violation {
                path: format!("/guards/{index}/slo"),
                code: "not_measured",
                message: "nothing measures objectives yet: guard a metric".to_owned(),
            }));
        }
    };
    let found = store::entity::in_project(tx, place.project_id, "metric", metric).await?;
    Ok(found.is_none().then(|| Violation {
        path: format!("/guards/{index}/metric"),
        code: "unknown_metric",
        message: format!("there is no metric {metric:?} in the project"),
    }))
}
