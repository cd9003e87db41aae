//! What other systems counted: it brings its own exposures.

use serde_json::{Value, json};

use super::judge;
use crate::release::evidence::Window;

fn window(minute: usize, units: f64, baseline: Value, candidate: Value) -> Window {
    let arm = |errors: Value| json!({"exposed": units, "metrics": {"errors": errors}});
    serde_json::from_value(json!({
        "at": format!("2026-11-21T10:{minute:02}:00Z"), "stage": 0, "weight": 0.5,
        "baseline": arm(baseline), "candidate": arm(candidate),
    }))
    .unwrap()
}

fn counter(exposed: f64, events: f64) -> Value {
    json!({"counter": {"exposed": exposed, "events": events, "seconds": 60}})
}

#[test]
fn counters_are_judged_by_their_own_exposures() {
    let (mut by_units, mut by_counters) = (judge(json!({})), judge(json!({})));
    for minute in 0..20 {
        let events = |events: u32| json!({"events": events});
        let units = by_units
            .enter(&window(minute, 1000.0, events(5), events(9)))
            .unwrap();
        // However many units programs saw meanwhile.
        let counters = window(minute, 3.0, counter(1000.0, 5.0), counter(1000.0, 9.0));
        let counters = by_counters.enter(&counters).unwrap();
        assert_eq!(units.guards["errors"], counters.guards["errors"]);
    }
}

#[test]
fn a_counter_of_one_arm_says_nothing_and_nobody_is_seen_in_the_other() {
    let mut judge = judge(json!({}));
    let mut one_sided = window(0, 0.0, counter(1000.0, 5.0), counter(0.0, 0.0));
    let judged = judge.enter(&one_sided).unwrap();
    assert_eq!(
        (judged.ln_e_harm, judged.holds.len()),
        (judge_of_nothing(), 1)
    );
    one_sided.candidate.metrics.clear();
    one_sided.at = "2026-11-21T10:01:00Z".parse().unwrap();
    assert_eq!(judge.enter(&one_sided).unwrap().holds.len(), 1);
    // Where no program reports, counters are all that is seen.
    let both = window(2, 0.0, counter(1000.0, 5.0), counter(10.0, 0.0));
    assert!(judge.enter(&both).unwrap().holds.is_empty());
    assert_eq!(
        (both.candidate.seen_for(), both.candidate.is_seen()),
        (60, true)
    );
}

/// The evidence before anything was seen.
fn judge_of_nothing() -> f64 {
    judge(json!({}))
        .enter(&window(0, 0.0, counter(0.0, 0.0), counter(0.0, 0.0)))
        .unwrap()
        .ln_e_harm
}

#[test]
fn counters_that_make_no_sense_are_no_windows() {
    for wrong in [counter(10.0, 11.0), counter(-1.0, 0.0), counter(1e300, 0.0)] {
        let window = window(0, 5.0, counter(10.0, 1.0), wrong);
        assert!(window.check().is_err());
    }
    let mut judge = judge(json!({}));
    let mixed = window(0, 50.0, json!({"events": 1}), counter(10.0, 1.0));
    let error = judge.enter(&mixed).unwrap_err().to_string();
    assert!(error.contains("metrics.errors"), "{error}");
}
