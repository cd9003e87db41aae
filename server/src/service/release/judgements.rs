//! What the evidence of a release says, for people: the windows that are kept, judged again
//! from the first on. What the runner acts on is its own judge.

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use serin_api::{
    judgement::{Exposed, Judgements, Limits, Point},
    session::Role,
};
use serin_engine::release::{Document, evidence::Window, judge::Judge, retries};
use uuid::Uuid;

use super::{find, thresholds::Comparisons, transition::Place};
use crate::{
    app::App,
    service::{Actor, Result, evidence::lateness, offload},
    store,
};

/// How many points are shown at most, beside the first of each stage: as many as a chart can tell
/// apart.
const POINTS: usize = 240;
/// How many windows are in memory at a time: a release has tens of thousands a week.
const CHUNK: i64 = 1000;

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
    let release = Arc::new(find(&mut tx, &place, release_id).await?);
    let milestones = store::release::milestones(&mut tx, release_id, release.epoch).await?;
    let retried = retries(milestones.iter().map(|event| (event.at, &event.state)));
    let mut reading = Reading::new(&release.document, retried);
    let mut after = None;
    loop {
        let rows = store::evidence::page(&mut tx, release_id, after, CHUNK).await?;
        let more = rows.len() as i64 == CHUNK;
        let last = rows.last().map(store::evidence::name);
        after = last.map(|name| (name.at, name.stage));
        let (mut rows, unread) = store::evidence::sorted(rows);
        app.unread.note_windows(&unread);
        rows.retain(|row| row.name.at <= until);
        let release = Arc::clone(&release);
        reading = offload::on_thread(move || {
            for row in rows {
                reading.late += row.counted.late;
                reading.summed |= row.name.seconds != store::evidence::SECONDS;
                reading.enter(&store::evidence::window(&release, row));
            }
            reading
        })
        .await?;
        if !more {
            return Ok(reading.told(app.evidence_grace));
        }
    }
}

/// What was kept of a release, judged again from the first window on.
struct Reading {
    document: Document,
    /// When evidence is fresh again: the runner began anew there too.
    retried: VecDeque<DateTime<Utc>>,
    judge: Judge,
    exposed: Exposed,
    points: Points,
    comparisons: Comparisons,
    late: u64,
    /// Whether some of it was put together with age.
    summed: bool,
}

impl Reading {
    fn new(document: &Document, retried: Vec<DateTime<Utc>>) -> Self {
        Self {
            judge: Judge::new(&document.policy, &document.guards),
            exposed: Exposed::default(),
            points: Points::default(),
            comparisons: Comparisons::new(document),
            late: 0,
            summed: false,
            document: document.clone(),
            retried: retried.into(),
        }
    }

    fn enter(&mut self, window: &Window) {
        let at = DateTime::from_timestamp_millis(window.at.as_millis()).unwrap_or_default();
        while self.retried.front().is_some_and(|retried| *retried <= at) {
            self.retried.pop_front();
            self.judge = Judge::new(&self.document.policy, &self.document.guards);
        }
        // What is no window was refused when it came.
        let Ok(judgement) = self.judge.enter(window) else {
            return;
        };
        self.exposed.baseline += window.baseline.exposed;
        self.exposed.candidate += window.candidate.exposed;
        self.comparisons.enter(window);
        let mut point = Point {
            at,
            stage: window.stage,
            exposed: self.exposed,
            judgement,
        };
        // They take as long as a window: those that nobody is shown have none.
        if self.points.keeps(&point) {
            self.judge.add_values(&mut point.judgement);
        }
        self.points.add(point);
    }

    fn told(mut self, grace: TimeDelta) -> Judgements {
        if let Some(last) = &mut self.points.last {
            self.judge.add_values(&mut last.judgement);
        }
        Judgements {
            limits: Limits {
                ln_e_harm: -self.document.policy.alpha.ln(),
                ln_e_safe: -self.document.policy.beta.ln(),
            },
            points: self.points.told(),
            // What is summed by the hour says nothing of minutes any more.
            thresholds: if self.summed {
                Vec::new()
            } else {
                self.comparisons.told()
            },
            late: self.late,
            complete_after_ms: milliseconds(lateness::complete_after(grace)),
            old_after_ms: milliseconds(lateness::old_after(grace)),
        }
    }
}

fn milliseconds(span: TimeDelta) -> u64 {
    span.num_milliseconds().unsigned_abs()
}

/// Every so manieth of many points, the first of each stage, and the last.
#[derive(Default)]
struct Points {
    /// With its number; nothing for the first of a stage, which stays.
    kept: Vec<(Option<usize>, Point)>,
    last: Option<Point>,
    seen: usize,
    stages: usize,
    /// By how many halvings they were thinned out.
    halvings: u32,
}

