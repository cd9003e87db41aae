//! How other systems decide, in words of our own: one number against one fixed limit, looked at
//! again and again. They see the same minutes as the judge.

use crate::traffic::Minute;

/// The rules, in the order of the table.
pub const NAMES: [&str; 4] = [
    "Argo-style, success ≥ 99 %, 5 min, 3 failures",
    "Flagger-style, success ≥ 99 %, 1 min, threshold 5",
    "candidate > 1.5 × baseline, 5 min, 3 failures",
    "Kayenta-style, Mann-Whitney each 5 min",
];

/// All of them at once, over the minutes of one release.
#[derive(Default)]
pub struct Rivals {
    minutes: Vec<Minute>,
    failures: [usize; 3],
    /// The minute in which each rolled back, and the excess until then.
    pub stopped: [Option<(usize, f64)>; 4],
    excess: f64,
}

impl Rivals {
    pub fn look(&mut self, minute: &Minute) {
        self.minutes.push(*minute);
        self.excess += minute.excess();
        let every_five = self.minutes.len().is_multiple_of(5);
        let last = self.minutes.len().saturating_sub(5);
        let ((own, events), (other, other_events)) =
            sum(self.minutes.get(last..).unwrap_or_default());
        self.failures[0] += usize::from(every_five && own > 0.0 && events > 0.01 * own);
        let (single, single_events) = minute.candidate;
        self.failures[1] += usize::from(single > 0.0 && single_events > 0.01 * single);
        let worse = own > 0.0 && other > 0.0 && events / own > 1.5 * other_events / other;
        self.failures[2] += usize::from(every_five && worse);
        let stops = [
            self.failures[0] >= 3,
            self.failures[1] >= 5,
            self.failures[2] >= 3,
            every_five && is_worse(&self.minutes),
        ];
        let at = (self.minutes.len(), self.excess);
        for (stopped, stop) in self.stopped.iter_mut().zip(stops) {
            if stop {
                stopped.get_or_insert(at);
            }
        }
    }
}

type Counts = (f64, f64);

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
