//! How long the stages of a release are going to need, from the traffic that there is.

use serde::{Deserialize, Serialize};

use super::planner::{information_against, minutes};
use crate::release::{Action, Direction, Document, Guard, MetricGuard, Stage};

/// The harm that is asked about: twice as much of what is bad, or half of what is good.
const DOUBLING: f64 = 2.0;

/// The most that an absolute margin allows, as the judge has it.
const WIDEST: f64 = 10.0;

/// What is known of the traffic of a guard's metric before a release starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Units a minute, in both arms together.
    pub units_per_minute: f64,
    /// Events a unit, as the baseline has them.
    pub rate: f64,
}

/// What a stage is going to need for one guard, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Until a doubling of what is bad (a halving of what is good) is found. Nothing where it
    /// never is: it is within the margin, or one arm has nobody.
    pub found_in: Option<f64>,
    /// Until a candidate that is like the baseline is known to be safe. Nothing where the guard
    /// does not ask for it, or it never is.
    pub safe_in: Option<f64>,
}

/// What a stage is going to need for a guard whose metric is counted.
pub fn forecast(
    document: &Document,
    guard: &MetricGuard,
    stage: &Stage,
    traffic: Traffic,
) -> Forecast {
    let share = f64::from(stage.slots()) / f64::from(crate::slots::SLOTS);
    // Where less is bad the judge swaps the arms.
    let weight = match guard.bad {
        Direction::Up => share,
        Direction::Down => 1.0 - share,
    };
    let Traffic {
        units_per_minute,
        rate,
    } = traffic;
    let found_in = found_in(document, guard, weight, traffic);
    let safe_in = guard.require_safe.and_then(|worse| {
        let information = rate * information_against(1.0 + worse, 1.0, weight);
        minutes(document.policy.beta, units_per_minute, information)
    });
    Forecast { found_in, safe_in }
}

fn found_in(
    document: &Document,
    guard: &MetricGuard,
    weight: f64,
    traffic: Traffic,
) -> Option<f64> {
    let Traffic {
        units_per_minute,
        rate,
    } = traffic;
    let allowed =
        (1.0 + guard.margin.relative).max((1.0 + guard.margin.absolute / rate).min(WIDEST));
    // The arm that is held against the other is the one with less of it.
    let reference = match guard.bad {
        Direction::Up => rate,
        Direction::Down => rate / DOUBLING,
    };
    // More than every unit cannot have an event.
    if allowed >= DOUBLING || reference * DOUBLING > 1.0 {
        return None;
    }
    let error = document.policy.alpha / in_mean(document, guard);
    let information = reference * information_against(allowed, DOUBLING, weight);
    minutes(error, units_per_minute, information)
}

/// By how many guards the evidence is divided before it is held against the limit.
fn in_mean(document: &Document, guard: &MetricGuard) -> f64 {
    let acts = |guard: &MetricGuard| !matches!(guard.action, Some(Action::Hold | Action::Notify));
    if !acts(guard) {
        return 1.0;
    }
    let guards = document.guards.iter().filter_map(Guard::metric);
    guards.filter(|guard| acts(guard)).count().max(1) as f64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const BUSY: Traffic = Traffic {
        units_per_minute: 6000.0,
        rate: 0.005,
    };

    fn document(guards: Value) -> Document {
        serde_json::from_value(json!({
            "flag": "f", "baseline": "off", "candidate": "on", "guards": guards,
            "stages": [{"weight": 1}, {"weight": 50}, {"weight": 100}],
        }))
        .unwrap()
    }

    fn of(document: &Document, stage: usize, traffic: Traffic) -> Forecast {
        let guard = document.guards[0].metric().unwrap();
        forecast(document, guard, &document.stages[stage], traffic)
    }

    #[test]
    fn without_a_margin_it_is_the_planners() {
        let document = document(json!([{"metric": "errors"}]));
        let found = of(&document, 0, BUSY).found_in.unwrap();
        let planned = super::super::planner::minutes_until_found(0.01, 2.0, 0.01, (6000.0, 0.005));
        assert!((found / planned - 1.0).abs() < 1e-9, "{found} {planned}");
        assert_eq!(of(&document, 0, BUSY).safe_in, None);
        // More of the candidate says more, and everybody of it nothing.
        assert!(of(&document, 1, BUSY).found_in.unwrap() < found);
        assert_eq!(of(&document, 2, BUSY).found_in, None);
    }

    #[test]
    fn margins_and_further_guards_take_longer() {
        let found = |guards| of(&document(guards), 1, BUSY).found_in;
        let bare = found(json!([{"metric": "errors"}])).unwrap();
        let margin = found(json!([{"metric": "errors", "margin": {"relative": 0.5}}])).unwrap();
        let absolute =
            found(json!([{"metric": "errors", "margin": {"absolute": 0.0025}}])).unwrap();
        let two = found(json!([{"metric": "errors"}, {"metric": "orders"}])).unwrap();
        let beside =
            found(json!([{"metric": "errors"}, {"metric": "orders", "action": "hold"}])).unwrap();
        assert!(bare < two && two < margin, "{bare} {two} {margin}");
        assert!((margin - absolute).abs() < 1e-9 && (bare - beside).abs() < 1e-9);
        assert_eq!(
            found(json!([{"metric": "errors", "margin": {"relative": 1.0}}])),
            None
        );
    }

    #[test]
    fn safety_takes_what_is_asked() {
        let safe = |worse: f64| {
            let document = document(json!([{"metric": "errors", "require_safe": worse}]));
            of(&document, 1, BUSY).safe_in.unwrap()
        };
        assert!(safe(0.25) > safe(0.5) && safe(0.5) > safe(1.0));
    }

    #[test]
    fn a_halving_is_what_is_looked_for_where_less_is_bad() {
        let traffic = Traffic { rate: 0.8, ..BUSY };
        let down = document(json!([{"metric": "orders", "bad": "down"}]));
        let up = document(json!([{"metric": "orders"}]));
        assert!(of(&down, 1, traffic).found_in.is_some());
        assert_eq!(
            of(&up, 1, traffic).found_in,
            None,
            "nothing doubles from 80 %"
        );
    }

    #[test]
    fn nothing_is_found_where_nobody_comes() {
        let document = document(json!([{"metric": "errors", "require_safe": 0.5}]));
        let nobody = Traffic {
            units_per_minute: 0.0,
            rate: 0.005,
        };
        assert_eq!(of(&document, 0, nobody), Forecast::default());
        let never = Traffic {
            units_per_minute: 6000.0,
            rate: 0.0,
        };
        assert_eq!(of(&document, 0, never), Forecast::default());
    }
}
