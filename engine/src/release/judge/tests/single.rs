//! The parts by themselves.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::close;
use crate::release::{
    evidence::At,
    judge::{
        burn::{Burn, BurnWindows, Totals, burn, burn_rate},
        grid::{HARM, RATIO, SPLIT, ratio},
        numeric::{exp, exp_m1, ln, ln_1p, log_add, log_sum, maximum},
        planner::{events_until_found, information, minutes_until_found},
        process::Harm,
        restart::start_weight,
        seen::Seen,
    },
};

/// In units of the last place.
fn apart(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / (expected.abs() * f64::EPSILON)
}

proptest! {
    #[test]
    fn exponentials_are_exact(x in -700.0..700.0_f64) {
        prop_assert!(apart(exp(x), x.exp()) < 2.5, "{x}: {} and {}", exp(x), x.exp());
    }

    #[test]
    fn growths_are_exact(x in -5.0..5.0_f64, power in 0..60_i32) {
        for x in [x, x * 2_f64.powi(-power)] {
            prop_assert!(apart(exp_m1(x), x.exp_m1()) < 4.0 || x == 0.0, "{x}: {} and {}", exp_m1(x), x.exp_m1());
        }
    }

    #[test]
    fn logarithms_are_exact(part in -0.999..1.0_f64, power in -300..300_i32) {
        let large = (part + 1.0) * 2_f64.powi(power);
        prop_assert!(apart(ln(large), large.ln()) < 2.5 || (large - 1.0).abs() < 1e-3);
        for x in [part, part * 2_f64.powi(-power.abs()), large] {
            prop_assert!(apart(ln_1p(x), x.ln_1p()) < 4.0 || x == 0.0, "{x}: {} and {}", ln_1p(x), x.ln_1p());
        }
    }

    /// Also where one of them is kept by logarithms, and where some have nothing to say.
    #[test]
    fn tests_side_by_side_are_as_each_alone(
        windows in prop::collection::vec(prop::array::uniform5(prop::option::of((-900.0..900.0_f64, 0.0..2.0_f64))), 1..12),
    ) {
        let mut together = [Harm::NEW; 5];
        let mut alone = [Harm::NEW; 5];
        for (window, number) in windows.iter().zip(1..) {
            let gains = window.map(|said| {
                said.map(|(all, part)| std::array::from_fn(|tilt| if part < 1.5 { part * tilt as f64 } else { all }))
            });
            let weight = start_weight(number);
            Harm::enter_all(&mut together, &gains, weight);
            for (harm, gains) in alone.iter_mut().zip(gains) {
                harm.enter(gains, weight);
            }
            let bits = |tests: &[Harm; 5]| tests.each_ref().map(|harm| harm.ln_e().to_bits());
            prop_assert_eq!(bits(&together), bits(&alone));
            prop_assert_eq!(&together, &alone);
        }
    }

    #[test]
    fn what_was_seen_is_known_exactly(times in prop::collection::vec((0..2_usize, 0..60_i64), 0..120)) {
        let mut seen = Seen::default();
        let mut oracle = BTreeSet::new();
        for (stage, at) in times {
            prop_assert_eq!(seen.insert(stage, At::from_millis(at)), oracle.insert((stage, at)));
        }
        let text = serde_json::to_string(&seen).unwrap();
        let read: Seen = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read, seen);
    }
}

fn largest_at_every_place<const N: usize>() {
    for beside in [f64::NAN, f64::NEG_INFINITY, -3.0] {
        for place in 0..N {
            let mut values = [beside; N];
            values[place] = -2.0;
            assert_eq!(maximum(&values), -2.0, "{place} of {N}, beside {beside}");
        }
    }
    assert_eq!(maximum(&[f64::NAN; N]), f64::NEG_INFINITY);
}

#[test]
fn the_largest_is_found_at_every_place() {
    largest_at_every_place::<1>();
    largest_at_every_place::<2>();
    largest_at_every_place::<3>();
    largest_at_every_place::<5>();
    largest_at_every_place::<24>();
    largest_at_every_place::<65>();
}

