//! What traffic does: how much of it there is, and what becomes of it in each arm.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serin_engine::release::{
    Span,
    evidence::{Arm, At, Histogram, Tally, Window, bucket},
};

use crate::traffic::Random;

/// How finely values are drawn, in buckets to either side of the median.
const BUCKETS: i32 = 120;

/// Units over time.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Units a minute, in both arms together.
    pub units: Level,
    /// From when on the candidate is what the metrics' `ratio` says; from the beginning where
    /// absent.
    #[serde(default)]
    pub onset: Option<Span>,
    /// What befalls both arms for a while.
    #[serde(default)]
    pub incident: Option<Incident>,
    /// Which part of the candidate's units is lost before it is counted.
    #[serde(default)]
    pub lost: f64,
}

/// A number, or one that moves evenly to another.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Level {
    /// It stays.
    Steady(f64),
    /// It moves, and then stays.
    Moving {
        /// Where it begins.
        from: f64,
        /// Where it ends.
        to: f64,
        /// How long it takes.
        over: Span,
    },
}

/// More of every event, in both arms.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// When it begins.
    pub from: Span,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub lasts: Span,
    /// How many times as many events.
    pub times: f64,
}

/// What becomes of units by one metric.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Behaviour {
    /// Some have an event.
    Events(Events),
    /// Each has a value, by a logarithmic normal distribution.
    Values(Values),
}

/// How often units have an event.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Events a unit, of the baseline.
    pub rate: Level,
    /// The candidate's rate over the baseline's.
    #[serde(default = "one")]
    pub ratio: f64,
}

/// How large values are.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    /// Half of the baseline's are below.
    pub median: f64,
    /// The standard deviation of their logarithms.
    #[serde(default = "half")]
    pub spread: f64,
    /// The candidate's values over the baseline's.
    #[serde(default = "one")]
    pub ratio: f64,
}

fn one() -> f64 {
    1.0
}

fn half() -> f64 {
    0.5
}

impl Level {
    /// What it is so long after the beginning.
    pub fn at(self, since: Duration) -> f64 {
        match self {
            Self::Steady(level) => level,
            Self::Moving { from, to, over } => {
                let part = since.as_secs_f64() / over.0.as_secs_f64().max(1e-9);
                from + (to - from) * part.min(1.0)
            }
        }
    }

    /// Whether it is zero at all times.
    pub(crate) fn is_nothing(self) -> bool {
        match self {
            Self::Steady(level) => level == 0.0,
            Self::Moving { from, to, .. } => from == 0.0 && to == 0.0,
        }
    }

    /// Whether it is a number of something at all times.
    pub(crate) fn is_count(self, most: f64) -> bool {
        let within = |level: f64| (0.0..=most).contains(&level);
        match self {
            Self::Steady(level) => within(level),
            Self::Moving { from, to, .. } => within(from) && within(to),
        }
    }
}

impl Behaviour {
    /// The candidate over the baseline.
    pub fn ratio(&self) -> f64 {
        match self {
            Self::Events(events) => events.ratio,
            Self::Values(values) => values.ratio,
        }
    }

    /// The same where the candidate is like the baseline.
    pub(crate) fn healthy(mut self) -> Self {
        match &mut self {
            Self::Events(events) => events.ratio = 1.0,
            Self::Values(values) => values.ratio = 1.0,
        }
        self
    }

    fn draw(
        &self,
        random: &mut Random,
        units: f64,
        (ratio, times): (f64, f64),
        since: Duration,
    ) -> Tally {
        match self {
            Self::Events(events) => {
                let rate = (events.rate.at(since) * ratio * times).clamp(0.0, 1.0);
                Tally::Events(random.binomial(units, rate))
            }
            Self::Values(values) => Tally::Histogram(values.draw(random, units, ratio)),
        }
    }
}

impl Values {
    /// So many values, by bucket: of those that are left, how many the next bucket gets.
    fn draw(&self, random: &mut Random, units: f64, ratio: f64) -> Histogram {
        let mut histogram = Histogram::default();
        let Some(middle) = bucket(self.median * ratio) else {
            return histogram;
        };
        let place = |bucket: i32| {
            let bound = serin_engine::release::evidence::GROWTH.powi(bucket);
            (bound / (self.median * ratio)).ln() / self.spread.max(1e-6)
        };
        let (mut left, mut before) = (units, 0.0);
        for bucket in middle - BUCKETS..=middle + BUCKETS {
            if left <= 0.0 {
                break;
            }
            let until = normal(place(bucket));
            let share = ((until - before) / (1.0 - before).max(1e-12)).clamp(0.0, 1.0);
            let last = bucket == middle + BUCKETS;
            let count = if last {
                left
            } else {
                random.binomial(left, share)
            };
            if count > 0.0 {
                histogram.add(bucket, count as u64);
            }
            left -= count;
            before = until;
        }
        histogram
    }
}

/// The standard normal distribution up to a place (Abramowitz and Stegun, 7.1.26).
fn normal(place: f64) -> f64 {
    let x = place.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let tail = 0.5 * series * (-x * x).exp();
    if place > 0.0 { 1.0 - tail } else { tail }
}

impl Traffic {
    /// What both arms have in a window that begins so long after the release.
    pub fn window(
        &self,
        random: &mut Random,
        metrics: &BTreeMap<String, Behaviour>,
        (stage, weight): (usize, f64),
        (since, length): (Duration, Duration),
    ) -> Window {
        let units = (self.units.at(since) * length.as_secs_f64() / 60.0).round();
        let to_candidate = random.binomial(units, weight);
        let baseline = units - to_candidate;
        let candidate = match self.lost {
            lost if lost > 0.0 => random.binomial(to_candidate, 1.0 - lost),
            _ => to_candidate,
        };
        let worse = self.onset.is_none_or(|onset| since >= onset.0);
        let times = self
            .incident
            .map_or(1.0, |incident| incident.times_at(since));
        let mut arms = [(baseline, false), (candidate, true)].map(|(exposed, is_candidate)| Arm {
            exposed,
            first: None,
            metrics: metrics
                .iter()
                .map(|(metric, behaviour)| {
                    let ratio = if is_candidate && worse {
                        behaviour.ratio()
                    } else {
                        1.0
                    };
                    (
                        metric.clone(),
                        behaviour.draw(random, exposed, (ratio, times), since),
                    )
                })
                .collect(),
        });
        let [baseline, candidate] = &mut arms;
        Window {
            release: None,
            at: At::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            stage,
            weight,
            baseline: std::mem::take(baseline),
            candidate: std::mem::take(candidate),
        }
    }
}

impl Incident {
    fn times_at(&self, since: Duration) -> f64 {
        let over = self.from.0.saturating_add(self.lasts.0);
        if (self.from.0..over).contains(&since) {
            self.times
        } else {
            1.0
        }
    }
}
