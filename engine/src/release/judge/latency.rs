//! Values by size: how many of either arm's lie above where the baseline's did.
//!
//! A threshold is the smallest bucket up to which the baseline's *past* values in the release
//! reach a share of 50, 75, 90, 95 or 99 %. Values above it are events, and all values exposures,
//! of a label e-process with r₀ = 1. Thresholds are known before the window that they are applied
//! to, so that each process keeps its guarantee, and so does their mean. A relative margin *m*
//! moves the worse arm's values down by ⌈ln(1 + m) / ln 1.05⌉ buckets before they are compared.

use serde::{Deserialize, Serialize};

use super::{
    grid::HARM,
    judgement::{Quantiles, Values},
    label::{Logarithms, share},
    numeric::log_sum,
    process::Harm,
    restart::start_weight,
};
use crate::release::{
    Direction,
    evidence::{GROWTH, Histogram},
};

/// The shares of the baseline's values, in percent, at which thresholds are.
const SHARES: [u64; 5] = [50, 75, 90, 95, 99];

/// The evidence of a metric that comes as histograms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Latency {
    /// All of the baseline's values so far.
    past: Histogram,
    /// How many they are.
    total: u64,
    /// All of the candidate's: nothing is decided by them, but people ask how slow it is. Nothing
    /// where a version that does not know them judged some of the time.
    #[serde(default)]
    candidate: Option<Histogram>,
    /// One for each threshold.
    tests: [Harm; SHARES.len()],
    /// Windows that said something.
    informative: u64,
    /// The mean over the thresholds.
    #[serde(default)]
    ln_e: f64,
}

/// How many values lie above each of some buckets.
fn above<const N: usize>(values: &Histogram, buckets: [i32; N]) -> [u64; N] {
    let mut above = [0_u64; N];
    for (bucket, count) in &values.0 {
        for (sum, least) in above.iter_mut().zip(&buckets) {
            if bucket > least {
                *sum = sum.saturating_add(*count);
            }
        }
    }
    above
}

/// By how many buckets a margin moves values.
pub(super) fn shift(relative: f64) -> i32 {
    // A margin of exactly so many buckets is so many, however it is rounded.
    let buckets = (1.0 + relative).ln() / GROWTH.ln();
    (buckets - 1e-9).ceil().max(0.0) as i32
}

impl Latency {
    pub(super) const NEW: Self = Self {
        past: Histogram::EMPTY,
        total: 0,
        candidate: Some(Histogram::EMPTY),
        tests: [Harm::NEW; SHARES.len()],
        informative: 0,
        ln_e: 0.0,
    };

    /// A window.
    pub(super) fn enter(
        &mut self,
        baseline: &Histogram,
        candidate: &Histogram,
        bad: Direction,
        shift: i32,
    ) {
        let (worse, other) = match bad {
            Direction::Up => (candidate, baseline),
            Direction::Down => (baseline, candidate),
        };
        let (exposed, other_exposed) = (worse.total(), other.total());
        if self.total > 0 && exposed > 0 && other_exposed > 0 {
            self.informative += 1;
            let weight = start_weight(self.informative);
            let thresholds = self.thresholds();
            let events = above(worse, thresholds.map(|bucket| bucket.saturating_add(shift)));
            let others = above(other, thresholds);
            // The same values at each threshold, of which more or fewer are above it.
            let share = share(exposed as f64, other_exposed as f64);
            let logarithms = Logarithms::at(&HARM, share);
            let gains = std::array::from_fn(|place| {
                let events = events[place] as f64;
                let total = events + others[place] as f64;
                (total > 0.0).then(|| logarithms.gains(&HARM, events, total))
            });
            Harm::enter_all(&mut self.tests, &gains, weight);
            self.ln_e = self.mean();
        }
        if let Some(all) = &mut self.candidate {
            all.merge(candidate);
        }
        self.past.merge(baseline);
        self.total = self.total.saturating_add(baseline.total());
    }

    /// ln of the mean over the thresholds.
    pub(super) fn ln_e(&self) -> f64 {
        self.ln_e
    }

    /// Where both arms' values lie, once both have some and all of them are known.
    pub(super) fn values(&self) -> Option<Values> {
        let of = |values: &Histogram| {
            Some(Quantiles {
                p50: values.quantile(50)?,
                p95: values.quantile(95)?,
            })
        };
        Some(Values {
            baseline: of(&self.past)?,
            candidate: of(self.candidate.as_ref()?)?,
        })
    }

    fn mean(&self) -> f64 {
        let logs = self.tests.each_ref().map(Harm::ln_e);
        log_sum(&logs, &[1.0 / SHARES.len() as f64; SHARES.len()])
    }

    /// The smallest bucket up to which each share of the past is reached.
    fn thresholds(&self) -> [i32; SHARES.len()] {
        let mut thresholds = [i32::MAX; SHARES.len()];
        let mut reached = 0_u128;
        let mut next = 0;
        for (bucket, count) in &self.past.0 {
            reached += u128::from(*count);
            while let Some(share) = SHARES.get(next)
                && reached * 100 >= u128::from(*share) * u128::from(self.total)
            {
                thresholds[next] = *bucket;
                next += 1;
            }
        }
        thresholds
    }
}
