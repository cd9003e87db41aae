//! The alternatives that evidence is averaged over.

use std::sync::LazyLock;

use super::numeric::{exp, exp_m1, ln};

/// How many ratios the tests for harm and for safety look for.
pub(super) const SHIFTS: usize = 24;
/// How many ratios a confidence sequence tells apart.
pub(super) const RATIOS: usize = 65;
/// How many splits the test of the sample ratio looks for.
pub(super) const SPLITS: usize = 32;

/// Tilts of the odds that an event is the candidate's, with the weight of each.
#[derive(Clone, Debug)]
pub(super) struct Grid<const N: usize> {
    /// δ: the logarithm of each tilt.
    pub(super) tilts: [f64; N],
    /// e^δ − 1.
    pub(super) growth: [f64; N],
    /// They sum to 1.
    pub(super) weights: [f64; N],
}

/// 24 shifts from 0.10 to 4.0, geometric; small ones weigh more.
pub(super) static HARM: LazyLock<Grid<SHIFTS>> = LazyLock::new(|| shifts(1.0));

/// The same shifts downwards.
pub(super) static SAFE: LazyLock<Grid<SHIFTS>> = LazyLock::new(|| shifts(-1.0));

/// 16 shifts from 0.005 to 1.0, geometric, to either side.
pub(super) static SPLIT: LazyLock<Grid<SPLITS>> = LazyLock::new(|| {
    let side = geometric::<16>(0.005, 1.0);
    let tilt = |index: usize| {
        let shift = side.get(index / 2).copied().unwrap_or_default();
        if index.is_multiple_of(2) {
            shift
        } else {
            -shift
        }
    };
    Grid::new(std::array::from_fn(tilt), [1.0 / SPLITS as f64; SPLITS])
});

/// 65 ratios from 1/64 to 64, geometric.
pub(super) static RATIO: LazyLock<Grid<RATIOS>> = LazyLock::new(|| {
    let tilts = std::array::from_fn(|index| ln(ratio(index)));
    let mut grid = Grid::new(tilts, [1.0 / RATIOS as f64; RATIOS]);
    grid.growth = std::array::from_fn(|index| ratio(index) - 1.0);
    grid
});

/// The ratios of [`RATIO`].
pub(super) static RATIO_VALUES: LazyLock<[f64; RATIOS]> =
    LazyLock::new(|| std::array::from_fn(ratio));

/// The ratio at an index of [`RATIO`]: 2^(3(i − 32)/16), exact where that is a power of two.
pub(super) fn ratio(index: usize) -> f64 {
    let sixteenths = 3 * (i32::try_from(index).unwrap_or(0) - 32);
    let part = f64::from(sixteenths.rem_euclid(16)) / 16.0;
    2_f64.powi(sixteenths.div_euclid(16)) * exp(part * std::f64::consts::LN_2)
}

impl<const N: usize> Grid<N> {
    fn new(tilts: [f64; N], weights: [f64; N]) -> Self {
        Self {
            tilts,
            growth: tilts.map(exp_m1),
            weights,
        }
    }
}

fn shifts(sign: f64) -> Grid<SHIFTS> {
    let shifts = geometric::<SHIFTS>(0.10, 4.0);
    let weights = shifts.map(|shift| 1.0 / (1.0 + shift));
    let total: f64 = weights.iter().sum();
    Grid::new(
        shifts.map(|shift| sign * shift),
        weights.map(|weight| weight / total),
    )
}

fn geometric<const N: usize>(from: f64, to: f64) -> [f64; N] {
    let step = ln(to / from) / (N - 1) as f64;
    std::array::from_fn(|index| from * exp(step * index as f64))
}
