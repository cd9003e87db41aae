use serin_engine::release::evidence::Arm;
use uuid::Uuid;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn row(text: &str, stage: usize, exposed: f64) -> Stored {
    let arm = |exposed| Arm {
        exposed,
        ..Arm::default()
    };
    Stored {
        name: Name {
            release_id: Uuid::nil(),
            seconds: SECONDS,
            at: at(text),
            stage,
        },
        counted: Counted {
            baseline: arm(exposed),
            candidate: arm(2.0 * exposed),
            late: 1,
        },
    }
}

#[test]
fn only_what_is_old_as_a_whole_is_put_together() {
    let plan = plan(at("2026-11-22T06:40:13Z"));
    let told = plan.steps.map(|step| (step.from, step.to, step.before));
    assert_eq!(
        told,
        [
            (10, 3600, at("2026-11-15T06:00:00Z")),
            (3600, 86_400, at("2026-08-24T00:00:00Z")),
        ]
    );
    assert_eq!(plan.forget, at("2024-11-21T00:00:00Z"));
}

#[test]
fn rows_are_summed_by_stage_and_hour() {
    let rows = [
        row("2026-11-15T05:59:50Z", 0, 1.0),
        row("2026-11-15T06:00:00Z", 0, 2.0),
        row("2026-11-15T06:00:10Z", 0, 4.0),
        row("2026-11-15T06:59:50Z", 1, 8.0),
    ];
    let told: Vec<_> = fold(&rows, HOUR)
        .into_iter()
        .map(|(name, sum)| {
            assert_eq!(name.seconds, HOUR);
            assert_eq!(sum.candidate.exposed, 2.0 * sum.baseline.exposed);
            (name.at, name.stage, sum.baseline.exposed, sum.late)
        })
        .collect();
    assert_eq!(
        told,
        [
            (at("2026-11-15T05:00:00Z"), 0, 1.0, 1),
            (at("2026-11-15T06:00:00Z"), 0, 6.0, 2),
            (at("2026-11-15T06:00:00Z"), 1, 8.0, 1),
        ]
    );
}
