//! Metrics that come as histograms.

use serde_json::json;

use super::{close, guards};
use crate::release::{
    Policy,
    evidence::{Arm, At, Histogram, Tally, Window},
    judge::{Judge, Verdict, latency::shift},
};

fn window(minute: i64, baseline: &[(i32, u64)], candidate: &[(i32, u64)]) -> Window {
    let arm = |values: &[(i32, u64)]| Arm {
        exposed: 10.0,
        first: None,
        metrics: [(
            "latency".to_owned(),
            Tally::Histogram(values.iter().copied().collect::<Histogram>()),
        )]
        .into(),
    };
    Window {
        release: None,
        at: At::from_millis(minute * 60_000),
        stage: 0,
        weight: 0.5,
        baseline: arm(baseline),
        candidate: arm(candidate),
    }
}

fn judge(guard: serde_json::Value) -> Judge {
    let mut guard = guard;
    guard["metric"] = json!("latency");
    Judge::new(&Policy::default(), &guards(json!([guard])))
}

/// E after one window against one threshold, of events and exposures.
fn e(x_c: f64, e_c: f64, x_s: f64, e_s: f64) -> f64 {
    let shifts: Vec<f64> = (0..24)
        .map(|j| 0.10 * 40_f64.powf(f64::from(j) / 23.0))
        .collect();
    let total: f64 = shifts.iter().map(|shift| 1.0 / (1.0 + shift)).sum();
    let share = e_c / (e_c + e_s);
    let one = |shift: f64| {
        let quotient = (x_c * shift).exp() / (1.0 + share * shift.exp_m1()).powf(x_c + x_s);
        quotient / (1.0 + shift) / total * (0.7 + 0.3 / 5.59158)
    };
    shifts.into_iter().map(one).sum()
}

#[test]
fn thresholds_come_from_the_past_and_values_above_them_are_events() {
    // The baseline's past: 50 % up to 10, 90 % up to 20, 95 % and 99 % up to 40.
    let past = [(10, 50), (15, 10), (20, 30), (40, 10)];
    let mut judge = judge(json!({"require_safe": 0.5}));
    let first = judge.enter(&window(0, &past, &[(90, 1000)])).unwrap();
    assert_eq!(
        first.ln_e_harm, 0.0,
        "the first window sets thresholds only"
    );
    let found = judge.enter(&window(
        1,
        &[(10, 6), (21, 2), (50, 2)],
        &[(11, 1), (16, 1), (30, 2), (41, 1)],
    ));
    let guard = found.unwrap().guards["latency"];
    // p50 is 10, p75 and p90 are 20, p95 and p99 are 40.
    let parts = [(5.0, 4.0), (3.0, 4.0), (3.0, 4.0), (1.0, 2.0), (1.0, 2.0)];
    let mean: f64 = parts
        .iter()
        .map(|(x_c, x_s)| e(*x_c, 5.0, *x_s, 10.0))
        .sum::<f64>()
        / 5.0;
    close(guard.ln_e_harm, mean.ln(), 1e-12);
    assert_eq!((guard.ln_e_safe, guard.ratio), (None, None));
}

#[test]
fn what_one_arm_has_alone_says_nothing_and_starts_nothing() {
    let alike = [(10, 50), (20, 50)];
    let worse = [(10, 40), (20, 60)];
    let mut with = judge(json!({}));
    let mut without = judge(json!({}));
    for minute in 0..4 {
        let both = window(3 * minute, &alike, &worse);
        let found = [&mut with, &mut without].map(|judge| judge.enter(&both).unwrap().ln_e_harm);
        assert_eq!(found[0].to_bits(), found[1].to_bits(), "{minute}");
        with.enter(&window(3 * minute + 1, &alike, &[])).unwrap();
        with.enter(&window(3 * minute + 2, &[], &worse)).unwrap();
    }
}

