//! The two e-processes of a guard: that the candidate is worse, and that it is not much worse.
//!
//! Each is a mixture over tilts of the likelihood (see [`super::label`]) that starts at 1 and that
//! no stream of windows under its null drives up on average. So by Ville's inequality the
//! probability that it *ever* reaches 1/α is at most α, however often one looks.

use std::array;

use serde::{Deserialize, Serialize};

use super::{
    grid::{HARM, SAFE, SHIFTS},
    lane::Lane,
    numeric::{Sum, log_add, log_sum},
    restart::Restart,
};

/// ln 0.7, of the part of the evidence that begins with the first window.
const LN_SINGLE: f64 = -0.356_674_943_938_732_45;
/// ln 0.3, of the rest, which begins anew at each.
const LN_REST: f64 = -1.203_972_804_325_936_1;

/// Evidence that the rates' ratio is above a margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Harm {
    single: Lane<SHIFTS>,
    restart: Restart,
    ln_single: f64,
    ln_e: f64,
}

impl Harm {
    /// Without data: an e-value of 1.
    pub(super) const NEW: Self = Self {
        single: Lane::ZERO,
        restart: Restart::NEW,
        ln_single: 0.0,
        ln_e: 0.0,
    };

    /// A window: what it says at each tilt, or nothing where it has no events.
    #[inline]
    pub(super) fn enter(&mut self, gains: Option<[f64; SHIFTS]>, start_weight: f64) {
        Self::enter_all(array::from_mut(self), &[gains], start_weight);
    }

    /// The same for several tests of one window.
    pub(super) fn enter_all<const N: usize>(
        tests: &mut [Self; N],
        gains: &[Option<[f64; SHIFTS]>; N],
        start_weight: f64,
    ) {
        let mut singles = [Sum::known(0.0); N];
        for ((test, single), gains) in tests.iter_mut().zip(&mut singles).zip(gains) {
            *single = match gains {
                Some(gains) => {
                    test.restart.enter(gains, start_weight);
                    test.add(gains)
                }
                None => {
                    test.restart.enter_silent(start_weight);
                    Sum::known(test.ln_single)
                }
            };
        }
        Self::sum_up(tests, singles);
    }

    /// A window with events of units that came in windows before it. What begins anew would see
    /// the events without those units, so that it takes no part.
    pub(super) fn enter_whole(&mut self, gains: &[f64; SHIFTS]) {
        let single = self.add(gains);
        Self::sum_up(array::from_mut(self), [single]);
    }

    /// The part that begins with the first window.
    #[inline]
    fn add(&mut self, gains: &[f64; SHIFTS]) -> Sum {
        self.single.add(gains);
        Sum::of(&self.single.0, &HARM.weights)
    }

    /// First all sums and then all logarithms: each step of one waits for the one before, and
    /// those of several tests go on side by side meanwhile.
    #[inline(always)]
    fn sum_up<const N: usize>(tests: &mut [Self; N], singles: [Sum; N]) {
        let restarts = tests.each_ref().map(|test| test.restart.sum());
        let singles = singles.map(Sum::ln);
        let restarts = restarts.map(Sum::ln);
        for ((test, single), restart) in tests.iter_mut().zip(singles).zip(restarts) {
            test.ln_single = single;
            test.ln_e = log_add(LN_SINGLE + single, LN_REST + restart);
        }
    }

    /// ln E.
    pub(super) fn ln_e(&self) -> f64 {
        self.ln_e
    }
}

/// Evidence that the rates' ratio is below what a guard requires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Safe {
    single: Lane<SHIFTS>,
    ln_e: f64,
}

impl Safe {
    /// Without data: an e-value of 1.
    pub(super) const NEW: Self = Self {
        single: Lane::ZERO,
        ln_e: 0.0,
    };

    /// A window with events: what it says at each tilt.
    #[inline]
    pub(super) fn enter(&mut self, gains: &[f64; SHIFTS]) {
        self.single.add(gains);
        self.ln_e = log_sum(&self.single.0, &SAFE.weights);
    }

    /// ln E.
    pub(super) fn ln_e(&self) -> f64 {
        self.ln_e
    }
}
