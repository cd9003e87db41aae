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
    let n = own.len() as f64;
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / n;
    if mean(&own) <= 1.25 * mean(&other) {
        return false;
    }
    let mut all: Vec<f64> = own.iter().chain(&other).copied().collect();
    all.sort_by(f64::total_cmp);
    let rank = |rate: f64| {
        let first = all.partition_point(|other| *other < rate);
        let last = all.partition_point(|other| *other <= rate);
        (first + last + 1) as f64 / 2.0
    };
    let u = own.iter().map(|rate| rank(*rate)).sum::<f64>() - n * (n + 1.0) / 2.0;
    let ties: f64 = all
        .chunk_by(|a, b| a == b)
        .map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64)
        .sum();
    let whole = 2.0 * n;
    let variance = n * n / 12.0 * (whole + 1.0 - ties / (whole * (whole - 1.0)));
    variance > 0.0 && (u - n * n / 2.0) / variance.sqrt() > 2.326
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many minutes each rule stops, at these events of 1000 units in the baseline
    /// and 100 in the candidate.
    fn stops(minutes: usize, of: impl Fn(usize) -> (f64, f64)) -> [Option<usize>; 4] {
        let mut rules = Thresholds::default();
        for minute in 0..minutes {
            let (baseline, candidate) = of(minute);
            rules.look(Minute {
                baseline: (1000.0, baseline),
                candidate: (100.0, candidate),
            });
        }
        Rule::ALL.map(|rule| rules.stopped(rule))
    }

    #[test]
    fn what_is_well_stops_nothing() {
        assert_eq!(stops(200, |_| (5.0, 0.5)), [None; 4]);
    }

    #[test]
    fn each_rule_stops_by_its_own_count() {
        // Three times as many as the baseline, and 1.5 % of all.
        let stopped = stops(200, |_| (5.0, 1.5));
        assert_eq!(&stopped[..3], &[Some(15), Some(5), Some(15)]);
        assert!(stopped[3].is_some_and(|minute| minute.is_multiple_of(5)));
    }

    #[test]
    fn an_incident_of_both_arms_stops_what_looks_at_one() {
        let stopped = stops(
            200,
            |minute| if minute < 20 { (50.0, 5.0) } else { (5.0, 0.5) },
        );
        assert_eq!(stopped, [Some(15), Some(5), None, None]);
    }

    #[test]
    fn nobody_is_no_failure() {
        let mut rules = Thresholds::default();
        for _ in 0..2000 {
            rules.look(Minute::default());
        }
        assert_eq!(Rule::ALL.map(|rule| rules.stopped(rule)), [None; 4]);
    }
}
