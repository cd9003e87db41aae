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

/// A window in which so many of those who were there are new in the stage.
fn of_the_same(minute: usize, exposed: f64, first: f64, events: f64) -> Window {
    let mut window = window(minute, exposed, events);
    (window.baseline.first, window.candidate.first) = (Some(first), Some(first));
    window
}

#[test]
fn who_comes_back_is_no_new_outcome() {
    // A thousand units, of whom some differ whenever they are looked at: they count once.
    let after_all = |differ: f64| {
        let mut judge = judge(json!({"limit": 0.01, "require_safe": 0.5}));
        let judgements = (0..200).map(|minute| {
            let (first, events) = if minute == 0 {
                (1000.0, differ)
            } else {
                (0.0, 0.0)
            };
            let window = of_the_same(minute, 1000.0, first, events);
            judge.enter(&window).unwrap().verdict
        });
        judgements.last().unwrap()
    };
    assert_eq!(after_all(0.0), Verdict::Safe);
    // What is seen again and again does not thin out those that differ, nor count them again.
    assert_eq!(after_all(12.0), Verdict::Continue);
    assert_eq!(after_all(40.0), Verdict::Harm);
}

#[test]
fn outcomes_that_show_late_are_within_the_error_rate() {
    let harmed = |stream: &u64| {
        let mut judge = judge(json!({"limit": 0.01}));
        let mut random = Random::new("late", *stream);
        // All are there from the first minute on; those that differ do so at some time.
        let mut left = random.binomial(20_000.0, 0.01);
        (0..60).any(|minute| {
            let events = random.binomial(left, 1.0 / f64::from(60 - minute));
            left -= events;
            let first = if minute == 0 { 20_000.0 } else { 0.0 };
            let minute = usize::try_from(minute).unwrap();
            let window = of_the_same(minute, 20_000.0, first, events);
            judge.enter(&window).unwrap().verdict == Verdict::Harm
        })
    };
    let harmed = (0..200).filter(harmed).count();
    assert!(harmed <= 6, "{harmed} of 200: α is one in a hundred");
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

#[test]
fn what_is_required_is_a_multiple_of_the_limit() {
    // One percent, and half as much again: 1.2 % is safe in the end, and 2 % never.
    let is_safe = |limit: f64, events: f64| {
        let mut judge = judge(json!({"limit": limit, "require_safe": 0.5}));
        let mut verdicts = (0..60).map(|minute| {
            judge
                .enter(&window(minute, 10_000.0, events))
                .unwrap()
                .verdict
        });
        verdicts.any(|verdict| verdict == Verdict::Safe)
    };
    assert!(is_safe(0.01, 120.0));
    assert!(!is_safe(0.01, 200.0));
    // Beyond all of them there is nothing to be worse than.
    assert!(is_safe(0.9, 8000.0));
}