#[test]
fn a_margin_moves_the_worse_arm_down() {
    assert_eq!(shift(0.0), 0);
    assert_eq!(shift(0.05), 1);
    assert_eq!(shift(0.051), 2);
    assert_eq!(shift(1.05_f64.powi(7) - 1.0), 7);
    let past = [(10, 100)];
    for (guard, baseline, candidate, events) in [
        (
            json!({"margin": {"relative": 0.05}}),
            [(10, 4)],
            [(11, 4)],
            0.0,
        ),
        (
            json!({"margin": {"relative": 0.05}}),
            [(10, 4)],
            [(12, 4)],
            4.0,
        ),
        (
            json!({"bad": "down", "margin": {"relative": 0.05}}),
            [(11, 4)],
            [(10, 4)],
            0.0,
        ),
        (
            json!({"bad": "down", "margin": {"relative": 0.05}}),
            [(12, 4)],
            [(10, 4)],
            4.0,
        ),
    ] {
        let mut judge = judge(guard.clone());
        judge.enter(&window(0, &past, &past)).unwrap();
        let found = judge.enter(&window(1, &baseline, &candidate)).unwrap();
        close(found.ln_e_harm, e(events, 4.0, 0.0, 4.0).ln(), 1e-12);
    }
}

#[test]
fn a_slower_tail_is_found_and_an_equal_one_is_not() {
    let fast = [(100, 900), (120, 90), (140, 10)];
    let slow = [(100, 880), (120, 80), (140, 40)];
    let until = |candidate: &[(i32, u64)]| {
        let mut judge = judge(json!({"margin": {"relative": 0.05}}));
        (0..200).find(|minute| {
            let found = judge.enter(&window(*minute, &fast, candidate)).unwrap();
            found.verdict == Verdict::Harm
        })
    };
    assert!(until(&slow).is_some_and(|minute| minute < 5));
    assert_eq!(until(&fast), None);
}

#[test]
fn how_slow_either_arm_is_comes_with_what_is_known() {
    let mut judge = judge(json!({}));
    let of = |judge: &mut Judge, minute, baseline: &[(i32, u64)], candidate: &[(i32, u64)]| {
        let mut judgement = judge.enter(&window(minute, baseline, candidate)).unwrap();
        assert_eq!(judgement.guards["latency"].values, None, "only who asks");
        judge.add_values(&mut judgement);
        serde_json::to_value(judgement.guards["latency"].values).unwrap()
    };
    assert_eq!(of(&mut judge, 0, &[(95, 90), (110, 10)], &[]), json!(null));
    // 1.05^94.5 = 100.6, 1.05^109.5 = 209; and ten buckets more are 1.63 times as much.
    assert_eq!(
        of(&mut judge, 1, &[], &[(105, 90), (120, 10)]),
        json!({"baseline": {"p50": 101.0, "p95": 209.0}, "candidate": {"p50": 164.0, "p95": 341.0}})
    );
    // The ends of what a histogram may have are numbers, too.
    let ends = of(&mut judge, 2, &[(-16_000, 1000)], &[(16_000, 10_000)]);
    assert_eq!(ends["candidate"]["p50"], json!(1e300));
    assert_eq!(ends["baseline"]["p50"], json!(0.0));
}

#[test]
fn what_another_version_judged_without_the_candidate_s_values_has_none() {
    let mut judge = judge(json!({}));
    let values = [(100, 10)];
    let known = |judge: &mut Judge, minute| {
        let mut judgement = judge.enter(&window(minute, &values, &values)).unwrap();
        judge.add_values(&mut judgement);
        judgement.guards["latency"].values
    };
    assert!(known(&mut judge, 0).is_some());
    let kept = serde_json::to_string(&judge).unwrap();
    let mut judge: Judge = serde_json::from_str(&kept).unwrap();
    assert!(known(&mut judge, 1).is_some(), "as it was kept");
    // As one keeps it that knows nothing of them.
    let mut kept = serde_json::to_value(&judge).unwrap();
    let latency = kept["watches"][0]["data"]["values"]
        .as_object_mut()
        .unwrap();
    latency.remove("candidate").unwrap();
    let mut judge: Judge = serde_json::from_value(kept).unwrap();
    assert_eq!(known(&mut judge, 2), None, "those before are not known");
    let kept = serde_json::to_string(&judge).unwrap();
    let mut judge: Judge = serde_json::from_str(&kept).unwrap();
    assert_eq!(known(&mut judge, 3), None);
}
