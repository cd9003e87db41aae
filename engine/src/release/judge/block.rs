//! Outcomes of yes or no, for shares above a tenth: each arm's own likelihood.
//!
//! Given how many units each arm had, x_c and x_s are binomial. Against the alternative
//! (θ_c*, θ_s*), which is fixed before the window, the null θ_c ≤ r₀ θ_s is represented by the one
//! of its points that is nearest to the alternative in Kullback-Leibler divergence,
//! weighted by the units: (r₀ t, t). The quotient of the two likelihoods is then an e-value, since
//! the null is convex (Turner, Ly and Grünwald 2024). Unlike the label form it does not throw away
//! what the totals say, which is much where events are frequent.
//!
//! Each window is a block of its own: the baseline may move between windows.

use super::{
    grid::{Grid, SHIFTS},
    label::Counts,
    numeric::{exp, ln, ln_1p},
};

/// As close to 0 and 1 as an alternative comes.
const EDGE: f64 = 1e-9;

/// What a window says at each tilt of the odds from where the null ends, at `ratio` times the
/// other arm's rate, of which past windows say that it is `rate`.
pub(super) fn gains(grid: &Grid<SHIFTS>, ratio: f64, rate: f64, counts: &Counts) -> [f64; SHIFTS] {
    let other = rate.clamp(EDGE, 1.0 - EDGE);
    let bound = (ratio * other).clamp(EDGE, 1.0 - EDGE);
    let odds = ln(bound) - ln_1p(-bound);
    let mut gains = [0.0; SHIFTS];
    for (gain, tilt) in gains.iter_mut().zip(&grid.tilts) {
        let alternative = (1.0 / (1.0 + exp(-(odds + tilt)))).clamp(EDGE, 1.0 - EDGE);
        // Where the bound is no share any more, the alternative may lie in the null: no evidence.
        if (alternative - ratio * other) * tilt > 0.0 {
            *gain = gain_of(alternative, other, ratio, counts);
        }
    }
    gains
}

fn gain_of(alternative: f64, other: f64, ratio: f64, counts: &Counts) -> f64 {
    let null = nearest(alternative, other, ratio, counts);
    binomial(counts.events, counts.exposed, alternative, ratio * null)
        + binomial(counts.other_events, counts.other_exposed, other, null)
}

/// ln of the quotient of two binomial likelihoods.
fn binomial(events: f64, exposed: f64, of: f64, over: f64) -> f64 {
    let with = if events > 0.0 {
        events * (ln(of) - ln(over))
    } else {
        0.0
    };
    let others = exposed - events;
    let without = if others > 0.0 {
        others * (ln_1p(-of) - ln_1p(-over))
    } else {
        0.0
    };
    with + without
}

/// The t of the null's point (r₀ t, t) that is nearest to an alternative: the smaller root of
/// r₀ n t² − (A (1 + r₀) + B r₀ + C) t + A, where A are the events that are expected under the
/// alternative, and B and C the units of either arm without one.
fn nearest(alternative: f64, other: f64, ratio: f64, counts: &Counts) -> f64 {
    let (n, m) = (counts.exposed, counts.other_exposed);
    let events = n * alternative + m * other;
    let middle = events * (1.0 + ratio) + n * (1.0 - alternative) * ratio + m * (1.0 - other);
    let under = middle * middle - 4.0 * ratio * (n + m) * events;
    let root = 2.0 * events / (middle + under.max(0.0).sqrt());
    root.clamp(f64::MIN_POSITIVE, (1.0 - 1e-12) / ratio.max(1.0))
}
