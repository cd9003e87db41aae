//! How many times the baseline's rate the candidate has, and between which bounds.
//!
//! A ratio is in the confidence sequence while the mixture of all ratios' likelihoods is not
//! 1/α times its own: Σ_g e^(L(g) − L(r)) / 65 < 1/α. The true ratio is in at *every* window with
//! probability 1 − α (Howard, Ramdas, McAuliffe and Sekhon 2021). The likelihood has one summit,
//! so what is in has no gaps, and it is never empty.

use serde::{Deserialize, Serialize};

use super::{
    grid::{RATIO, RATIO_VALUES, RATIOS},
    label::{Counts, gains},
    lane::Lane,
    numeric::{ln, log_sum},
};

/// The candidate's rate over the baseline's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The estimate; nothing where the baseline had no events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// The smallest ratio that is not ruled out, at least 1/64.
    pub low: f64,
    /// The largest ratio that is not ruled out, at most 64.
    pub high: f64,
}

impl Ratio {
    /// The bounds for people, who take an estimate beside them for an error: as far apart as
    /// it takes for the estimate to lie between. The bounds lie on a grid and the estimate does
    /// not, so that it can be a step beside them. A wider interval promises no more than it holds.
    pub fn around_estimate(&self) -> (f64, f64) {
        let estimate = self.estimate.unwrap_or(self.low);
        (self.low.min(estimate), self.high.max(estimate))
    }
}

/// The likelihood of each ratio, and the sums that the estimate is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ratios {
    likelihoods: Lane<RATIOS>,
    /// Σ x_c e_s / (e_c + e_s).
    candidate: f64,
    /// Σ x_s e_c / (e_c + e_s).
    baseline: f64,
}

impl Ratios {
    pub(super) const NEW: Self = Self {
        likelihoods: Lane::ZERO,
        candidate: 0.0,
        baseline: 0.0,
    };

    /// A window with events; the arms are never in each other's place here.
    #[inline]
    pub(super) fn enter(&mut self, counts: &Counts) {
        let share = counts.share(1.0);
        let gains = gains(&RATIO, share, counts.events, counts.total());
        self.likelihoods.add(&gains);
        self.candidate += counts.events * (1.0 - share);
        self.baseline += counts.other_events * share;
    }

    /// What is known by now.
    pub(super) fn ratio(&self, alpha: f64) -> Ratio {
        let likelihoods = &self.likelihoods.0;
        let least = log_sum(likelihoods, &RATIO.weights) + ln(alpha);
        let is_in = |likelihood: &f64| *likelihood > least;
        let first = likelihoods.iter().position(is_in).unwrap_or(0);
        let last = likelihoods.iter().rposition(is_in).unwrap_or(RATIOS - 1);
        Ratio {
            estimate: (self.baseline > 0.0).then(|| self.candidate / self.baseline),
            low: RATIO_VALUES[first],
            high: RATIO_VALUES[last],
        }
    }
}
