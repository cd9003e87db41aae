//! Evidence in words.

use std::time::Duration;

use serin_api::judgement::Limits;
use serin_engine::release::{
    Direction, MetricGuard,
    judge::{GuardJudgement, Values},
};

use crate::{components::sparkline::grouped, describe::release::remaining, weights::thousandths};

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
        return "Nothing was counted.".to_owned();
    };
    let Some(ratio) = known.ratio else {
        return values(known, up_is_bad);
    };
    let (low, high) = ratio.around_estimate();
    let bounds = match (ratio.low > 1.0 / NOTHING, ratio.high < NOTHING) {
        (true, true) => format!("between {} and {}", times(low), times(high)),
        (true, false) => format!("at least {}", times(low)),
        (false, true) => format!("at most {}", times(high)),
        (false, false) => return "Too little was counted to say anything yet.".to_owned(),
    };
    match ratio.estimate {
        Some(estimate) => format!("{} the baseline, {bounds}", times(estimate)),
        None => format!("{bounds} the baseline"),
    }
}

/// What is said of values: p50 and p95 of both arms and how many times as much they are, as far
/// as they are known.
fn values(known: &GuardJudgement, up_is_bad: bool) -> String {
    let said = verdict_of_values(known, up_is_bad);
    let Some(Values {
        baseline,
        candidate,
    }) = known.values
    else {
        return said.to_owned();
    };
    let pair = |name: &str, candidate: f64, baseline: f64| {
        // Both come in steps of five percent.
        let factor = if baseline > 0.0 {
            format!(" ({})", times(candidate / baseline))
        } else {
            String::new()
        };
        format!(
            "{name} {} against {}{factor}",
            size(candidate),
            size(baseline)
        )
    };
    format!(
        "{said} Candidate against baseline: {}, {}",
        pair("p50", candidate.p50, baseline.p50),
        pair("p95", candidate.p95, baseline.p95)
    )
}

/// A value to three digits, without an exponent where it can be read without: values come in
/// whatever unit they are recorded in, seconds as well as bytes.
fn size(value: f64) -> String {
    if value < 0.0 {
        return format!("-{}", size(-value));
    }
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let tens = value.log10().floor() as i32;
    if !(-6..15).contains(&tens) {
        return format!("{value:.2e}");
    }
    // How many digits of the three stand behind the point; less than none before it.
    let digits = 2 - tens;
    if digits < 0 {
        let unit = 10_f64.powi(-digits);
        return grouped(((value / unit).round() * unit) as u64);
    }
    let text = format!("{value:.0$}", digits.unsigned_abs() as usize);
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

fn verdict_of_values(known: &GuardJudgement, up_is_bad: bool) -> &'static str {
    match (known.harm, up_is_bad) {
        (true, true) => "Its values are larger than the baseline's.",
        (true, false) => "Its values are smaller than the baseline's.",
        (false, _) if known.ln_e_harm > 0.0 => "Its values look somewhat worse; not for sure.",
        (false, _) => "Nothing speaks for worse values.",
    }
}

/// What a guard lets pass and waits for: `up to 5 % worse is no harm · waits until less than
/// 50 % worse is 95 % sure (the interval is 99 % sure)`. The two are not as sure as each other, so
/// that an interval may reach further than what is known to be safe.
pub(super) fn asks(guard: &MetricGuard, limits: Limits) -> String {
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
            "waits until less than {}\u{202f}% {than} is {} sure{}",
            thousandths(100.0 * worse),
            sure(limits.ln_e_safe),
            match guard.limit {
                Some(_) => String::new(),
                None => format!(" (the interval is {} sure)", sure(limits.ln_e_harm)),
            }
        ));
    }
    parts.join(" · ")
}

/// How sure one is with evidence of so much: `95 %`.
fn sure(ln_e: f64) -> String {
    format!("{}\u{202f}%", thousandths(100.0 * (1.0 - (-ln_e).exp())))
}

/// What a chart shows, for those who do not see it.
pub(super) fn chart(metric: &str, windows: usize, stands: &str) -> String {
    format!(
        "{metric}, candidate against baseline, over {windows} points in time. At last: {stands}"
    )
}

