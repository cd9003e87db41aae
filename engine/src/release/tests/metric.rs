//! Metrics that other systems are asked for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::release::{Metric, Places, placeholders, render, validate_metric};

fn metric(value: Value) -> Metric {
    serde_json::from_value(value).unwrap()
}

fn mistakes(value: Value) -> Vec<(String, &'static str)> {
    let found = validate_metric(&metric(value));
    let found = found
        .into_iter()
        .map(|mistake| (mistake.path, mistake.code));
    found.collect()
}

fn asked(exposures: &str, events: &str) -> Value {
    json!({"kind": "count", "source": {"prometheus": {"exposures": exposures, "events": events}}})
}

#[test]
fn a_query_has_its_placeholders_filled_in_with_quotes_escaped() {
    let places = Places {
        variation: r#"o"n\"#,
        window: Duration::from_millis(60_400),
        flag: "new-checkout",
        project: "shop",
        environment: "production",
        release: "r1",
    };
    let query = r#"sum(increase(errors{v="{{variation}}",f="{{ flag }}",p="{{project}}/{{environment}}/{{release}}"}[{{window}}]))"#;
    assert_eq!(
        render(query, &places),
        r#"sum(increase(errors{v="o\"n\\",f="new-checkout",p="shop/production/r1"}[60s]))"#
    );
    let shortest = Places {
        window: Duration::ZERO,
        ..places
    };
    assert_eq!(render("x[{{window}}]", &shortest), "x[1s]");
    // A set of matchers has braces too, and they are not doubled.
    assert_eq!(render("x{a=\"b\"}", &places), "x{a=\"b\"}");
}

#[test]
fn placeholders_that_there_are_not_are_named() {
    assert_eq!(
        placeholders("x{a=\"{{variety}}\"}"),
        Err("variety".to_owned())
    );
    assert_eq!(placeholders("x{{"), Err("{{".to_owned()));
    assert_eq!(placeholders("{{flag}} {{flag}}").unwrap().len(), 1);
}

#[test]
fn sources_that_make_no_sense_are_refused_by_place() {
    let at = |member: &str| format!("/source/prometheus/{member}");
    let good = asked("a{v=\"{{variation}}\"}", "b{v=\"{{variation}}\"}");
    assert_eq!(mistakes(good.clone()), []);
    assert_eq!(
        mistakes(asked("a", "b")),
        [(at("exposures"), "no_variation")]
    );
    assert_eq!(
        mistakes(asked("a{{variation}}", "b")),
        [(at("events"), "one_sided")]
    );
    assert_eq!(
        mistakes(asked("a{{variation}}[{{window}}]", "b{{variation}}")),
        [(at("events"), "one_sided")]
    );
    assert_eq!(
        mistakes(asked("a{{no}}", "b{{variation}}")),
        [(at("exposures"), "unknown_placeholder")]
    );
    for (window, ok) in [("5s", true), ("4s", false), ("10m", true), ("601s", false)] {
        let mut timed = good.clone();
        timed["source"]["prometheus"]["window"] = json!(window);
        assert_eq!(mistakes(timed).is_empty(), ok, "{window}");
    }
    let mut values = good.clone();
    values["kind"] = json!("value");
    values["objective"] = json!(0.999);
    assert_eq!(mistakes(values).len(), 2);
    // An objective looks at both arms together.
    let mut objective = asked("a", "b");
    objective["objective"] = json!(0.999);
    assert_eq!(mistakes(objective.clone()), []);
    assert!(!metric(objective.clone()).compares() && metric(good).compares());
    objective["objective"] = json!(1.0);
    assert_eq!(
        mistakes(objective),
        [("/objective".to_owned(), "out_of_range")]
    );
}

#[test]
fn a_metric_is_written_as_it_was_read() {
    let mut full = asked("a{{variation}}[{{window}}]", "b{{variation}}[{{window}}]");
    full["source"]["prometheus"]["window"] = json!("30s");
    full["direction"] = json!("up");
    full["objective"] = json!(0.99);
    let read = metric(full.clone());
    assert_eq!(serde_json::to_value(&read).unwrap(), full);
    let queries = read.prometheus().unwrap();
    assert!(queries.gives_increases());
    assert_eq!(queries.window(), Duration::from_secs(30));
    assert_eq!(metric(json!({"kind": "count"})).prometheus(), None);
}
