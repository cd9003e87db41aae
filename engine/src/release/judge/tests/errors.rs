//! The guarantee itself, by adding up all outcomes: under its null no window raises an e-value on
//! average.

use serde_json::json;

use super::close;
use crate::{
    json::read,
    release::{
        MetricGuard,
        judge::{
            block,
            grid::{HARM, SAFE},
            label::{Counts, gains},
            process::Harm,
        },
    },
};

fn binomial(n: u32, x: u32, p: f64) -> f64 {
    let choose = (0..x).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
    choose * p.powi(x as i32) * (1.0 - p).powi((n - x) as i32)
}

/// E[e^ℓ] at each tilt, over all outcomes of yes or no.
fn expected(
    (n, p): (u32, f64),
    (m, q): (u32, f64),
    gains: impl Fn(&Counts) -> [f64; 24],
) -> [f64; 24] {
    let mut expected = [0.0; 24];
    for x in 0..=n {
        for y in 0..=m {
            let counts = Counts {
                exposed: n.into(),
                events: x.into(),
                other_exposed: m.into(),
                other_events: y.into(),
            };
            let probability = binomial(n, x, p) * binomial(m, y, q);
            for (sum, gain) in expected.iter_mut().zip(gains(&counts)) {
                *sum += probability * gain.exp();
            }
        }
    }
    expected
}

const SIZES: [(u32, u32); 4] = [(3, 20), (12, 12), (20, 5), (1, 1)];
const RATES: [f64; 6] = [0.0, 0.01, 0.1, 0.3, 0.6, 0.9];

#[test]
fn the_label_form_gains_nothing_from_health() {
    for (n, m) in SIZES {
        for q in RATES {
            for (r0, part) in [(1.0, 1.0), (1.0, 0.5), (1.3, 1.0), (1.3, 0.8)] {
                let p = r0 * part * q;
                if p > 1.0 {
                    continue;
                }
                let harm =
                    |counts: &Counts| gains(&HARM, counts.share(r0), counts.events, counts.total());
                for (index, e) in expected((n, p), (m, q), harm).into_iter().enumerate() {
                    assert!(e <= 1.0 + 1e-12, "{n} {m} {p} {q} {index}: {e}");
                }
                // Safety: the null is a ratio of at least r₁.
                let p = r0 / part * q;
                if p > 0.05 {
                    // Conservative for rare outcomes; which those are is in the documentation.
                    continue;
                }
                let safe =
                    |counts: &Counts| gains(&SAFE, counts.share(r0), counts.events, counts.total());
                for e in expected((n, p), (m, q), safe) {
                    assert!(e <= 1.0 + 1e-12, "{n} {m} {p} {q}: {e}");
                }
            }
        }
    }
}

#[test]
fn the_block_form_gains_nothing_from_health_either() {
    for (n, m) in SIZES {
        for q in RATES {
            for past in [0.05, 0.3, 0.8] {
                for (bound, part) in [(1.0, 1.0), (1.0, 0.5), (1.3, 1.0), (1.5, 0.8)] {
                    let p = bound * part * q;
                    let harm = |counts: &Counts| block::gains(&HARM, bound, past, counts);
                    if p <= 1.0 {
                        for e in expected((n, p), (m, q), harm) {
                            assert!(e <= 1.0 + 1e-9, "{n} {m} {p} {q} {past} {bound}: {e}");
                        }
                    }
                    let p = bound / part * q;
                    let safe = |counts: &Counts| block::gains(&SAFE, bound, past, counts);
                    if p <= 1.0 {
                        for e in expected((n, p), (m, q), safe) {
                            assert!(e <= 1.0 + 1e-9, "{n} {m} {p} {q} {past} {bound}: {e}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn frequent_outcomes_are_found_sooner_by_the_block_form() {
    let counts = Counts {
        exposed: 100.0,
        events: 60.0,
        other_exposed: 100.0,
        other_events: 40.0,
    };
    let e = |gains: [f64; 24]| {
        let mut harm = Harm::NEW;
        harm.enter(Some(gains), 0.1);
        harm.ln_e()
    };
    let label = e(gains(&HARM, 0.5, counts.events, counts.total()));
    let block = e(block::gains(&HARM, 1.0, 0.4, &counts));
    assert!(block > label + 1.0, "{block} and {label}");
}

#[test]
fn a_guard_may_ask_for_the_block_form() {
    let guard: MetricGuard = read(json!({"metric": "errors", "test": "block"})).unwrap();
    let windows: Vec<_> = (0..30)
        .map(|minute| super::window(minute, (200.0, 80.0), (200.0, 120.0)))
        .collect();
    let block = super::enter_all(
        &mut super::judge(serde_json::to_value(&guard).unwrap()),
        &windows,
    );
    let label = super::enter_all(&mut super::judge(json!({})), &windows);
    assert!(
        block.ln_e_harm > 1.5 * label.ln_e_harm,
        "{block:?} {label:?}"
    );
    close(block.excess_events, label.excess_events, 0.0);
}
