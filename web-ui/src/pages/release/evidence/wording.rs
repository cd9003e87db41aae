//! Evidence in words.

use serin_engine::release::{Direction, MetricGuard, judge::GuardJudgement};

use crate::weights::thousandths;

/// Bounds that far out say nothing: the widest that are told apart are 64 times.
const NOTHING: f64 = 60.0;

/// How the candidate stands to what a guard holds it against.
pub(in crate::pages::release) fn stands(
    guard: &MetricGuard,
    known: Option<&GuardJudgement>,
) -> String {
    match guard.limit {
        Some(_) => "Held against a limit, by itself".to_owned(),
        None => ratio(known, guard.bad == Direction::Up),
    }
}

/// `1.8 × the baseline, between 1.2 × and 2.7 ×`
fn ratio(known: Option<&GuardJudgement>, up_is_bad: bool) -> String {
    let Some(known) = known else {
        return "Nothing was counted yet.".to_owned();
    };
    let Some(ratio) = known.ratio else {
        return values(known, up_is_bad).to_owned();
    };
    let bounds = match (ratio.low > 1.0 / NOTHING, ratio.high < NOTHING) {
        (true, true) => format!("between {} and {}", times(ratio.low), times(ratio.high)),
        (true, false) => format!("at least {}", times(ratio.low)),
        (false, true) => format!("at most {}", times(ratio.high)),
        (false, false) => return "Too little was counted to say anything yet.".to_owned(),
    };
    match ratio.estimate {
        Some(estimate) => format!("{} the baseline, {bounds}", times(estimate)),
        None => format!("{bounds} the baseline"),
    }
}

fn values(known: &GuardJudgement, up_is_bad: bool) -> &'static str {
    match (known.harm, up_is_bad) {
        (true, true) => "Its values are larger than the baseline's.",
        (true, false) => "Its values are smaller than the baseline's.",
        (false, _) if known.ln_e_harm > 0.0 => "Its values look somewhat worse; not for sure.",
        (false, _) => "Nothing speaks for worse values.",
    }
}

/// What a guard lets pass and waits for: `5 % more is no harm · waits for less than 50 % more`.
pub(super) fn asks(guard: &MetricGuard) -> String {
    let mut parts = Vec::new();
    if let Some(limit) = guard.limit {
        parts.push(format!(
            "no more than {} in 10\u{202f}000 units",
            thousandths(10_000.0 * limit)
        ));
    }
    if guard.margin.relative > 0.0 {
        parts.push(format!(
            "up to {}\u{202f}% worse is no harm",
            thousandths(100.0 * guard.margin.relative)
        ));
    }
    if let Some(worse) = guard.require_safe {
        let than = guard.limit.map_or("worse", |_| "above it");
        parts.push(format!(
            "waits until less than {}\u{202f}% {than} is sure",
            thousandths(100.0 * worse)
        ));
    }
    parts.join(" · ")
}

/// Reports that came too late to count.
pub(super) fn late(number: u64) -> String {
    let (reports, it) = if number == 1 {
        ("1 report".to_owned(), "it was")
    } else {
        (format!("{number} reports"), "they were")
    };
    format!(
        "{reports} came after the minute that {it} of was judged, and did not count: some program reports more than twenty seconds late, or its clock is wrong."
    )
}

/// Whole events; less than none are none.
pub(super) fn excess(events: f64) -> String {
    format!("{}", events.max(0.0).round())
}

/// `1.8 ×`: two digits are as much as anybody can use.
fn times(ratio: f64) -> String {
    let digits = if ratio < 0.095 {
        3
    } else if ratio < 9.95 {
        2
    } else {
        0
    };
    let text = format!("{ratio:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text}\u{202f}×")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(ratio: Value) -> String {
        let known: GuardJudgement =
            serde_json::from_value(json!({"ln_e_harm": 0.2, "ratio": ratio})).unwrap();
        super::ratio(Some(&known), true).replace('\u{202f}', " ")
    }

    #[test]
    fn a_ratio_comes_with_its_bounds() {
        let ratio = json!({"estimate": 1.8, "low": 1.2, "high": 2.68});
        assert_eq!(said(ratio), "1.8 × the baseline, between 1.2 × and 2.68 ×");
        let ratio = json!({"estimate": 12.4, "low": 1.0, "high": 64.0});
        assert_eq!(said(ratio), "12 × the baseline, at least 1 ×");
        let ratio = json!({"estimate": null, "low": 0.015_625, "high": 2.0});
        assert_eq!(said(ratio), "at most 2 × the baseline");
        let ratio = json!({"estimate": 1.0, "low": 0.015_625, "high": 64.0});
        assert_eq!(said(ratio), "Too little was counted to say anything yet.");
    }

    #[test]
    fn values_have_no_ratio() {
        let known = |harm: bool, evidence: f64| -> GuardJudgement {
            serde_json::from_value(json!({"ln_e_harm": evidence, "harm": harm})).unwrap()
        };
        let said = |known| ratio(Some(&known), true);
        assert_eq!(
            said(known(true, 5.0)),
            "Its values are larger than the baseline's."
        );
        assert_eq!(said(known(false, -0.3)), "Nothing speaks for worse values.");
        assert_eq!(ratio(None, true), "Nothing was counted yet.");
    }

    #[test]
    fn what_a_guard_asks_for() {
        let guard: MetricGuard = serde_json::from_value(
            json!({"metric": "errors", "margin": {"relative": 0.05}, "require_safe": 0.5}),
        )
        .unwrap();
        assert_eq!(
            asks(&guard).replace('\u{202f}', " "),
            "up to 5 % worse is no harm · waits until less than 50 % worse is sure"
        );
    }

    #[test]
    fn a_limit_is_compared_with_nothing() {
        let guard: MetricGuard =
            serde_json::from_value(json!({"metric": "differs", "limit": 0.001, "require_safe": 1}))
                .unwrap();
        assert_eq!(
            asks(&guard).replace('\u{202f}', " "),
            "no more than 10 in 10 000 units · waits until less than 100 % above it is sure"
        );
        let known: GuardJudgement = serde_json::from_value(
            json!({"ln_e_harm": 0.2, "ratio": {"estimate": null, "low": 3.0, "high": 64.0}}),
        )
        .unwrap();
        for known in [None, Some(&known)] {
            assert_eq!(stands(&guard, known), "Held against a limit, by itself");
        }
    }

    #[test]
    fn late_reports_are_told_in_numbers() {
        assert!(late(1).starts_with("1 report came after the minute that it was of"));
        assert!(late(7).starts_with("7 reports came after the minute that they were of"));
    }

    #[test]
    fn less_than_no_excess_is_none() {
        assert_eq!([-3.2, 0.0, 18.4].map(excess), ["0", "0", "18"]);
    }
}
