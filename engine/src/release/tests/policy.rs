//! Policies and guards: their JSON, and their mistakes by place.

use serde_json::{Value, json};

use crate::{
    json::read,
    release::{
        Action, Direction, Guard, Margin, MetricGuard, OnInconclusive, Policy, Test,
        validate_guards, validate_policy,
    },
};

fn guards(value: Value) -> Vec<Guard> {
    read(value).unwrap()
}

fn mistakes(value: Value) -> Vec<(String, &'static str)> {
    validate_guards(&guards(value))
        .into_iter()
        .map(|mistake| (mistake.path, mistake.code))
        .collect()
}

#[test]
fn what_is_absent_is_the_default() {
    let policy: Policy = read(json!({})).unwrap();
    assert_eq!(policy, Policy::default());
    let written =
        json!({"alpha": 0.01, "beta": 0.05, "on_harm": "rollback", "on_inconclusive": "hold"});
    assert_eq!(serde_json::to_value(&policy).unwrap(), written);
    let some: Policy =
        read(json!({"on_inconclusive": "advance", "max_excess_events": 200})).unwrap();
    assert_eq!(some.on_inconclusive, OnInconclusive::Advance);
    assert_eq!(some.max_excess_events, Some(200.0));
}

#[test]
fn guards_are_told_apart_and_written_as_they_were_read() {
    let written = json!([
        {"metric": "errors", "bad": "up", "margin": {"relative": 0.05, "absolute": 0.0005}, "require_safe": 0.5},
        {"metric": "orders", "bad": "down", "action": "notify", "test": "block"},
        {"slo": "availability", "action": "hold"},
    ]);
    let guards = guards(written.clone());
    assert_eq!(serde_json::to_value(&guards).unwrap(), written);
    let expected = MetricGuard {
        limit: None,
        metric: "orders".to_owned(),
        bad: Direction::Down,
        margin: Margin::default(),
        require_safe: None,
        action: Some(Action::Notify),
        test: Test::Block,
    };
    assert_eq!(guards[1], Guard::Metric(expected));
    let in_mean: Vec<_> = guards
        .iter()
        .map(|guard| guard.metric().is_some_and(MetricGuard::is_in_mean))
        .collect();
    assert_eq!(in_mean, [true, false, false]);
}

#[test]
fn what_nobody_knows_is_refused_by_name() {
    for (guard, word) in [
        (json!({"metric": "a", "marginn": {}}), "marginn"),
        (json!({"metric": "a", "margin": {"relativ": 1}}), "relativ"),
        (json!({"slo": "a", "margin": {}}), "margin"),
        (json!({"metric": "a", "bad": "sideways"}), "sideways"),
        (json!({"bad": "up"}), "metric"),
    ] {
        let error = read::<Guard>(guard).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    let error = read::<Policy>(json!({"alfa": 0.1})).unwrap_err();
    assert!(error.to_string().contains("alfa"), "{error}");
}

#[test]
fn every_mistake_has_its_place() {
    assert_eq!(mistakes(json!([{"metric": "a"}, {"slo": "a"}])), []);
    let found = mistakes(json!([
        {"metric": "a", "margin": {"relative": -0.1, "absolute": 2}, "require_safe": 0},
        {"metric": "a"},
        {"metric": " "},
    ]));
    let expected = [
        ("/guards/0/margin/relative", "out_of_range"),
        ("/guards/0/margin/absolute", "out_of_range"),
        ("/guards/0/require_safe", "out_of_range"),
        ("/guards/1/metric", "duplicate"),
        ("/guards/2/metric", "invalid_key"),
    ];
    assert_eq!(found, expected.map(|(path, code)| (path.to_owned(), code)));
    let many: Vec<_> = (0..33)
        .map(|number| json!({"metric": format!("m{number}")}))
        .collect();
    assert_eq!(
        mistakes(Value::Array(many)),
        [("/guards".to_owned(), "too_many")]
    );

    let policy = Policy {
        alpha: 0.0,
        beta: f64::NAN,
        max_excess_events: Some(-1.0),
        ..Policy::default()
    };
    let found: Vec<_> = validate_policy(&policy)
        .into_iter()
        .map(|mistake| mistake.path)
        .collect();
    assert_eq!(
        found,
        ["/policy/alpha", "/policy/beta", "/policy/max_excess_events"]
    );
    assert_eq!(validate_policy(&Policy::default()), []);
}