/// Why nothing stands here.
pub(super) fn nothing(over: bool, complete_after_ms: u64) -> String {
    if over {
        return "Nothing was counted before it was over.".to_owned();
    }
    let after = match complete_after_ms {
        0 => "some time".to_owned(),
        span => remaining(Duration::from_millis(span)),
    };
    format!(
        "Nothing was counted yet. A window is complete {after} after it began, and what other systems are asked for comes when they are asked."
    )
}

/// Reports that came too late to count.
pub(super) fn late(number: u64) -> String {
    let (reports, it) = if number == 1 {
        ("1 report".to_owned(), "it was")
    } else {
        (format!("{number} reports"), "they were")
    };
    format!(
        "{reports} came after the ten seconds that {it} of were judged, and did not count: some program reports later than is waited for, or its clock is wrong."
    )
}

/// Whole events; less than none are none.
pub(super) fn excess(events: f64) -> String {
    format!("{}", events.max(0.0).round())
}

/// `1.8 ×`: two digits are as much as anybody can use.
pub(super) fn times(ratio: f64) -> String {
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

    /// Those of α = 1 % and β = 5 %.
    const LIMITS: Limits = Limits {
        ln_e_harm: 4.605_170_185_988_092,
        ln_e_safe: 2.995_732_273_553_991,
    };

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
        // Bounds lie on a grid, and an estimate beside them would look like a mistake.
        let ratio = json!({"estimate": 1.06, "low": 1.0, "high": 1.0});
        assert_eq!(said(ratio), "1.06 × the baseline, between 1 × and 1.06 ×");
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
        assert_eq!(ratio(None, true), "Nothing was counted.");
        let numbered: GuardJudgement = serde_json::from_value(json!({"ln_e_harm": 5.0, "harm": true,
            "values": {"baseline": {"p50": 101.0, "p95": 209.0}, "candidate": {"p50": 164.0, "p95": 340.0}}}))
        .unwrap();
        assert_eq!(
            said(numbered).replace('\u{202f}', " "),
            "Its values are larger than the baseline's. Candidate against baseline: p50 164 against 101 (1.62 ×), p95 340 against 209 (1.63 ×)"
        );
    }

    #[test]
    fn values_have_three_digits_in_whatever_unit() {
        let said = [
            0.001_23,
            0.001_49,
            0.0123,
            0.999_6,
            0.0,
            1.5,
            40.0,
            164.0,
            1234.0,
            2_500_000.0,
            1.23e-9,
            -0.25,
        ]
        .map(|value| size(value).replace('\u{202f}', " "));
        assert_eq!(
            said,
            [
                "0.00123",
                "0.00149",
                "0.0123",
                "1",
                "0",
                "1.5",
                "40",
                "164",
                "1 230",
                "2 500 000",
                "1.23e-9",
                "-0.25"
            ]
        );
    }

    #[test]
    fn what_a_guard_asks_for() {
        let guard: MetricGuard = serde_json::from_value(
            json!({"metric": "errors", "margin": {"relative": 0.05}, "require_safe": 0.5}),
        )
        .unwrap();
        assert_eq!(
            asks(&guard, LIMITS).replace('\u{202f}', " "),
            "up to 5 % worse is no harm · waits until less than 50 % worse is 95 % sure (the interval is 99 % sure)"
        );
    }

    #[test]
    fn a_limit_is_compared_with_nothing() {
        let guard: MetricGuard =
            serde_json::from_value(json!({"metric": "differs", "limit": 0.001, "require_safe": 1}))
                .unwrap();
        assert_eq!(
            asks(&guard, LIMITS).replace('\u{202f}', " "),
            "no more than 10 in 10 000 units · waits until less than 100 % above it is 95 % sure"
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
    fn nothing_yet_says_how_long_it_takes_here() {
        for (complete_after, said) in [
            (30_000, "30s after"),
            (130_000, "2m10s after"),
            (0, "some time after"),
        ] {
            let told = nothing(false, complete_after);
            assert!(told.contains(said), "{told}");
        }
        assert!(nothing(true, 30_000).contains("over"));
    }

    #[test]
    fn late_reports_are_told_in_numbers() {
        assert!(
            late(1).starts_with("1 report came after the ten seconds that it was of were judged")
        );
        assert!(
            late(7)
                .starts_with("7 reports came after the ten seconds that they were of were judged")
        );
    }

    #[test]
    fn less_than_no_excess_is_none() {
        assert_eq!([-3.2, 0.0, 18.4].map(excess), ["0", "0", "18"]);
    }
}
