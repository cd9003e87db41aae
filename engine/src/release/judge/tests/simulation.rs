//! A small version of `cargo xtask bench canary`, on the same made-up traffic. Its bounds are wide
//! enough that luck does not break them, and narrow enough that a wrong formula does.

use serde_json::json;
use traffic::{Base, Minute, RAMP, Random, ramp, stage_of};

use super::judge;
use crate::release::judge::{Judgement, planner::information};

#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared with the benchmark, which uses the rest"
)]
#[path = "../../../../../simulation/src/traffic.rs"]
pub(super) mod traffic;

const RATE: f64 = 0.005;

fn any_of_ramp(
    name: &str,
    release: u64,
    (base, ratio): (Base, f64),
    guard: serde_json::Value,
    mut look: impl FnMut(&Judgement) -> bool,
) -> bool {
    let mut judge = judge(guard);
    let mut random = Random::new(name, release);
    ramp(&mut random, (base, 6000.0, ratio))
        .enumerate()
        .any(|(index, minute)| look(&judge.enter(&minute.window(index)).unwrap()))
}

#[test]
fn healthy_releases_are_left_alone_and_harmful_ones_are_not_called_safe() {
    let is_harm = |judgement: &Judgement| judgement.ln_e_harm >= 20_f64.ln();
    for (name, base) in [
        ("steady", Base::Steady(RATE)),
        ("incident", Base::Incident(RATE)),
        ("moving", Base::Moving(0.002, 0.01)),
    ] {
        let count = (0..60)
            .filter(|release| any_of_ramp(name, *release, (base, 1.0), json!({}), is_harm))
            .count();
        // 5 % at most; that 60 have 10 of them has a chance below one in a thousand.
        assert!(count < 10, "{name}: {count}");
    }
    let is_safe = |judgement: &Judgement| judgement.guards["errors"].safe;
    let count = (0..60)
        .filter(|release| {
            any_of_ramp(
                "safe",
                *release,
                (Base::Steady(RATE), 1.5),
                json!({"require_safe": 0.5}),
                is_safe,
            )
        })
        .count();
    assert!(count < 10, "{count}");
    let count = (0..20)
        .filter(|release| {
            any_of_ramp(
                "safe",
                *release,
                (Base::Steady(RATE), 1.0),
                json!({"require_safe": 0.5}),
                is_safe,
            )
        })
        .count();
    assert!(count > 15, "health is found to be safe: {count}");
}

#[test]
fn harm_is_found_about_as_soon_as_it_can_be() {
    let minutes: Vec<f64> = (0..40)
        .map(|release| {
            let mut judge = judge(json!({}));
            let mut random = Random::new("found", release);
            let found = (0..1000).find(|index| {
                let minute = Minute::new(&mut random, (0, 0.5), 6000.0, (RATE, 1.5 * RATE));
                judge.enter(&minute.window(*index)).unwrap().ln_e_harm >= 100_f64.ln()
            });
            (found.unwrap() + 1) as f64
        })
        .collect();
    let mean = minutes.iter().sum::<f64>() / 40.0;
    let spent = mean * 6000.0 * RATE * information(1.5, 0.5) / 100_f64.ln();
    assert!((1.0..1.8).contains(&spent), "{spent}");
}

#[test]
fn the_made_up_traffic_is_what_it_says() {
    assert_eq!(stage_of(&RAMP, 29), Some((0, 0.01)));
    assert_eq!(stage_of(&RAMP, 30), Some((1, 0.05)));
    assert_eq!(stage_of(&RAMP, 150), None);
    let mut random = Random::new("binomial", 0);
    for (of, rate) in [(1000.0, 0.005), (100_000.0, 0.3), (50.0, 0.9), (10.0, 0.0)] {
        let samples: Vec<f64> = (0..4000).map(|_| random.binomial(of, rate)).collect();
        let mean = samples.iter().sum::<f64>() / 4000.0;
        let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4000.0;
        let expected = of * rate * (1.0 - rate);
        assert!(
            (mean - of * rate).abs() <= 5.0 * (expected / 4000.0).sqrt(),
            "{of} {rate}: {mean}"
        );
        assert!(
            (variance - expected).abs() <= 0.15 * expected,
            "{of} {rate}: {variance}"
        );
    }
}
