//! The same numbers, from the formulas as they are written, one after the other.

use serde_json::json;

use super::{close, enter_all, guards, judge, window};
use crate::release::{
    Policy,
    evidence::Window,
    judge::{
        Judge, block,
        grid::{HARM, SAFE},
        label,
    },
};

/// Exposures and events of baseline and candidate.
type Counts = ((f64, f64), (f64, f64));

const STREAM: [Counts; 7] = [
    ((990.0, 5.0), (10.0, 0.0)),
    ((980.0, 4.0), (20.0, 1.0)),
    ((900.0, 0.0), (100.0, 0.0)),
    ((500.0, 3.0), (0.0, 0.0)),
    ((900.0, 6.0), (100.0, 2.0)),
    ((500.0, 2.0), (500.0, 9.0)),
    ((700.0, 1.0), (300.0, 12.0)),
];

fn windows(stream: &[Counts]) -> Vec<Window> {
    let numbered = (0..).zip(stream);
    numbered
        .map(|(minute, (baseline, candidate))| window(minute, *baseline, *candidate))
        .collect()
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// L of one window at a ratio.
fn likelihood(((e_s, x_s), (e_c, x_c)): Counts, ratio: f64) -> f64 {
    let logit = ratio.ln() + e_c.ln() - e_s.ln();
    x_c * -softplus(-logit) + x_s * -softplus(logit)
}

fn shifts() -> Vec<(f64, f64)> {
    let shifts = (0..24).map(|j| 0.10 * 40_f64.powf(f64::from(j) / 23.0));
    let weights: Vec<_> = shifts.map(|shift| (shift, 1.0 / (1.0 + shift))).collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let weights = weights.into_iter();
    weights
        .map(|(shift, weight)| (shift, weight / total))
        .collect()
}

fn informative(stream: &[Counts]) -> impl Iterator<Item = (usize, Counts)> {
    let windows = stream.iter().copied().enumerate();
    windows.filter(|(_, ((e_s, _), (e_c, _)))| *e_s > 0.0 && *e_c > 0.0)
}

/// r₀ at a window, from those before it.
fn bound(past: &[Counts], relative: f64, absolute: f64) -> f64 {
    let n: f64 = past.iter().map(|((exposed, _), _)| exposed).sum();
    let x: f64 = past.iter().map(|((_, events), _)| events).sum();
    let part = (1.0 + absolute * (n + 1.0) / (x + 0.5)).min(10.0);
    part.max(1.0 + relative)
}

/// E_harm with every restart spelled out.
fn e_harm(stream: &[Counts], relative: f64, absolute: f64) -> f64 {
    let mut e = 0.0;
    for (shift, weight) in shifts() {
        let gains: Vec<f64> = informative(stream)
            .map(|(index, counts)| {
                let r0 = bound(&stream[..index], relative, absolute);
                likelihood(counts, r0 * shift.exp()) - likelihood(counts, r0)
            })
            .collect();
        let from = |start: usize| gains[start..].iter().sum::<f64>().exp();
        let restarts: f64 = (0..gains.len())
            .map(|start| ((start + 1) as f64).powf(-1.2) / 5.59158 * from(start))
            .sum();
        e += weight * (0.7 * from(0) + 0.3 * restarts);
    }
    e
}

fn e_safe(stream: &[Counts], worse: f64) -> f64 {
    let e_of = |shift: f64| {
        let gains = informative(stream).map(|(_, counts)| {
            let r1 = 1.0 + worse;
            likelihood(counts, r1 * (-shift).exp()) - likelihood(counts, r1)
        });
        gains.sum::<f64>().exp()
    };
    shifts()
        .into_iter()
        .map(|(shift, weight)| weight * e_of(shift))
        .sum()
}

fn swapped(stream: &[Counts]) -> Vec<Counts> {
    stream
        .iter()
        .map(|(baseline, candidate)| (*candidate, *baseline))
        .collect()
}

#[test]
fn harm_and_safety_are_what_the_formulas_say() {
    let margins = [
        (0.0, 0.0),
        (0.05, 0.0),
        (0.0, 0.0005),
        (0.05, 0.002),
        (0.1, 1.0),
    ];
    for (relative, absolute) in margins {
        let guard =
            json!({"margin": {"relative": relative, "absolute": absolute}, "require_safe": 0.5});
        let mut judge = judge(guard);
        for (index, window) in windows(&STREAM).iter().enumerate() {
            let found = judge.enter(window).unwrap();
            let guard = found.guards["errors"];
            let stream = &STREAM[..=index];
            close(
                guard.ln_e_harm,
                e_harm(stream, relative, absolute).ln(),
                1e-12,
            );
            close(guard.ln_e_safe.unwrap(), e_safe(stream, 0.5).ln(), 1e-12);
            assert_eq!(found.ln_e_harm, guard.ln_e_harm, "the mean of one");
        }
    }
}

#[test]
fn where_down_is_bad_the_arms_change_places() {
    let mut down = judge(json!({"bad": "down", "margin": {"relative": 0.2}, "require_safe": 0.5}));
    let found = enter_all(&mut down, &windows(&STREAM)).guards["errors"];
    close(
        found.ln_e_harm,
        e_harm(&swapped(&STREAM), 0.2, 0.0).ln(),
        1e-12,
    );
    close(
        found.ln_e_safe.unwrap(),
        e_safe(&swapped(&STREAM), 0.5).ln(),
        1e-12,
    );
    let mut up = judge(json!({}));
    let as_up = enter_all(&mut up, &windows(&STREAM)).guards["errors"];
    assert_eq!(found.ratio, as_up.ratio, "always candidate over baseline");
}

#[test]
fn the_past_of_a_margin_is_the_baselines_also_where_down_is_bad() {
    let guard = json!({"bad": "down", "margin": {"absolute": 0.002}});
    let found = enter_all(&mut judge(guard), &windows(&STREAM[..2])).guards["errors"];
    let mut e = 0.0;
    for (shift, weight) in shifts() {
        let gain = |index: usize| {
            let ((e_s, x_s), (e_c, x_c)) = STREAM[index];
            let counts = ((e_c, x_c), (e_s, x_s));
            let r0 = bound(&STREAM[..index], 0.0, 0.002);
            likelihood(counts, r0 * shift.exp()) - likelihood(counts, r0)
        };
        let (first, second) = (gain(0), gain(1));
        let omega = |k: f64| k.powf(-1.2) / 5.59158;
        let restarts = omega(1.0) * (first + second).exp() + omega(2.0) * second.exp();
        e += weight * (0.7 * (first + second).exp() + 0.3 * restarts);
    }
    close(found.ln_e_harm, e.ln(), 1e-12);
}

#[test]
fn the_confidence_sequence_is_what_the_formula_says() {
    let mut judge = judge(json!({}));
    let found = enter_all(&mut judge, &windows(&STREAM)).guards["errors"];
    let ratios: Vec<f64> = (0..65)
        .map(|g| 64_f64.powf(f64::from(g) / 32.0 - 1.0))
        .collect();
    let l = |ratio: f64| -> f64 {
        let gains = informative(&STREAM).map(|(_, counts)| likelihood(counts, ratio));
        gains.sum()
    };
    let is_in = |ratio: &&f64| {
        let sum: f64 = ratios
            .iter()
            .map(|other| (l(*other) - l(**ratio)).exp())
            .sum();
        sum / 65.0 < 100.0
    };
    let inside: Vec<_> = ratios.iter().filter(is_in).collect();
    let ratio = found.ratio.unwrap();
    close(ratio.low, *inside[0], 1e-12);
    close(ratio.high, **inside.last().unwrap(), 1e-12);
    let part = |of: fn(Counts) -> f64| {
        informative(&STREAM)
            .map(|(_, counts)| of(counts))
            .sum::<f64>()
    };
    let above = part(|((e_s, _), (e_c, x_c))| x_c * e_s / (e_c + e_s));
    let below = part(|((e_s, x_s), (e_c, _))| x_s * e_c / (e_c + e_s));
    close(ratio.estimate.unwrap(), above / below, 1e-12);
}

#[test]
fn the_sample_ratio_is_what_the_formula_says() {
    let mut judge = judge(json!({}));
    let mut first = windows(&[((1000.0, 0.0), (1100.0, 0.0))]).remove(0);
    first.candidate.first = Some(40.0);
    first.baseline.first = Some(70.0);
    first.weight = 0.4;
    let found = judge.enter(&first).unwrap().ln_e_sample_ratio;
    let logit = (0.4_f64 / 0.6).ln();
    let l = |logit: f64| 40.0 * -softplus(-logit) + 70.0 * -softplus(logit);
    let e: f64 = (0..16)
        .map(|j| 0.005 * 200_f64.powf(f64::from(j) / 15.0))
        .flat_map(|shift| [shift, -shift])
        .map(|tilt| (l(logit + tilt) - l(logit)).exp() / 32.0)
        .sum();
    close(found, e.ln(), 1e-12);
    // Meant to be all or nothing: it says nothing.
    for (minute, weight) in [(1, 0.0), (2, 1.0)] {
        let mut window = window(minute, (10.0, 0.0), (1e6, 0.0));
        window.weight = weight;
        assert_eq!(judge.enter(&window).unwrap().ln_e_sample_ratio, found);
    }
}

#[test]
fn several_guards_are_averaged_and_what_has_no_data_counts_as_one() {
    let guards = guards(json!([
        {"metric": "errors"}, {"metric": "other"}, {"metric": "silent"},
        {"metric": "alone", "action": "hold"}, {"slo": "availability"},
    ]));
    let mut judge = Judge::new(&Policy::default(), &guards);
    let mut all = windows(&STREAM);
    for window in &mut all {
        for arm in [&mut window.baseline, &mut window.candidate] {
            let errors = arm.metrics["errors"].clone();
            arm.metrics.insert("alone".to_owned(), errors);
        }
        let events = window.baseline.metrics["errors"].clone();
        window.baseline.metrics.insert("other".to_owned(), events);
    }
    let found = enter_all(&mut judge, &all);
    let errors = e_harm(&STREAM, 0.0, 0.0);
    // A metric that one arm has alone is a zero in the other.
    let other = STREAM.map(|(baseline, (exposed, _))| (baseline, (exposed, 0.0)));
    let mean = (errors + e_harm(&other, 0.0, 0.0) + 1.0) / 3.0;
    close(found.ln_e_harm, mean.ln(), 1e-12);
    assert_eq!(found.guards["silent"].ln_e_harm, 0.0);
    assert_eq!(
        found.guards["alone"].ln_e_harm,
        found.guards["errors"].ln_e_harm
    );
    assert!(!found.guards.contains_key("availability"));
}

#[test]
fn what_begins_late_is_found_by_the_restarts_alone() {
    // Health until the evidence is far below what doubles can hold, then harm, at sizes at which
    // sums have to be kept by their logarithms.
    for size in [1.0, 50.0, 3000.0] {
        let mut stream = vec![((500.0 * size, 5.0 * size), (500.0 * size, 5.0 * size)); 40];
        stream.extend(vec![
            (
                (500.0 * size, 5.0 * size),
                (500.0 * size, 20.0 * size)
            );
            3
        ]);
        let found = enter_all(&mut judge(json!({})), &windows(&stream)).guards["errors"];
        // By logarithms, as the sums overflow.
        let mut all = f64::NEG_INFINITY;
        let add = |a: f64, b: f64| a.max(b) + (-(a - b).abs()).exp().ln_1p();
        for (shift, weight) in shifts() {
            let gain = |counts| likelihood(counts, shift.exp()) - likelihood(counts, 1.0);
            let gains: Vec<f64> = stream.iter().map(|counts| gain(*counts)).collect();
            let whole: f64 = gains.iter().sum();
            all = add(all, (0.7 * weight).ln() + whole);
            for start in 0..gains.len() {
                let omega = ((start + 1) as f64).powf(-1.2) / 5.59158;
                let rest: f64 = gains[start..].iter().sum();
                all = add(all, (0.3 * weight * omega).ln() + rest);
            }
        }
        close(found.ln_e_harm, all, 1e-10);
    }
}

/// The null's point (r t, t) with the least divergence from what is expected: where its slope,
/// which only rises, is nothing.
fn nearest(((m, q), (n, p)): Counts, ratio: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0 / ratio.max(1.0));
    for _ in 0..2000 {
        let t = (low + high) / 2.0;
        let slope = n * ((1.0 - p) * ratio / (1.0 - ratio * t) - p / t)
            + m * ((1.0 - q) / (1.0 - t) - q / t);
        *(if slope > 0.0 { &mut high } else { &mut low }) = t;
    }
    (low + high) / 2.0
}

