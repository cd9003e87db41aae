//! What was counted: windows of exposures and events, for both arms at the same time.
//!
//! The JSON form is what SDKs, `serin release judge` and `POST /sdk/v1/events` speak.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

mod at;
mod histogram;
mod merge;

pub use at::{At, InvalidAt};
pub use histogram::{GROWTH, Histogram, bucket};

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

/// What came of one metric in one arm: `{"events": 5}` or `{"histogram": {"104": 12}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tally {
    /// Units that had the event.
    Events(#[serde(serialize_with = "whole")] f64),
    /// Values, by size.
    Histogram(Histogram),
}

/// Why a window is none. It is not judged, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct BadWindow {
    /// The member, as in `candidate.exposed`.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Window {
    /// Checks that it is possible.
    ///
    /// # Errors
    /// The first number that is none, or below zero, the first metric with more events than
    /// units, or a weight that is no share.
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
        self.baseline.exposed == 0.0 || self.candidate.exposed == 0.0
    }
}

impl Arm {
    /// Units seen for the first time in the stage.
    pub fn first(&self) -> f64 {
        self.first.unwrap_or(self.exposed)
    }

    fn check(&self, arm: &str) -> Result<(), BadWindow> {
        count(self.exposed, || format!("{arm}.exposed"))?;
        count(self.first(), || format!("{arm}.first"))?;
        for (metric, tally) in &self.metrics {
            let place = || format!("{arm}.metrics.{metric}");
            match tally {
                Tally::Histogram(histogram) => histogram.check(place)?,
                Tally::Events(events) => self.check_events(*events, place)?,
            }
        }
        Ok(())
    }

    fn check_events(&self, events: f64, place: impl Fn() -> String) -> Result<(), BadWindow> {
        count(events, &place)?;
        if events > self.exposed {
            let reason = format!(
                "{events} events of {} units: more than exposed",
                self.exposed
            );
            return Err(bad(&place(), reason));
        }
        Ok(())
    }
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
