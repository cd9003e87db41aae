//! Which arm an event is of: the likelihood that all tests of counts stand on.
//!
//! In a window the arms have exposures *e_c* and *e_s*, and *n = x_c + x_s* events. Given *n*,
//! and a ratio *r* of the rates, each event is the candidate's with probability
//! *θ = r e_c / (r e_c + e_s)*, whatever the rates are: so an incident that both arms share, the
//! time of day and a changing split drop out. Against a ratio that is *e^δ* times as large the
//! logarithm of the likelihoods' quotient is
//!
//! *ℓ = x_c δ − n ln(1 + θ (e^δ − 1))*
//!
//! which loses no digits, however many events and however small the share. For Poisson counts
//! that is exact. For outcomes of yes or no it is conservative: under the null
//! E[e^ℓ] ≤ exp(p_s D (θ₁ − θ₀)(r/r₀ − 1)) ≤ 1, with D = r₀ e_c + e_s.
//! (Howard, Ramdas, McAuliffe and Sekhon 2021; Lindon and Malek 2022.)

use super::{grid::Grid, numeric::ln_1p};

/// Events and exposures of both arms in a window, as the test sees them: where down is bad,
/// the arms have changed places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    /// Exposures of the arm that might have more events.
    pub(super) exposed: f64,
    /// Its events.
    pub(super) events: f64,
    /// Exposures of the arm that it is compared with.
    pub(super) other_exposed: f64,
    /// The events of that one.
    pub(super) other_events: f64,
}

impl Counts {
    /// Whether there is something to compare.
    pub(super) fn is_informative(&self) -> bool {
        self.exposed > 0.0 && self.other_exposed > 0.0
    }

    /// The same with the arms in each other's place.
    pub(super) fn swapped(self) -> Self {
        Self {
            exposed: self.other_exposed,
            events: self.other_events,
            other_exposed: self.exposed,
            other_events: self.events,
        }
    }

    /// Events of both.
    pub(super) fn total(&self) -> f64 {
        self.events + self.other_events
    }

    /// The probability that an event is of the first arm, at a ratio of the rates.
    pub(super) fn share(&self, ratio: f64) -> f64 {
        share(ratio * self.exposed, self.other_exposed)
    }
}

/// A part and the rest, as a share.
pub(super) fn share(part: f64, rest: f64) -> f64 {
    part / (part + rest)
}

/// ℓ at each tilt of a grid, against the share that holds without a tilt.
#[inline]
pub(super) fn gains<const N: usize>(
    grid: &Grid<N>,
    share: f64,
    events: f64,
    total: f64,
) -> [f64; N] {
    Logarithms::at(grid, share).gains(grid, events, total)
}

/// ln(1 + θ (e^δ − 1)) at each tilt of a grid: what several counts of the same exposures share.
pub(super) struct Logarithms<const N: usize>([f64; N]);

impl<const N: usize> Logarithms<N> {
    /// Against the share that holds without a tilt.
    #[inline]
    pub(super) fn at(grid: &Grid<N>, share: f64) -> Self {
        let mut logarithms = [0.0; N];
        for (logarithm, growth) in logarithms.iter_mut().zip(&grid.growth) {
            *logarithm = ln_1p(share * growth);
        }
        Self(logarithms)
    }

    /// ℓ at each tilt.
    #[inline]
    pub(super) fn gains(&self, grid: &Grid<N>, events: f64, total: f64) -> [f64; N] {
        let mut gains = [0.0; N];
        let points = grid.tilts.iter().zip(&self.0);
        for (gain, (tilt, logarithm)) in gains.iter_mut().zip(points) {
            *gain = events * tilt - total * logarithm;
        }
        gains
    }
}