/// ln of the quotient of the likelihoods of yes and no, of both arms, with the odds of the null's
/// end tilted, where the other arm's rate is known to be `rate`.
fn block_gain(((e_s, x_s), (e_c, x_c)): Counts, ratio: f64, rate: f64, tilt: f64) -> f64 {
    let end = ratio * rate;
    let odds = end / (1.0 - end) * tilt.exp();
    let worse = odds / (1.0 + odds);
    let t = nearest(((e_s, rate), (e_c, worse)), ratio);
    let one = |x: f64, e: f64, of: f64, over: f64| {
        x * (of / over).ln() + (e - x) * ((1.0 - of) / (1.0 - over)).ln()
    };
    one(x_c, e_c, worse, ratio * t) + one(x_s, e_s, rate, t)
}

#[test]
fn the_block_form_is_what_the_formula_says() {
    // A window without an event says something as well: nobody failed of so many.
    const FREQUENT: [Counts; 4] = [
        ((200.0, 60.0), (100.0, 40.0)),
        ((180.0, 90.0), (20.0, 9.0)),
        ((6.0, 0.0), (3.0, 0.0)),
        ((100.0, 20.0), (300.0, 80.0)),
    ];
    for (bad, relative) in [("up", 0.0), ("up", 0.1), ("down", 0.05)] {
        let arms = if bad == "up" {
            FREQUENT.to_vec()
        } else {
            swapped(&FREQUENT)
        };
        // Of the past, drawn a little towards a half.
        let rate = |index: usize| {
            let past = arms[..index].iter().map(|(other, _)| *other);
            let (e, x) = past.fold((1.0, 0.5), |sum, (e, x)| (sum.0 + e, sum.1 + x));
            x / e
        };
        let gains = |ratio: f64, tilt: f64| -> Vec<f64> {
            let indices = 0..arms.len();
            indices
                .map(|index| block_gain(arms[index], ratio, rate(index), tilt))
                .collect()
        };
        let (mut harm, mut safe) = (0.0, 0.0);
        for (shift, weight) in shifts() {
            let found = gains(1.0 + relative, shift);
            let from = |start: usize| found[start..].iter().sum::<f64>().exp();
            let restarts: f64 = (0..found.len())
                .map(|start| ((start + 1) as f64).powf(-1.2) / 5.59158 * from(start))
                .sum();
            harm += weight * (0.7 * from(0) + 0.3 * restarts);
            safe += weight * gains(1.4, -shift).iter().sum::<f64>().exp();
        }
        let guard = json!({"test": "block", "bad": bad, "margin": {"relative": relative}, "require_safe": 0.4});
        let found = enter_all(&mut judge(guard), &windows(&FREQUENT)).guards["errors"];
        close(found.ln_e_harm, harm.ln(), 1e-10);
        close(found.ln_e_safe.unwrap(), safe.ln(), 1e-10);
    }
}

