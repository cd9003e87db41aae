//! Whether as many units came to either arm as were meant to.
//!
//! Where not, something loses units of one arm before they are counted (a crash at the start, a
//! redirect, a cache), and then no comparison of what is left means anything. The split is tested
//! against tilts to either side: E = Σ_j e^(L_j) / 32, with
//! ℓ_j = f_c δ_j − (f_c + f_s) ln(1 + w (e^{δ_j} − 1)), where *f* are first exposures and *w* the
//! stage's weight (Lindon and Malek 2022).

use serde::{Deserialize, Serialize};

use super::{
    grid::{SPLIT, SPLITS},
    lane::Lane,
    numeric::{ln_1p, log_sum},
};

/// From here on a release is held: one in a thousand healthy ones ever is.
const LN_LIMIT: f64 = 6.907_755_278_982_137;

/// The evidence that the split is another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleRatio {
    likelihoods: Lane<SPLITS>,
    ln_e: f64,
    #[serde(skip)]
    last: Last,
}

/// ln(1 + w (e^δ − 1)) at the weight that came last: a stage has one weight.
#[derive(Clone, Debug)]
struct Last {
    weight: f64,
    logarithms: [f64; SPLITS],
}

impl Last {
    const NEW: Self = Self {
        weight: 0.0,
        logarithms: [0.0; SPLITS],
    };

    fn at(&mut self, weight: f64) -> &[f64; SPLITS] {
        // Where nothing came yet it is right as well: ln 1 at a weight of nothing.
        if self.weight.to_bits() != weight.to_bits() {
            self.weight = weight;
            for (logarithm, growth) in self.logarithms.iter_mut().zip(&SPLIT.growth) {
                *logarithm = ln_1p(weight * growth);
            }
        }
        &self.logarithms
    }
}

impl Default for Last {
    fn default() -> Self {
        Self::NEW
    }
}

impl PartialEq for Last {
    /// What is kept to save time is no part of what is known.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl SampleRatio {
    pub(super) const NEW: Self = Self {
        likelihoods: Lane::ZERO,
        ln_e: 0.0,
        last: Last::NEW,
    };

    /// First exposures of candidate and baseline, at a weight; where one arm was meant to have
    /// all or nothing they say nothing.
    pub(super) fn enter(&mut self, weight: f64, candidate: f64, baseline: f64) {
        let total = candidate + baseline;
        if weight > 0.0 && weight < 1.0 && total > 0.0 {
            let points = SPLIT.tilts.iter().zip(self.last.at(weight));
            for (sum, (tilt, logarithm)) in self.likelihoods.0.iter_mut().zip(points) {
                *sum += candidate * tilt - total * logarithm;
            }
            self.ln_e = log_sum(&self.likelihoods.0, &SPLIT.weights);
        }
    }

    pub(super) fn ln_e(&self) -> f64 {
        self.ln_e
    }

    /// Whether the arms are too far from the split to be compared.
    pub(super) fn is_mismatch(&self) -> bool {
        self.ln_e >= LN_LIMIT
    }
}
