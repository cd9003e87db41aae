//! Guards that hold the candidate alone against a rate.

use serde_json::json;

use super::{guards, judge, simulation::traffic::Random};
use crate::release::{
    Policy,
    evidence::Window,
    judge::{Judge, Verdict},
};

fn window(minute: usize, exposed: f64, events: f64) -> Window {
    let arm = |events: f64| json!({"exposed": exposed, "metrics": {"errors": {"events": events}}});
    serde_json::from_value(json!({
        "at": format!("2026-11-21T{:02}:{:02}:00Z", minute / 60, minute % 60), "stage": 0, "weight": 0.0,
        "baseline": arm(0.0), "candidate": arm(events),
    }))
    .unwrap()
}

/// How many of so many streams come to a verdict.
fn streams(rate: f64, verdict: Verdict) -> usize {
    let come = |stream: &u64| {
        let mut judge = judge(json!({"limit": 0.01, "require_safe": 1.0}));
        let mut random = Random::new("limit", *stream);
        (0..40).any(|minute| {
            let events = random.binomial(500.0, rate);
            judge.enter(&window(minute, 500.0, events)).unwrap().verdict == verdict
        })
    };
    (0..100).filter(come).count()
}

#[test]
fn a_rate_above_the_limit_is_harm_and_one_at_it_hardly_ever() {
    assert_eq!(streams(0.02, Verdict::Harm), 100);
    assert!(streams(0.01, Verdict::Harm) <= 4, "α is one in a hundred");
    assert_eq!(streams(0.005, Verdict::Harm), 0);
}

#[test]
fn a_rate_well_below_is_safe_and_one_at_the_bound_hardly_ever() {
    assert_eq!(streams(0.002, Verdict::Safe), 100);
    assert!(streams(0.02, Verdict::Safe) <= 11, "β is five in a hundred");
}

#[test]
fn the_baseline_does_not_matter() {
    let (mut with, mut without) = (judge(json!({"limit": 0.01})), judge(json!({"limit": 0.01})));
    for minute in 0..10 {
        let plain = window(minute, 500.0, 7.0);
        let mut other = plain.clone();
        other.baseline.exposed = 1.0;
        other.baseline.metrics.clear();
        let one = with.enter(&plain).unwrap().guards["errors"].ln_e_harm;
        let two = without.enter(&other).unwrap().guards["errors"].ln_e_harm;
        assert_eq!(one.to_bits(), two.to_bits());
    }
}

#[test]
fn what_has_a_limit_of_its_own_is_not_in_the_cap() {
    let policy = Policy {
        max_excess_events: Some(10.0),
        ..Policy::default()
    };
    let entered = |guard: serde_json::Value| {
        let mut judge = Judge::new(&policy, &guards(json!([guard])));
        // Two of 500, and one in a hundred may be.
        let judgements = (0..40).map(|minute| judge.enter(&window(minute, 500.0, 2.0)).unwrap());
        judgements.last().unwrap()
    };
    let limited = entered(json!({"metric": "errors", "limit": 0.01}));
    assert_eq!(
        (limited.verdict, limited.excess_events),
        (Verdict::Continue, 0.0)
    );
    let compared = entered(json!({"metric": "errors", "margin": {"absolute": 1.0}}));
    assert_eq!(compared.verdict, Verdict::Harm);
}