impl Points {
    fn add(&mut self, point: Point) {
        let number = self.seen;
        let keeps = self.keeps(&point);
        self.seen += 1;
        self.last = None;
        if self.is_first(&point) {
            self.stages = point.stage + 1;
            self.kept.push((None, point));
        } else if keeps {
            self.kept.push((Some(number), point));
        } else {
            self.last = Some(point);
        }
        if self.kept.len() > POINTS + self.stages {
            self.halvings += 1;
            let kept = std::mem::take(&mut self.kept);
            let stays = |number: &Option<usize>| number.is_none_or(|number| self.is_kept(number));
            self.kept = kept
                .into_iter()
                .filter(|(number, _)| stays(number))
                .collect();
        }
    }

    /// Whether the next point stays, and not only as long as it is the last.
    fn keeps(&self, point: &Point) -> bool {
        self.is_first(point) || self.is_kept(self.seen)
    }

    /// Whether it is the first of its stage.
    fn is_first(&self, point: &Point) -> bool {
        point.stage >= self.stages
    }

    fn is_kept(&self, number: usize) -> bool {
        number.trailing_zeros() >= self.halvings
    }

    fn told(self) -> Vec<Point> {
        let kept = self.kept.into_iter().map(|(_, point)| point);
        kept.chain(self.last).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serin_engine::release::judge::Verdict;

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

    fn replay(windows: &[Window], retried: &[i64]) -> Judgements {
        let retried = retried.iter();
        let retried = retried.map(|tens| DateTime::from_timestamp(1_800_000_000 + 10 * tens, 0));
        let mut reading = Reading::new(&document(), retried.flatten().collect());
        windows.iter().for_each(|window| reading.enter(window));
        reading.told(store::evidence::GRACE)
    }

    #[test]
    fn a_long_release_is_told_in_few_points_and_the_last_is_among_them() {
        let windows: Vec<_> = (0..1001)
            .map(|index| window(index, usize::from(index >= 700), 5))
            .collect();
        let judgements = replay(&windows, &[]);
        let points = &judgements.points;
        assert!(
            (POINTS / 2..=POINTS + 3).contains(&points.len()),
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
        let distances = points
            .windows(2)
            .map(|pair| (pair[1].at - pair[0].at).num_seconds());
        assert!(distances.max() <= Some(10 * 1001 / 120), "no gaps");
    }

    #[test]
    fn every_point_that_is_told_says_how_slow_the_arms_were_by_then() {
        let mut document = document();
        document.guards = serde_json::from_value(json!([{"metric": "latency"}])).unwrap();
        let mut reading = Reading::new(&document, Vec::new());
        let values = |bucket: i32| json!({"exposed": 10, "metrics": {"latency": {"histogram": {bucket.to_string(): 10}}}});
        for index in 0..1000 {
            let mut window = window(index, 0, 0);
            // Slower all the time, by a bucket in ten windows.
            let at = |arm: i32| serde_json::from_value(values(arm + index as i32 / 10)).unwrap();
            (window.baseline, window.candidate) = (at(0), at(20));
            reading.enter(&window);
        }
        let points = reading.told(store::evidence::GRACE).points;
        let values = |point: &Point| point.judgement.guards["latency"].values.unwrap();
        let slower = |pair: &[Point]| {
            let (one, other) = (values(&pair[0]), values(&pair[1]));
            one.baseline.p95 <= other.baseline.p95 && one.candidate.p95 <= other.candidate.p95
        };
        assert!(points.windows(2).all(slower));
        let (first, last) = (values(&points[0]), values(points.last().unwrap()));
        assert!(last.candidate.p95 > 50.0 * first.candidate.p95, "{last:?}");
    }

    #[test]
    fn what_is_reported_of_two_stages_at_once_is_thinned_out_too() {
        let windows: Vec<_> = (0..2000).map(|index| window(index, index % 2, 5)).collect();
        let points = replay(&windows, &[]).points.len();
        assert!(points <= POINTS + 3, "{points}");
    }

    #[test]
    fn after_a_retry_nothing_is_known_of_what_was_before() {
        let windows: Vec<_> = (0..120)
            .map(|index| window(index, 0, if index < 60 { 15 } else { 5 }))
            .collect();
        let harm = |judgements: &Judgements| {
            let last = judgements.points.last().unwrap();
            last.judgement.verdict == Verdict::Harm
        };
        assert!(harm(&replay(&windows, &[])), "harm stays");
        let retried = replay(&windows, &[60]);
        assert!(!harm(&retried), "{:?}", retried.points.last());
        assert_eq!(retried.points[50].judgement.verdict, Verdict::Harm);
        assert_eq!(retried.points.last().unwrap().exposed.candidate, 120_000.0);
    }

    #[test]
    fn harm_shows_from_the_window_on_that_showed_it() {
        let windows: Vec<_> = (0..60).map(|index| window(index, 0, 15)).collect();
        let judgements = replay(&windows, &[]);
        let harm = |point: &Point| point.judgement.guards["errors"].harm;
        let first = judgements.points.iter().position(harm).unwrap();
        assert!(first > 0);
        assert!(judgements.points[first..].iter().all(harm));
        assert!(judgements.points[first - 1].judgement.ln_e_harm < judgements.limits.ln_e_harm);
    }
}
