use serde_json::json;

use super::*;

fn judged() -> Judgements {
    let guard = |harm: f64, ratio: serde_json::Value| {
        json!({"verdict": "continue", "ln_e_harm": harm, "ln_e_sample_ratio": 0.0, "excess_events": 1.0, "holds": [],
            "guards": {"errors": {"ln_e_harm": harm, "ln_e_safe": 1.5, "ratio": ratio}}})
    };
    let point = |at: &str, stage: usize, judgement: serde_json::Value| json!({"at": at, "stage": stage, "exposed": {"baseline": 990.0, "candidate": 10.0}, "judgement": judgement});
    serde_json::from_value(json!({
        "limits": {"ln_e_harm": 4.0, "ln_e_safe": 3.0},
        "points": [
            point("2026-11-21T10:00:00Z", 0, guard(0.0, json!({"estimate": null, "low": 0.015_625, "high": 64.0}))),
            point("2026-11-21T10:00:10Z", 1, guard(1.0, json!({"estimate": 1.5, "low": 0.5, "high": 4.0}))),
        ],
    }))
    .unwrap()
}

fn guard(metric: &str) -> MetricGuard {
    serde_json::from_value(json!({"metric": metric, "require_safe": 0.5})).unwrap()
}

/// `--evidence-grace 120` makes each window more than two minutes old when it is judged.
#[test]
fn what_is_old_is_for_the_server_to_say() {
    let age = Duration::from_secs(140);
    assert_eq!(
        [90_000, 190_000, 0].map(|after| is_old(age, after)),
        [true, false, false]
    );
    let mut told = json!(judged());
    told["old_after_ms"] = json!(190_000);
    let told: Judgements = serde_json::from_value(told).unwrap();
    assert!(!is_old(age, told.old_after_ms));
}

#[test]
fn a_guard_shows_what_was_known_last() {
    let known = Known::of(&judged(), &guard("errors"));
    assert_eq!((known.state, known.tone), ("Collecting", Tone::Neutral));
    assert_eq!((known.harm, known.safe), (0.25, Some(0.5)));
    assert_eq!(known.samples.len(), 2);
    assert_eq!(
        (known.samples[1].estimate, known.samples[1].stage),
        (Some(1.5), 1)
    );
}

#[test]
fn harm_is_said_before_safety_and_evidence_against_it_is_no_evidence() {
    let mut judged = judged();
    let last = judged.points.last_mut().unwrap();
    let known = last.judgement.guards.get_mut("errors").unwrap();
    (known.harm, known.safe, known.ln_e_harm, known.ln_e_safe) = (true, true, 9.0, Some(-2.0));
    let known = Known::of(&judged, &guard("errors"));
    assert_eq!(
        (known.state, known.harm, known.safe),
        ("Harm", 1.0, Some(0.0))
    );
}

#[test]
fn a_metric_that_nobody_reports_has_no_data() {
    let known = Known::of(&judged(), &guard("latency"));
    assert_eq!(
        (known.state, known.harm, known.safe),
        ("No data", 0.0, None)
    );
    assert!(known.samples.is_empty());
}

#[test]
fn a_guard_with_a_limit_has_no_ratio_and_no_chart_of_one() {
    let mut limited = guard("errors");
    limited.limit = Some(0.001);
    let known = Known::of(&judged(), &limited);
    assert_eq!(known.ratio, "Held against a limit, by itself");
    assert!(known.samples.is_empty());
    assert_eq!((known.harm, known.safe), (0.25, Some(0.5)));
}

#[test]
fn what_is_over_collects_nothing() {
    assert_eq!(standing("Collecting", false), "Collecting");
    assert_eq!(standing("Collecting", true), "Undecided");
    assert_eq!(standing("Harm", true), "Harm");
}
