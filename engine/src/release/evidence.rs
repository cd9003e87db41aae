//! What was counted: windows of exposures and events, for both arms at the same time.
//!
//! The JSON form is what SDKs, `serin release judge` and `POST /sdk/v1/events` speak.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize, Serializer};

mod at;
mod histogram;
mod line;
mod merge;

pub use at::{At, InvalidAt};
pub use histogram::{GROWTH, Histogram, bucket};
pub use line::Line;

/// The largest count, 2^53: up to there every whole number is a double.
const MAX_COUNT: f64 = 9_007_199_254_740_992.0;

/// What both arms of a release saw in the same stretch of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Tells releases apart where windows of several come in one stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// When it began. With release and stage, what it is known by.
    pub at: At,
    /// The index of the stage that it was measured in.
    pub stage: usize,
    /// The part of units that the candidate was meant to have, from 0 to 1.
    pub weight: f64,
    /// Who kept what there was.
    pub baseline: Arm,
    /// Who got what is new.
    pub candidate: Arm,
}

/// One arm's part of a [`Window`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Units seen in the window. Queries of other systems may give fractions.
    #[serde(serialize_with = "whole")]
    pub exposed: f64,
    /// Units seen for the first time in the stage; as many as exposed where absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "maybe_whole"
    )]
    pub first: Option<f64>,
    /// By the metrics' keys. A metric that only one arm has is a zero in the other.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Tally>,
}

/// What came of one metric in one arm: `{"events": 5}`, `{"histogram": {"104": 12}}`, or
/// `{"counter": {"exposed": 990, "events": 5, "seconds": 60}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tally {
    /// Units that had the event.
    Events(#[serde(serialize_with = "whole")] f64),
    /// Values, by size.
    Histogram(Histogram),
    /// What another system counted, which knows no units of the arm's: it brings its own.
    Counter(Counter),
}

/// What another system counted in an arm until the window's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counter {
    /// How much there was.
    #[serde(serialize_with = "whole")]
    pub exposed: f64,
    /// How much of it had the event.
    #[serde(serialize_with = "whole")]
    pub events: f64,
    /// In how long, in seconds: other systems are asked less often.
    #[serde(default)]
    pub seconds: u32,
}

/// Why a window is none. It is not judged, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadWindow {
    /// The member, as in `candidate.exposed`; empty where it is the whole.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for BadWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.reason),
            place => write!(f, "{place}: {}", self.reason),
        }
    }
}

impl Window {
    /// Checks that it is possible.
    ///
    /// # Errors
    /// The first number that is none, or below zero, the first metric with more events than
    /// units, more units that are new than units, or a weight that is no share.
    pub fn check(&self) -> Result<(), BadWindow> {
        if !(0.0..=1.0).contains(&self.weight) {
            return Err(bad(
                "weight",
                format!("{} is no share: it is between 0 and 1", self.weight),
            ));
        }
        self.baseline.check("baseline")?;
        self.candidate.check("candidate")
    }

    /// Whether one of the arms has no exposure, so that there is nothing to compare.
    pub fn is_one_sided(&self) -> bool {
        !self.baseline.is_seen() || !self.candidate.is_seen()
    }
}

impl Arm {
    /// Whether anybody was seen in it, by units or by what another system counted.
    pub fn is_seen(&self) -> bool {
        self.exposed > 0.0 || self.counters().any(|counter| counter.exposed > 0.0)
    }

    /// For how long before the window's end it was seen, in seconds, where another system
    /// says so.
    pub fn seen_for(&self) -> u32 {
        let seen = self.counters().filter(|counter| counter.exposed > 0.0);
        seen.map(|counter| counter.seconds).max().unwrap_or(0)
    }

    fn counters(&self) -> impl Iterator<Item = &Counter> {
        self.metrics.values().filter_map(|tally| match tally {
            Tally::Counter(counter) => Some(counter),
            Tally::Events(_) | Tally::Histogram(_) => None,
        })
    }

    /// Units seen for the first time in the stage.
    pub fn first(&self) -> f64 {
        self.first.unwrap_or(self.exposed)
    }

    fn check(&self, arm: &str) -> Result<(), BadWindow> {
        count(self.exposed, || format!("{arm}.exposed"))?;
        count(self.first(), || format!("{arm}.first"))?;
        if self.first() > self.exposed {
            let (first, exposed) = (self.first(), self.exposed);
            let reason = format!("{first} new units of {exposed}: more than exposed");
            return Err(bad(&format!("{arm}.first"), reason));
        }
        for (metric, tally) in &self.metrics {
            let place = || format!("{arm}.metrics.{metric}");
            match tally {
                Tally::Histogram(histogram) => histogram.check(place)?,
                Tally::Events(events) => check_events(*events, self.exposed, place)?,
                Tally::Counter(counter) => {
                    count(counter.exposed, || format!("{}.exposed", place()))?;
                    check_events(counter.events, counter.exposed, place)?;
                }
            }
        }
        Ok(())
    }
}

fn check_events(events: f64, exposed: f64, place: impl Fn() -> String) -> Result<(), BadWindow> {
    count(events, &place)?;
    if events > exposed {
        let reason = format!("{events} events of {exposed} units: more than exposed");
        return Err(bad(&place(), reason));
    }
    Ok(())
}

fn count(number: f64, place: impl FnOnce() -> String) -> Result<(), BadWindow> {
    if (0.0..=MAX_COUNT).contains(&number) {
        return Ok(());
    }
    let reason = format!("{number} is no count: it is between 0 and 2^53");
    Err(bad(&place(), reason))
}

pub(super) fn bad(place: &str, reason: impl Into<String>) -> BadWindow {
    BadWindow {
        place: place.to_owned(),
        reason: reason.into(),
    }
}

/// Counts as people write them: 990, and not 990.0.
fn whole<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && (0.0..=MAX_COUNT).contains(number) {
        serializer.serialize_u64(*number as u64)
    } else {
        serializer.serialize_f64(*number)
    }
}

fn maybe_whole<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => whole(number, serializer),
        None => serializer.serialize_none(),
    }
}
