//! What many runs say together.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{Ended, Outcome};

/// A share of the runs, and where it lies with 95 % (Wilson's interval).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// Of all, from 0 to 1.
    pub share: f64,
    /// At the least.
    pub low: f64,
    /// At the most.
    pub high: f64,
}

impl Share {
    /// So many of so many.
    pub fn of(count: usize, all: usize) -> Self {
        let (n, z) = (all.max(1) as f64, 1.96_f64);
        let share = count as f64 / n;
        let middle = share + z * z / (2.0 * n);
        let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + z * z / n;
        Self {
            count,
            share,
            low: ((middle - half) / whole).max(0.0),
            high: ((middle + half) / whole).min(1.0),
        }
    }
}

/// What became of many runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many there were.
    pub runs: usize,
    /// Went to the end.
    pub completed: Share,
    /// Were taken back.
    pub rolled_back: Share,
    /// Still lived when they were given up.
    pub unfinished: Share,
    /// Harm was found, whatever followed from it.
    pub found: Share,
    /// Of those in which harm was found, before there was any.
    pub too_early: Share,
    /// Minutes from the onset until harm was found, where it was found after it: half of the
    /// runs took no longer.
    pub minutes_to_find: Option<f64>,
    /// Nine of ten took no longer.
    pub minutes_to_find_p90: Option<f64>,
    /// Minutes until completion: half of the runs that completed took no longer.
    pub minutes_to_complete: Option<f64>,
    /// Events above what the baseline's rate would have given, on average.
    pub excess_events: f64,
    /// In how many runs each metric was what showed harm.
    pub culprits: BTreeMap<String, usize>,
}

impl Summary {
    /// Sums up runs in which the candidate was worse from then on.
    pub fn of(outcomes: &[Outcome], onset: Duration) -> Self {
        let all = outcomes.len();
        let ended = |how: Ended| {
            Share::of(
                outcomes
                    .iter()
                    .filter(|outcome| outcome.ended == how)
                    .count(),
                all,
            )
        };
        let found: Vec<Duration> = outcomes
            .iter()
            .filter_map(|outcome| outcome.found)
            .collect();
        let mut after: Vec<f64> = found
            .iter()
            .filter(|at| **at > onset)
            .map(|at| minutes(*at - onset))
            .collect();
        let completed = outcomes
            .iter()
            .filter(|outcome| outcome.ended == Ended::Completed);
        let mut complete: Vec<f64> = completed.map(|outcome| minutes(outcome.took)).collect();
        let mut culprits: BTreeMap<String, usize> = BTreeMap::new();
        for culprit in outcomes
            .iter()
            .filter_map(|outcome| outcome.culprit.as_ref())
        {
            *culprits.entry(culprit.to_string()).or_default() += 1;
        }
        Self {
            runs: all,
            completed: ended(Ended::Completed),
            rolled_back: ended(Ended::RolledBack),
            unfinished: ended(Ended::Unfinished),
            found: Share::of(found.len(), all),
            too_early: Share::of(found.len() - after.len(), all),
            minutes_to_find: percentile(&mut after, 0.5),
            minutes_to_find_p90: percentile(&mut after, 0.9),
            minutes_to_complete: percentile(&mut complete, 0.5),
            excess_events: outcomes.iter().map(|outcome| outcome.excess).sum::<f64>()
                / all.max(1) as f64,
            culprits,
        }
    }
}

fn minutes(time: Duration) -> f64 {
    time.as_secs_f64() / 60.0
}

/// What so large a part of the samples does not exceed; nothing without samples.
pub fn percentile(samples: &mut [f64], part: f64) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    let place = (part * samples.len() as f64) as usize;
    samples
        .get(place.min(samples.len().saturating_sub(1)))
        .copied()
}
