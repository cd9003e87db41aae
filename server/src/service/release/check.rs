//! What a document names: segments, metrics, environments and time zones, beside its flag.

use serin_engine::{
    release::{Document, Guard, Metric, MetricKind, Plan, Stage, validate_plan},
    validate::Violation,
};

use super::{pipeline, transition::Place, windows};
use crate::{
    service::{Result, metric},
    store::{self, Tx},
};

/// What is wrong with a document whose flag is not there.
pub(super) fn without_flag(document: &Document) -> Vec<Violation> {
    let mut mistakes = vec![unknown_flag(&document.flag)];
    mistakes.extend(validate_plan(&Plan::of(document)));
    mistakes
}

pub(super) fn unknown_flag(key: &str) -> Violation {
    Violation {
        path: "/flag".to_owned(),
        code: "unknown_flag",
        message: format!("there is no flag {key:?} here"),
    }
}

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
    for (index, stage) in document.stages.iter().enumerate() {
        mistakes.extend(shadowed(tx, place, index, stage).await?);
    }
    for (index, guard) in document.guards.iter().enumerate() {
        mistakes.extend(guarded(tx, place, index, guard).await?);
    }
    mistakes.extend(pipeline::mistakes(tx, place, document).await?);
    if let Some(windows) = &document.windows
        && !windows::is_known(&windows.time_zone)
    {
        mistakes.push(Violation {
            path: "/windows/time_zone".to_owned(),
            code: "unknown_time_zone",
            message: windows::unknown(&windows.time_zone),
        });
    }
    Ok(mistakes)
}

async fn find(tx: &mut Tx, place: &Place, key: &str) -> Result<Option<Metric>> {
    let row = store::entity::in_project(tx, place.project_id, "metric", key).await?;
    row.map(|row| metric::read(key, row.document)).transpose()
}

/// What a shadow stage cannot report. That of results that differ is guarded, and looked at with the guards.
async fn shadowed(
    tx: &mut Tx,
    place: &Place,
    index: usize,
    stage: &Stage,
) -> Result<Vec<Violation>> {
    let Some(shadow) = &stage.shadow else {
        return Ok(Vec::new());
    };
    let mut mistakes = Vec::new();
    for (member, key, kind) in [
        ("mismatch", Some(&shadow.mismatch), MetricKind::Count),
        ("latency", shadow.latency.as_ref(), MetricKind::Value),
    ] {
        let Some(key) = key else {
            continue;
        };
        let (code, message) = match find(tx, place, key).await? {
            Some(found) if found.kind == kind && found.source.is_none() => continue,
            Some(_) => (
                "wrong_kind",
                format!("{key:?} is no metric that a shadow stage reports as its {member}"),
            ),
            None => (
                "unknown_metric",
                format!("there is no metric {key:?} in the project"),
            ),
        };
        mistakes.push(Violation {
            path: format!("/stages/{index}/shadow/{member}"),
            code,
            message,
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
        Guard::Slo(guard) => {
            let objective = find(tx, place, &guard.slo)
                .await?
                .and_then(|found| found.objective);
            return Ok(objective.is_none().then(|| Violation {
                path: format!("/guards/{index}/slo"),
                code: "unknown_objective",
                message: format!(
                    "there is no metric {:?} with an objective in the project",
                    guard.slo
                ),
            }));
        }
    };
    let (code, message) = match find(tx, place, metric).await? {
        Some(found) if found.compares() => return Ok(None),
        Some(_) => (
            "no_variation",
            format!(
                "the queries of {metric:?} do not tell the arms apart: it is an objective alone"
            ),
        ),
        None => (
            "unknown_metric",
            format!("there is no metric {metric:?} in the project"),
        ),
    };
    Ok(Some(Violation {
        path: format!("/guards/{index}/metric"),
        code,
        message,
    }))
}
