//! Harm that begins late: a test that may begin anew at each window.
//!
//! Evidence against a candidate that has been healthy for long is far below 1, and would have to
//! climb all the way back. So beside it a mixture of tests runs, of which the *k*-th begins at
//! the *k*-th window, with the weight *ω_k = k^−1.2 / ζ(1.2)*. All of them together are one
//! recursion for each tilt: *S ← (S + ω_k) e^ℓ*. What has not begun yet has a value of 1 and is
//! left out, which makes the test more cautious by less than 0.003.

use serde::{Deserialize, Serialize};

use super::{
    grid::{HARM, SHIFTS},
    lane::Lane,
    numeric::{Sum, exp, ln, log_add, maximum},
};

/// ζ(1.2), the sum of k^−1.2.
const ZETA: f64 = 5.59158;
/// How fast the weights of later starts fall.
const DECAY: f64 = -1.2;

/// Between these, sums are kept as they are: what is lost below the least double then is nothing
/// beside the largest, and nothing overflows. Outside them their logarithms are.
const PLAIN: std::ops::RangeInclusive<f64> = 1e-190..=1e100;

/// S for each tilt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Restart {
    sums: Lane<SHIFTS>,
    /// Whether the sums are logarithms.
    logarithmic: bool,
}

/// ω_k.
pub(super) fn start_weight(window: u64) -> f64 {
    exp(DECAY * ln(window as f64)) / ZETA
}

impl Restart {
    pub(super) const NEW: Self = Self {
        sums: Lane::ZERO,
        logarithmic: false,
    };

    /// A window with what it says at each tilt, and the weight of what begins with it.
    #[inline]
    pub(super) fn enter(&mut self, gains: &[f64; SHIFTS], weight: f64) {
        if !self.logarithmic {
            let mut next = [0.0; SHIFTS];
            for ((next, sum), gain) in next.iter_mut().zip(&self.sums.0).zip(gains) {
                *next = (sum + weight) * exp(*gain);
            }
            // `exp` stops at e^709: a gain beyond it has to show, whatever it is multiplied with.
            if PLAIN.contains(&maximum(&next)) && maximum(gains) < 700.0 {
                self.sums.0 = next;
                return;
            }
        }
        self.enter_by_logarithms(gains, ln(weight));
    }

    /// A window without events, which says nothing at any tilt.
    #[inline]
    pub(super) fn enter_silent(&mut self, weight: f64) {
        if self.logarithmic {
            self.enter_by_logarithms(&[0.0; SHIFTS], ln(weight));
        } else {
            self.sums.0 = self.sums.0.map(|sum| sum + weight);
        }
    }

    #[cold]
    fn enter_by_logarithms(&mut self, gains: &[f64; SHIFTS], weight: f64) {
        if !self.logarithmic {
            // A sum that is too small for a double is nothing beside the weight that comes now.
            self.sums.0 = self.sums.0.map(|sum| ln(sum.max(f64::MIN_POSITIVE)));
        }
        for (sum, gain) in self.sums.0.iter_mut().zip(gains) {
            *sum = log_add(*sum, weight) + gain;
        }
        let high = maximum(&self.sums.0);
        self.logarithmic = !(-300.0..=200.0).contains(&high);
        if !self.logarithmic {
            self.sums.0 = self.sums.0.map(exp);
        }
    }

    /// Σ_j w_j S_j; 0 before the first window.
    #[inline]
    pub(super) fn sum(&self) -> Sum {
        if self.logarithmic {
            return Sum::of(&self.sums.0, &HARM.weights);
        }
        let mut sum = 0.0;
        for (part, weight) in self.sums.0.iter().zip(&HARM.weights) {
            sum += part * weight;
        }
        Sum::plain(sum)
    }
}