#[test]
fn numbers_at_the_bounds() {
    assert_eq!(
        (exp(0.0), exp(-709.0), exp(f64::NEG_INFINITY)),
        (1.0, 0.0, 0.0)
    );
    assert_eq!(
        (ln(1.0), ln(0.0), ln_1p(0.0)),
        (0.0, f64::NEG_INFINITY, 0.0)
    );
    assert_eq!(ln_1p(1e-300), 1e-300);
    assert!(exp(5000.0).is_finite());
    close(log_add(-1e6, -1e6), -1e6 + 2_f64.ln(), 1e-15);
    assert_eq!(log_add(3.0, f64::NEG_INFINITY), 3.0);
    assert_eq!(
        log_add(f64::NEG_INFINITY, f64::NEG_INFINITY),
        f64::NEG_INFINITY
    );
    close(
        log_sum(&[1e9, -1e9], &[0.5, 0.5]),
        1e9 + 0.5_f64.ln(),
        1e-15,
    );
}

#[test]
fn grids_are_what_they_are_meant_to_be() {
    close(HARM.tilts[0], 0.10, 1e-15);
    close(HARM.tilts[23], 4.0, 1e-15);
    close(HARM.weights.iter().sum(), 1.0, 1e-15);
    close(HARM.weights[0] * 1.10, HARM.weights[23] * 5.0, 1e-15);
    close(SPLIT.tilts[30], 1.0, 1e-15);
    close(SPLIT.tilts[1], -0.005, 1e-15);
    assert_eq!((ratio(0), ratio(32), ratio(64)), (1.0 / 64.0, 1.0, 64.0));
    close(RATIO.growth[33], 64_f64.powf(1.0 / 32.0) - 1.0, 1e-14);
}

#[test]
fn restarts_weigh_less_the_later_they_are() {
    close(start_weight(1), 1.0 / 5.59158, 1e-15);
    close(start_weight(1000), 1000_f64.powf(-1.2) / 5.59158, 1e-13);
    let all: f64 = (1..1_000_000).map(start_weight).sum();
    assert!(all > 0.9 && all < 1.0, "{all}");
}

#[test]
fn windows_at_even_distances_take_no_room() {
    let mut seen = Seen::default();
    for stage in 0..3 {
        for window in 0..10_000 {
            // With one gap each.
            let at = At::from_millis(window * 10_000 + if window > 5000 { 3000 } else { 0 });
            assert!(seen.insert(stage, at));
            assert!(!seen.insert(stage, at));
        }
    }
    assert!(serde_json::to_string(&seen).unwrap().len() < 400);
    let far = [i64::MIN, i64::MAX, 0, -1].map(At::from_nanos);
    let mut seen = Seen::default();
    for at in far {
        assert!(seen.insert(0, at));
    }
    for at in far {
        assert!(!seen.insert(0, at));
    }
}

#[test]
fn a_budget_burns_in_two_windows_at_once() {
    let totals = |failures| Totals {
        requests: 1000.0,
        failures,
    };
    close(burn_rate(0.999, totals(2.0)).unwrap(), 2.0, 1e-12);
    assert_eq!(burn_rate(0.999, Totals::default()), None);
    assert_eq!(burn_rate(1.0, totals(2.0)), None);
    let of = |five, half, hour, six| {
        let windows = BurnWindows {
            five_minutes: totals(five),
            half_hour: totals(half),
            hour: totals(hour),
            six_hours: totals(six),
        };
        burn(0.999, &windows)
    };
    assert_eq!(of(15.0, 0.0, 15.0, 0.0), Some(Burn::Fast));
    assert_eq!(of(14.0, 0.0, 15.0, 0.0), None, "it is over");
    assert_eq!(of(15.0, 0.0, 14.0, 0.0), None, "it is too short to matter");
    assert_eq!(of(0.0, 7.0, 0.0, 7.0), Some(Burn::Slow));
    assert_eq!(of(15.0, 5.0, 14.0, 7.0), None);
    assert_eq!(burn(0.999, &BurnWindows::default()), None);
}

#[test]
fn the_planner_knows_how_long_it_takes() {
    // By hand: 0.02 ln 2 − 1.01 ln 1.01.
    close(
        information(2.0, 0.01),
        0.02 * 2_f64.ln() - 1.01 * 1.01_f64.ln(),
        1e-15,
    );
    close(
        events_until_found(0.01, 2.0, 0.01),
        1.35 * 100_f64.ln() * 0.01 / information(2.0, 0.01),
        1e-12,
    );
    let minutes = minutes_until_found(0.01, 2.0, 0.01, (6000.0, 0.005));
    assert!((54.0..55.0).contains(&minutes), "{minutes}");
    assert!(minutes_until_found(0.01, 1.0, 0.01, (6000.0, 0.005)).is_infinite());
    assert!(minutes_until_found(0.01, 2.0, 0.01, (0.0, 0.005)).is_infinite());
    assert!(
        information(0.0, 0.5) > 0.0,
        "nothing left of a rate says much too"
    );
}
