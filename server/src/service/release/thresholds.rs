//! What rules with a fixed threshold would have done with what was counted for a release.

use chrono::{DateTime, Utc};
use serin_api::judgement::Threshold;
use serin_engine::release::{
    Direction, Document, Guard,
    evidence::{Arm, Tally, Window},
    thresholds::{Minute, Rule, Thresholds},
};

const MINUTE: i64 = 60_000;

/// Every rule for every guard on a count of which more is bad: that is what they are for.
pub(super) fn thresholds(document: &Document, windows: &[Window]) -> Vec<Threshold> {
    let guards = document.guards.iter().filter_map(Guard::metric);
    let guards = guards.filter(|guard| guard.bad == Direction::Up);
    guards
        .flat_map(|guard| of_metric(&guard.metric, windows))
        .collect()
}

fn of_metric(metric: &str, windows: &[Window]) -> Vec<Threshold> {
    let values = |window: &Window| {
        [&window.baseline, &window.candidate]
            .into_iter()
            .any(|arm| matches!(arm.metrics.get(metric), Some(Tally::Histogram(_))))
    };
    if windows.is_empty() || windows.iter().any(values) {
        return Vec::new();
    }
    let mut rules = Thresholds::default();
    let mut times = Vec::new();
    // Minutes in which nobody came are none: there is nothing to hold against a threshold.
    for windows in windows.chunk_by(|a, b| minute(a) == minute(b)) {
        let mut seen = Minute::default();
        for window in windows {
            add(&mut seen.baseline, &window.baseline, metric);
            add(&mut seen.candidate, &window.candidate, metric);
        }
        rules.look(seen);
        times.extend(windows.first().map(minute));
    }
    let at = |rule| -> Option<DateTime<Utc>> {
        let minute = times.get(rules.stopped(rule)?.checked_sub(1)?)?;
        // It is known when the minute is over.
        DateTime::from_timestamp_millis((minute + 1) * MINUTE)
    };
    let found = |rule| Threshold {
        metric: metric.to_owned(),
        rule,
        rolled_back_at: at(rule),
    };
    Rule::ALL.map(found).to_vec()
}

fn minute(window: &Window) -> i64 {
    window.at.as_millis().div_euclid(MINUTE)
}

fn add(counts: &mut (f64, f64), arm: &Arm, metric: &str) {
    counts.0 += arm.exposed;
    if let Some(Tally::Events(events)) = arm.metrics.get(metric) {
        counts.1 += events;
    }
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
    fn a_healthy_release_is_left_alone() {
        let found = thresholds(&document(), &windows(6 * 30, 5));
        assert!(found.iter().all(|it| it.rolled_back_at.is_none()));
        assert_eq!(thresholds(&document(), &[]), []);
    }
}
