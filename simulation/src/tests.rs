use std::time::Duration;

use serde_json::{Value, json};

use super::*;

fn scenario(ratio: f64) -> Scenario {
    of(json!({
        "release": {
            "flag": "f", "baseline": "off", "candidate": "on",
            "guards": [{"metric": "errors", "margin": {"relative": 0.1}, "require_safe": 1.0}],
            "stages": [{"weight": 10, "min_bake": "10m", "max_bake": "2h"}, {"weight": 100, "watch": "5m", "holdback": 5}],
        },
        "traffic": {"units": 6000},
        "metrics": {"errors": {"rate": 0.01, "ratio": ratio}},
        "runs": 40,
    }))
}

fn of(value: Value) -> Scenario {
    serde_json::from_value(value).unwrap()
}

fn simulate(scenario: &Scenario) -> Vec<Outcome> {
    each(scenario.runs, |number| {
        run(scenario, "test", number).unwrap()
    })
}

#[test]
fn the_same_seed_gives_the_same_runs_and_another_one_others() {
    let scenario = scenario(1.5);
    let first = simulate(&scenario);
    assert_eq!(first, simulate(&scenario));
    let other = Scenario {
        seed: 1,
        ..scenario
    };
    assert_ne!(first, simulate(&other));
}

#[test]
fn what_is_healthy_is_promoted() {
    let outcomes = simulate(&scenario(1.0));
    let summary = Summary::of(&outcomes, Duration::ZERO);
    assert!(summary.completed.count >= 38, "{summary:?}");
    assert!(summary.rolled_back.count <= 2, "{summary:?}");
    assert!(summary.minutes_to_complete.unwrap() >= 15.0, "{summary:?}");
}

#[test]
fn what_is_three_times_as_bad_is_taken_back_after_its_onset() {
    let mut scenario = scenario(3.0);
    scenario.traffic.onset = Some("3m".parse().unwrap());
    let outcomes = simulate(&scenario);
    let summary = Summary::of(&outcomes, Duration::from_secs(180));
    assert_eq!(summary.rolled_back.count, 40, "{summary:?}");
    assert!(summary.too_early.count <= 2);
    assert!(summary.minutes_to_find.unwrap() < 10.0, "{summary:?}");
    assert_eq!(summary.culprits.keys().collect::<Vec<_>>(), ["errors"]);
    assert!(summary.excess_events > 10.0);
}

#[test]
fn an_incident_in_both_arms_is_nobodys_harm() {
    let mut scenario = scenario(1.0);
    scenario.traffic.incident = Some(Incident {
        from: "2m".parse().unwrap(),
        lasts: "5m".parse().unwrap(),
        times: 10.0,
    });
    let summary = Summary::of(&simulate(&scenario), Duration::ZERO);
    assert!(summary.rolled_back.count <= 2, "{summary:?}");
}

#[test]
fn slowness_is_found_by_values() {
    let mut scenario = scenario(1.0);
    scenario.release.guards =
        serde_json::from_value(json!([{"metric": "latency", "margin": {"relative": 0.05}}]))
            .unwrap();
    scenario.metrics =
        serde_json::from_value(json!({"latency": {"median": 120, "ratio": 1.5}})).unwrap();
    scenario.runs = 8;
    let summary = Summary::of(&simulate(&scenario), Duration::ZERO);
    assert_eq!(summary.rolled_back.count, 8, "{summary:?}");
    let healthy = scenario.healthy();
    assert!(!healthy.has_harm() && scenario.has_harm());
    let summary = Summary::of(&simulate(&healthy), Duration::ZERO);
    assert!(summary.rolled_back.count <= 1, "{summary:?}");
}

#[test]
fn units_that_are_lost_hold_a_release() {
    let mut scenario = scenario(1.0);
    scenario.traffic.lost = 0.2;
    scenario.runs = 4;
    for outcome in simulate(&scenario) {
        assert_eq!(outcome.ended, Ended::Unfinished);
        assert!(outcome.held > Duration::from_secs(600));
    }
}

#[test]
fn values_are_spread_as_they_are_said_to_be() {
    let traffic: Traffic = serde_json::from_value(json!({"units": 60_000})).unwrap();
    let metrics =
        serde_json::from_value(json!({"latency": {"median": 100, "spread": 0.5}})).unwrap();
    let mut random = traffic::Random::new("values", 1);
    let times = (Duration::ZERO, Duration::from_secs(60));
    let window = traffic.window(&mut random, &metrics, (0, 0.5), times);
    let serin_engine::release::evidence::Tally::Histogram(values) =
        &window.candidate.metrics["latency"]
    else {
        panic!("a histogram");
    };
    let total = values.total() as f64;
    assert_eq!(total, window.candidate.exposed);
    let above = |value: f64| {
        values.above(serin_engine::release::evidence::bucket(value).unwrap()) as f64 / total
    };
    // Buckets end a little above a value: at 103.0 and at 167.8.
    assert!((above(100.0) - 0.476).abs() < 0.012, "{}", above(100.0));
    assert!((above(164.87) - 0.150).abs() < 0.012, "{}", above(164.87));
}

#[test]
fn what_cannot_be_simulated_is_named() {
    let mut bad = scenario(1.0);
    bad.runs = 0;
    bad.traffic.units = Level::Steady(-1.0);
    bad.traffic.lost = 1.0;
    bad.window = "2h".parse().unwrap();
    bad.metrics = serde_json::from_value(json!({"errors": {"rate": 2, "ratio": 0}})).unwrap();
    bad.release.stages[0] =
        serde_json::from_value(json!({"weight": 1, "shadow": {"mismatch": "m"}})).unwrap();
    let mistakes = bad.mistakes().join("\n");
    for place in [
        "shadow stages",
        "/runs",
        "/traffic/units",
        "/traffic/lost",
        "/window",
        "/metrics/errors:",
        "/metrics/errors/ratio",
    ] {
        assert!(mistakes.contains(place), "{place} in {mistakes}");
    }
    assert!(scenario(2.0).mistakes().is_empty());
    assert!(scenario(2.0).unfed().next().is_none());
}

#[test]
fn what_says_little_is_warned_of() {
    assert!(scenario(2.0).warnings().is_empty());
    let mut odd = scenario(2.0);
    odd.traffic.units = Level::Steady(0.0);
    odd.metrics.clear();
    odd.release
        .guards
        .extend(serde_json::from_value::<Vec<_>>(json!([{"slo": "availability"}])).unwrap());
    let warnings = odd.warnings();
    let [units, metric, objective] = &warnings[..] else {
        panic!("{warnings:?}")
    };
    assert!(units.contains("/traffic/units"), "{units}");
    assert!(metric.contains("\"errors\""), "{metric}");
    assert!(
        objective.contains("\"availability\" is not simulated"),
        "{objective}"
    );
    odd.traffic.units = of(json!({
        "release": {"flag": "f", "baseline": "a", "candidate": "b", "stages": []},
        "traffic": {"units": {"from": 0, "to": 10, "over": "1h"}},
    }))
    .traffic
    .units;
    assert_eq!(odd.warnings().len(), 2);
}
