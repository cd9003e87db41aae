//! Which windows were entered: exactly, and in little memory where they come at even distances.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::release::evidence::At;

/// The windows of each stage, as runs of even distances. A day of windows is one run of two
/// numbers, or as many as there were gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Entry>", into = "Vec<Entry>")]
pub(super) struct Seen {
    /// By stage and start. No two of a stage overlap.
    runs: BTreeMap<(usize, i64), Run>,
}

/// Times from a start on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The last.
    end: i64,
    /// The distance between two, in nanoseconds; 0 where there is one time only.
    step: i64,
}

/// A run as it is written: stage, start, end, step.
type Entry = (usize, i64, i64, i64);

impl Seen {
    /// Takes a window; false where it was there already.
    pub(super) fn insert(&mut self, stage: usize, at: At) -> bool {
        let at = at.as_nanos();
        let mut before = self.runs.range_mut((stage, i64::MIN)..=(stage, at));
        let Some((&(_, start), run)) = before.next_back() else {
            self.runs.insert((stage, at), Run { end: at, step: 0 });
            return true;
        };
        if run.has(start, at) {
            return false;
        }
        // The distance may be more than 64 bits hold: such times belong to no run.
        let after = at.checked_sub(run.end);
        if at > run.end && after.is_some() && (run.step == 0 || after == Some(run.step)) {
            run.step = after.unwrap_or_default();
            run.end = at;
            return true;
        }
        if at < run.end {
            let rest = run.split(start, at);
            self.runs.insert((stage, rest.0), rest.1);
        }
        self.runs.insert((stage, at), Run { end: at, step: 0 });
        true
    }
}

impl Run {
    fn has(&self, start: i64, at: i64) -> bool {
        at == start || at <= self.end && self.step > 0 && self.beyond(start, at) == 0
    }

    /// How long before a time the last of the run up to it is. All of time has more nanoseconds
    /// than 64 bits can tell apart.
    fn beyond(&self, start: i64, at: i64) -> i64 {
        let beyond = (i128::from(at) - i128::from(start)) % i128::from(self.step);
        i64::try_from(beyond).unwrap_or_default()
    }

    /// Ends before a time that lies between two of its own; gives what comes after it.
    fn split(&mut self, start: i64, at: i64) -> (i64, Self) {
        let last = at - self.beyond(start, at);
        let next = last + self.step;
        let single = |step: i64, alone: bool| if alone { 0 } else { step };
        let rest = Self {
            end: self.end,
            step: single(self.step, next == self.end),
        };
        self.end = last;
        self.step = single(self.step, last == start);
        (next, rest)
    }
}

impl From<Vec<Entry>> for Seen {
    fn from(entries: Vec<Entry>) -> Self {
        let runs = entries
            .into_iter()
            .map(|(stage, start, end, step)| ((stage, start), Run { end, step }));
        Self {
            runs: runs.collect(),
        }
    }
}

impl From<Seen> for Vec<Entry> {
    fn from(seen: Seen) -> Self {
        let runs = seen.runs.into_iter();
        runs.map(|((stage, start), run)| (stage, start, run.end, run.step))
            .collect()
    }
}
