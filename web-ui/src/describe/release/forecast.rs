//! What the evidence of a release is going to take, in words.

use serin_api::forecast::{FlagTraffic, GuardForecast, StageForecast, TrafficSource, Unforeseen};
use serin_engine::release::{Direction, MetricGuard, Stage};

use crate::{components::sparkline::grouped, weights::thousandths};

/// `about 11 min`, `about 3 h`, `about 2 days`.
pub(crate) fn about(minutes: f64) -> String {
    if minutes < 1.0 {
        return "less than a minute".to_owned();
    }
    let (number, unit) = if minutes < 100.0 {
        (minutes, "min")
    } else if minutes < 48.0 * 60.0 {
        (minutes / 60.0, "h")
    } else {
        (minutes / (24.0 * 60.0), "days")
    };
    // Two digits are more than what is known.
    if number < 9.5 && unit != "min" {
        let text = format!("{number:.1}");
        return format!("about {}\u{202f}{unit}", text.trim_end_matches(".0"));
    }
    if number > 999.0 {
        return "years".to_owned();
    }
    format!("about {}\u{202f}{unit}", number.round())
}

/// `6 000 units a minute, as counted lately`
pub(crate) fn traffic(traffic: Option<FlagTraffic>) -> String {
    let Some(traffic) = traffic else {
        return "Nothing is known of its traffic yet: no program evaluated it here in the last day.".to_owned();
    };
    let units = grouped(traffic.units_per_minute.round().max(1.0) as u64);
    match traffic.source {
        TrafficSource::Windows => {
            format!("At {units} units a minute, as its last release counted.")
        }
        TrafficSource::Evaluations => format!(
            "At no more than {units} units a minute: so often it was evaluated in the last day."
        ),
    }
}

/// `0.5 % of the baseline's units have it`
pub(crate) fn rate(guard: &GuardForecast) -> Option<String> {
    let percent = 100.0 * guard.rate?;
    let text = if percent < 0.001 {
        format!("{percent:.1e}")
    } else {
        thousandths(percent)
    };
    Some(format!("{text}\u{202f}% of units had it lately"))
}

/// What a stage finds and when, in a sentence.
pub(crate) fn stage(guard: &MetricGuard, known: &StageForecast) -> String {
    let what = match guard.bad {
        Direction::Up => "a doubling",
        Direction::Down => "a halving",
    };
    let Some(found) = known.found_in else {
        return unforeseen(known.unknown, what);
    };
    let mut said = format!("finds {what} in {}", about(found));
    if let Some(safe) = known.safe_in {
        said.push_str(&format!(", is sure of safety after {}", about(safe)));
    }
    said
}

fn unforeseen(why: Option<Unforeseen>, what: &str) -> String {
    match why {
        Some(Unforeseen::Traffic) => "nobody knows: no traffic yet".to_owned(),
        Some(Unforeseen::Rate) => {
            "nobody knows: it was not counted lately, or it is held against a limit".to_owned()
        }
        Some(Unforeseen::Values) => {
            "compares values from the first on; how long that takes depends on how they spread"
                .to_owned()
        }
        Some(Unforeseen::Segment) => "nobody knows how many are in the segment".to_owned(),
        Some(Unforeseen::OneArm) => "everybody has it: nothing to compare with".to_owned(),
        Some(Unforeseen::WithinMargin) | None => {
            format!("never finds {what}: the margin allows it, or there cannot be one")
        }
    }
}

/// Whether a stage is over before it can say anything: its bake is shorter than what finds
/// harm, and nothing makes it wait.
pub(crate) fn is_too_short(guard: &MetricGuard, stage: &Stage, known: &StageForecast) -> bool {
    let Some(found) = known.found_in else {
        return false;
    };
    let bakes = stage.watch.or(stage.min_bake);
    guard.require_safe.is_none() && bakes.is_some_and(|bake| bake.0.as_secs_f64() < 60.0 * found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{202f}', " ")
    }

    #[test]
    fn times_are_rough() {
        let said = [0.2, 1.2, 11.4, 99.0, 120.0, 200.0, 900.0, 4.0 * 1440.0, 1e7]
            .map(|minutes| plain(&about(minutes)));
        assert_eq!(
            said,
            [
                "less than a minute",
                "about 1 min",
                "about 11 min",
                "about 99 min",
                "about 2 h",
                "about 3.3 h",
                "about 15 h",
                "about 4 days",
                "years"
            ]
        );
    }

    #[test]
    fn stages_say_what_they_find_and_when() {
        let guard: MetricGuard =
            serde_json::from_value(json!({"metric": "e", "require_safe": 0.5})).unwrap();
        let known = StageForecast {
            found_in: Some(11.0),
            safe_in: Some(40.0),
            unknown: None,
        };
        assert_eq!(
            plain(&stage(&guard, &known)),
            "finds a doubling in about 11 min, is sure of safety after about 40 min"
        );
        let down = MetricGuard {
            bad: Direction::Down,
            ..guard.clone()
        };
        let never = StageForecast {
            unknown: Some(Unforeseen::WithinMargin),
            ..StageForecast::default()
        };
        assert!(stage(&down, &never).starts_with("never finds a halving"));
        let bake: Stage = serde_json::from_value(json!({"weight": 1, "min_bake": "5m"})).unwrap();
        assert!(!is_too_short(&guard, &bake, &known), "it waits for proof");
        let bare = MetricGuard {
            require_safe: None,
            ..guard
        };
        assert!(is_too_short(&bare, &bake, &known));
    }

    #[test]
    fn traffic_says_how_it_is_known() {
        let of = |source| {
            plain(&traffic(Some(FlagTraffic {
                units_per_minute: 6000.4,
                source,
            })))
        };
        assert_eq!(
            of(TrafficSource::Windows),
            "At 6 000 units a minute, as its last release counted."
        );
        assert!(of(TrafficSource::Evaluations).starts_with("At no more than 6 000 units"));
        assert!(traffic(None).starts_with("Nothing is known"));
    }
}