#[test]
fn the_block_form_knows_that_nothing_is_above_one() {
    let counts = label::Counts {
        exposed: 1e6,
        events: 1e6,
        other_exposed: 1e6,
        other_events: 1e6,
    };
    for ratio in [1.0, 1.5] {
        assert_eq!(block::gains(&HARM, ratio, 1.0, &counts), [0.0; 24]);
    }
    // Three times a half is no share: by the null at most a third of the others fail.
    for gain in block::gains(&SAFE, 3.0, 0.5, &counts) {
        close(gain, 1e6 * 1.5_f64.ln(), 1e-6);
    }
}

/// What is kept of a release on one machine is gone on with on another.
#[test]
fn evidence_is_the_same_to_the_last_bit_everywhere() {
    let mut judge = judge(json!({"require_safe": 0.5}));
    let last = enter_all(&mut judge, &windows(&STREAM));
    let guard = &last.guards["errors"];
    let bits = [
        last.ln_e_harm,
        last.ln_e_sample_ratio,
        guard.ln_e_safe.unwrap(),
    ]
    .map(f64::to_bits);
    let expected = [
        4_622_220_527_697_247_411,
        4_654_029_486_509_611_642,
        13_836_366_624_670_714_656,
    ];
    assert_eq!(bits, expected);
}
