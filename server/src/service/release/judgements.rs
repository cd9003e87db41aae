//! What the evidence of a release says, for people: the windows that are kept, judged again
//! from the first on. What the runner acts on is its own judge.

use chrono::{DateTime, Utc};
use serin_api::{
    judgement::{Exposed, Judgements, Limits, Point},
    session::Role,
};
use serin_engine::release::{Document, evidence::Window, judge::Judge};
use uuid::Uuid;

use super::{find, thresholds::thresholds, transition::Place};
use crate::{
    app::App,
    service::{Actor, Result, offload},
    store::{self, Tx},
};

/// How many points are shown: as many as a chart can tell apart.
const POINTS: usize = 240;
/// How many windows are read at a time.
const CHUNK: i64 = 5000;

/// What is known of a release's candidate, window by window.
///
/// # Errors
/// As `access::environment`; `NotFound` where there is no such release.
pub async fn judgements(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    release_id: Uuid,
) -> Result<Judgements> {
    let until = store::evidence::complete_until(app.clock.now(), app.evidence_grace);
    let mut tx = app.db.read().await?;
    let place = Place::open(&mut tx, actor, project, environment, Role::Viewer).await?;
    let release = find(&mut tx, &place, release_id).await?;
    let kept = windows(&mut tx, &release, until).await?;
    drop(tx);
    offload::on_thread(move || {
        let judgements = replay(&release.document, &kept.windows);
        Judgements {
            // What is summed by the hour says nothing of minutes any more.
            thresholds: if kept.summed {
                Vec::new()
            } else {
                thresholds(&release.document, &kept.windows)
            },
            late: kept.late,
            ..judgements
        }
    })
    .await
}

/// What is kept of a release.
#[derive(Default)]
struct Kept {
    windows: Vec<Window>,
    late: u64,
    /// Whether some of it was put together with age.
    summed: bool,
}

/// All that was counted in windows that are complete.
async fn windows(
    tx: &mut Tx,
    release: &store::release::Release,
    until: DateTime<Utc>,
) -> Result<Kept> {
    let mut kept = Kept::default();
    let mut after = None;
    loop {
        let rows = store::evidence::page(tx, release.release_id, after, CHUNK).await?;
        after = rows.last().map(|row| (row.name.at, row.name.stage));
        let last = (rows.len() as i64) < CHUNK;
        for row in rows.into_iter().filter(|row| row.name.at <= until) {
            kept.late += row.counted.late;
            kept.summed |= row.name.seconds != store::evidence::SECONDS;
            kept.windows.push(store::evidence::window(release, row));
        }
        if last {
            return Ok(kept);
        }
    }
}

fn replay(document: &Document, windows: &[Window]) -> Judgements {
    let mut judge = Judge::new(&document.policy, &document.guards);
    let mut exposed = Exposed::default();
    let stride = windows.len().div_ceil(POINTS).max(1);
    let mut points: Vec<Point> = Vec::new();
    for (index, window) in windows.iter().enumerate() {
        // What is no window was refused when it came.
        let Ok(judgement) = judge.enter(window) else {
            continue;
        };
        exposed.baseline += window.baseline.exposed;
        exposed.candidate += window.candidate.exposed;
        let begins = points.last().is_none_or(|last| last.stage != window.stage);
        if begins || index % stride == 0 || index + 1 == windows.len() {
            points.push(Point {
                at: DateTime::from_timestamp_millis(window.at.as_millis()).unwrap_or_default(),
                stage: window.stage,
                exposed,
                judgement,
            });
        }
    }
    Judgements {
        limits: Limits {
            ln_e_harm: -document.policy.alpha.ln(),
            ln_e_safe: -document.policy.beta.ln(),
        },
        points,
        ..Judgements::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        serde_json::from_value(json!({
            "flag": "f", "baseline": "off", "candidate": "on", "stages": [{"weight": 50}, {"weight": 100}],
            "guards": [{"metric": "errors", "margin": {"relative": 0.1}, "require_safe": 0.5}],
        }))
        .unwrap()
    }

    fn window(index: usize, stage: usize, events: u64) -> Window {
        let at = DateTime::from_timestamp(1_800_000_000 + 10 * index as i64, 0).unwrap();
        serde_json::from_value(json!({
            "at": at.to_rfc3339(), "stage": stage, "weight": 0.5,
            "baseline": {"exposed": 1000, "metrics": {"errors": {"events": 5}}},
            "candidate": {"exposed": 1000, "metrics": {"errors": {"events": events}}},
        }))
        .unwrap()
    }

    #[test]
    fn a_long_release_is_told_in_few_points_and_the_last_is_among_them() {
        let windows: Vec<_> = (0..1001)
            .map(|index| window(index, usize::from(index >= 700), 5))
            .collect();
        let judgements = replay(&document(), &windows);
        let points = &judgements.points;
        assert!(
            (200..=POINTS + 2).contains(&points.len()),
            "{}",
            points.len()
        );
        let last = points.last().unwrap();
        assert_eq!(
            (last.exposed.baseline, last.exposed.candidate),
            (1_001_000.0, 1_001_000.0)
        );
        let entered = points.iter().find(|point| point.stage == 1).unwrap();
        assert_eq!(entered.at.timestamp(), 1_800_007_000);
        assert!((judgements.limits.ln_e_harm - 100_f64.ln()).abs() < 1e-12);
        assert!((judgements.limits.ln_e_safe - 20_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn harm_shows_from_the_window_on_that_showed_it() {
        let windows: Vec<_> = (0..60).map(|index| window(index, 0, 15)).collect();
        let judgements = replay(&document(), &windows);
        let harm = |point: &Point| point.judgement.guards["errors"].harm;
        let first = judgements.points.iter().position(harm).unwrap();
        assert!(first > 0);
        assert!(judgements.points[first..].iter().all(harm));
        assert!(judgements.points[first - 1].judgement.ln_e_harm < judgements.limits.ln_e_harm);
    }
}
