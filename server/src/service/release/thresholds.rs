//! What rules with a fixed threshold would have done with what was counted for a release.

use std::mem;

use chrono::{DateTime, Utc};
use serin_api::judgement::Threshold;
use serin_engine::release::{
    Direction, Document, Guard,
    evidence::{Arm, Tally, Window},
    thresholds::{Minute, Rule, Thresholds},
};

const MINUTE: i64 = 60_000;

/// Every rule for every guard on a count of which more is bad: that is what they are for.
pub(super) struct Comparisons(Vec<Comparison>);

struct Comparison {
    metric: String,
    /// Values are nothing for these rules.
    is_values: bool,
    rules: Thresholds,
    /// The minute that is gathered. Minutes in which nobody came are none: there is nothing to
    /// hold against a threshold.
    minute: Option<i64>,
    seen: Minute,
    /// In which minute each rule rolled back.
    stopped: Vec<(Rule, Option<i64>)>,
}

impl Comparisons {
    pub(super) fn new(document: &Document) -> Self {
        let guards = document.guards.iter().filter_map(Guard::metric);
        let guards = guards.filter(|guard| guard.bad == Direction::Up);
        Self(guards.map(|guard| Comparison::new(&guard.metric)).collect())
    }

    /// Takes a window, in order of time.
    pub(super) fn enter(&mut self, window: &Window) {
        self.0.iter_mut().for_each(|of| of.enter(window));
    }

    pub(super) fn told(self) -> Vec<Threshold> {
        self.0.into_iter().flat_map(Comparison::told).collect()
    }
}

impl Comparison {
    fn new(metric: &str) -> Self {
        Self {
            metric: metric.to_owned(),
            is_values: false,
            rules: Thresholds::default(),
            minute: None,
            seen: Minute::default(),
            stopped: Rule::ALL.map(|rule| (rule, None)).to_vec(),
        }
    }

    fn enter(&mut self, window: &Window) {
        let arms = [&window.baseline, &window.candidate];
        self.is_values |= arms
            .iter()
            .any(|arm| matches!(arm.metrics.get(&self.metric), Some(Tally::Histogram(_))));
        if self.is_values {
            return;
        }
        if self.minute != Some(minute(window)) {
            self.look();
            self.minute = Some(minute(window));
        }
        add(&mut self.seen.baseline, &window.baseline, &self.metric);
        add(&mut self.seen.candidate, &window.candidate, &self.metric);
    }

    /// Looks at the minute that was gathered.
    fn look(&mut self) {
        let Some(minute) = self.minute else {
            return;
        };
        self.rules.look(mem::take(&mut self.seen));
        for (rule, stopped) in &mut self.stopped {
            if self.rules.stopped(*rule).is_some() {
                stopped.get_or_insert(minute);
            }
        }
    }

    fn told(mut self) -> Vec<Threshold> {
        self.look();
        if self.is_values || self.minute.is_none() {
            return Vec::new();
        }
        // It is known when the minute is over.
        let at = |minute: i64| -> Option<DateTime<Utc>> {
            DateTime::from_timestamp_millis((minute + 1) * MINUTE)
        };
        let found = |(rule, stopped): (Rule, Option<i64>)| Threshold {
            metric: self.metric.clone(),
            rule,
            rolled_back_at: stopped.and_then(at),
            not_before: (self.rules.seen() < rule.earliest()).then(|| rule.earliest() as u32),
        };
        self.stopped.iter().copied().map(found).collect()
    }
}

fn minute(window: &Window) -> i64 {
    window.at.as_millis().div_euclid(MINUTE)
}

fn add((exposures, events): &mut (f64, f64), arm: &Arm, metric: &str) {
    let (exposed, counted) = match arm.metrics.get(metric) {
        Some(Tally::Events(counted)) => (arm.exposed, *counted),
        // It knows no units: its own exposures are what its events are of.
        Some(Tally::Counter(counted)) => (counted.exposed, counted.events),
        Some(Tally::Histogram(_)) | None => (arm.exposed, 0.0),
    };
    *exposures += exposed;
    *events += counted;
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Document {
        serde_json::from_value(json!({
            "flag": "f", "baseline": "off", "candidate": "on", "stages": [{"weight": 50}, {"weight": 100}],
            "guards": [{"metric": "errors"}, {"metric": "orders", "bad": "down"}, {"metric": "latency"}],
        }))
        .unwrap()
    }

    fn windows(count: usize, events: u64) -> Vec<Window> {
        let arm = |events: u64| -> Value {
            json!({"exposed": 1000, "metrics": {"errors": {"events": events}, "orders": {"events": 9},
                "latency": {"histogram": {"104": 12}}}})
        };
        let window = |index: usize| {
            let at = DateTime::from_timestamp(1_799_999_940 + 10 * index as i64, 0).unwrap();
            let window = json!({"at": at.to_rfc3339(), "stage": 0, "weight": 0.5, "baseline": arm(5), "candidate": arm(events)});
            serde_json::from_value(window).unwrap()
        };
        (0..count).map(window).collect()
    }

    fn thresholds(document: &Document, windows: &[Window]) -> Vec<Threshold> {
        let mut comparisons = Comparisons::new(document);
        windows.iter().for_each(|window| comparisons.enter(window));
        comparisons.told()
    }

    #[test]
    fn rules_stop_at_the_end_of_a_minute() {
        let found = thresholds(&document(), &windows(6 * 30, 30));
        let when = |rule| {
            let of = found.iter().find(|it| it.rule == rule).unwrap();
            of.rolled_back_at
                .map(|at| (at.timestamp() - 1_799_999_940) / 60)
        };
        assert_eq!(when(Rule::Success), Some(15));
        assert_eq!(when(Rule::SuccessEachMinute), Some(5));
        assert_eq!(when(Rule::Ratio), Some(15));
        let metrics: Vec<&str> = found.iter().map(|it| it.metric.as_str()).collect();
        assert_eq!(metrics, ["errors"; 4], "only where more of a count is bad");
    }

    #[test]
    fn rules_that_could_not_have_acted_yet_say_so() {
        let yet = |minutes: usize| -> Vec<Option<u32>> {
            let found = thresholds(&document(), &windows(6 * minutes, 30));
            found.iter().map(|it| it.not_before).collect()
        };
        assert_eq!(yet(1), [Some(15), Some(5), Some(15), Some(5)]);
        assert_eq!(yet(5), [Some(15), None, Some(15), None]);
        assert_eq!(yet(15), [None; 4]);
    }

    #[test]
    fn a_healthy_release_is_left_alone() {
        let found = thresholds(&document(), &windows(6 * 30, 5));
        assert!(found.iter().all(|it| it.rolled_back_at.is_none()));
        assert_eq!(thresholds(&document(), &[]), []);
    }
}
