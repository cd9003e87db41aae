//! What rules with a fixed threshold would have done with the same minutes.
//!
//! How other systems decide, in words of our own: one number against one fixed limit, looked at
//! again and again. None of them states how often it is wrong; `cargo xtask bench canary` does.

use serde::{Deserialize, Serialize};

/// Exposures and events.
pub type Counts = (f64, f64);

/// What both arms had in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Minute {
    /// Who kept what there was.
    pub baseline: Counts,
    /// Who got what is new.
    pub candidate: Counts,
}

/// A rule with a fixed threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// At least 99 % of the candidate's units without an event, looked at each five minutes;
    /// three failures in all. As Argo Rollouts is set up in its examples.
    Success,
    /// The same each minute, with five failures. As Flagger is.
    SuccessEachMinute,
    /// At most one and a half times the baseline's rate, each five minutes; three failures.
    Ratio,
    /// Mann and Whitney's test over the rates of the minutes so far, each five minutes. As
    /// Kayenta's.
    RankSum,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Success,
        Self::SuccessEachMinute,
        Self::Ratio,
        Self::RankSum,
    ];

    /// Before so many minutes it does nothing, whatever is counted.
    pub fn earliest(self) -> usize {
        match self {
            Self::Success | Self::Ratio => 3 * EACH,
            Self::SuccessEachMinute | Self::RankSum => EACH,
        }
    }
}

/// The least part of units without an event.
const SUCCESS: f64 = 0.99;
/// How many times the baseline's rate is allowed.
const WORSE: f64 = 1.5;
/// How many minutes most rules look at together.
const EACH: usize = 5;
/// A day: the longest that is looked back.
const LONGEST: usize = 24 * 60;

/// All rules at once, over the minutes of one release.
#[derive(Clone, Debug, Default)]
pub struct Thresholds {
    /// Those that are looked back at.
    minutes: Vec<Minute>,
    seen: usize,
    failures: [usize; 3],
    stopped: [Option<usize>; Rule::ALL.len()],
}

impl Thresholds {
    /// Looks at another minute.
    pub fn look(&mut self, minute: Minute) {
        if self.minutes.len() == LONGEST {
            self.minutes.remove(0);
        }
        self.minutes.push(minute);
        self.seen += 1;
        let every_five = self.seen.is_multiple_of(EACH);
        let last = self.minutes.len().saturating_sub(EACH);
        let ((own, events), (other, other_events)) =
            sum(self.minutes.get(last..).unwrap_or_default());
        self.failures[0] += usize::from(every_five && fails(own, events));
        let (single, single_events) = minute.candidate;
        self.failures[1] += usize::from(fails(single, single_events));
        let worse = own > 0.0 && other > 0.0 && events / own > WORSE * other_events / other;
        self.failures[2] += usize::from(every_five && worse);
        let stops = [
            self.failures[0] >= 3,
            self.failures[1] >= 5,
            self.failures[2] >= 3,
            every_five && self.stopped[3].is_none() && is_worse(&self.minutes),
        ];
        for (stopped, stop) in self.stopped.iter_mut().zip(stops) {
            if stop {
                stopped.get_or_insert(self.seen);
            }
        }
    }

    /// How many minutes it has looked at.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// After how many minutes a rule rolled back; nothing where it did not.
    pub fn stopped(&self, rule: Rule) -> Option<usize> {
        self.stopped[rule as usize]
    }
}

fn fails(exposed: f64, events: f64) -> bool {
    exposed > 0.0 && events > (1.0 - SUCCESS) * exposed
}

/// Exposures and events of candidate and baseline.
fn sum(minutes: &[Minute]) -> (Counts, Counts) {
    let add = |a: Counts, b: Counts| (a.0 + b.0, a.1 + b.1);
    minutes
        .iter()
        .fold(Default::default(), |(own, other), minute| {
            (add(own, minute.candidate), add(other, minute.baseline))
        })
}

/// Whether the candidate's rates of all minutes so far lie above the baseline's, by the test of
/// Mann and Whitney (normal approximation with ties, one percent on that side), and their mean a
/// quarter above the other.
fn is_worse(minutes: &[Minute]) -> bool {
    let rate = |(exposed, events): Counts| if exposed > 0.0 { events / exposed } else { 0.0 };
    let own: Vec<f64> = minutes
        .iter()
        .map(|minute| rate(minute.candidate))
        .collect();
    let other: Vec<f64> = minutes.iter().map(|minute| rate(minute.baseline)).collect();
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    if mean(&own) <= 1.25 * mean(&other) {
        return false;
    }
    rank_sum(&own, &other) > 2.326
}

/// By how many standard deviations the first lie above the others, by the ranks of all: U of Mann
/// and Whitney, less its mean, over its deviation with ties; 0 where all are tied.
fn rank_sum(own: &[f64], other: &[f64]) -> f64 {
    let (n, m) = (own.len() as f64, other.len() as f64);
    let mut all: Vec<f64> = own.iter().chain(other).copied().collect();
    all.sort_by(f64::total_cmp);
    let rank = |value: f64| {
        let first = all.partition_point(|it| *it < value);
        let last = all.partition_point(|it| *it <= value);
        (first + last + 1) as f64 / 2.0
    };
    let u = own.iter().map(|value| rank(*value)).sum::<f64>() - n * (n + 1.0) / 2.0;
    let ties: f64 = all
        .chunk_by(|a, b| a == b)
        .map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64)
        .sum();
    let whole = n + m;
    let variance = n * m / 12.0 * (whole + 1.0 - ties / (whole * (whole - 1.0)));
    if variance > 0.0 {
        (u - n * m / 2.0) / variance.sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests;
