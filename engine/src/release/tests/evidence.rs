//! Windows: their JSON, and what is none.

use serde_json::{Value, json};

use crate::release::evidence::{At, Histogram, Window, bucket};

fn window() -> Value {
    json!({
        "release": "r1", "at": "2026-11-21T10:00:10Z", "stage": 1, "weight": 0.01,
        "baseline": {"exposed": 990, "first": 400, "metrics": {
            "errors": {"events": 5}, "latency": {"histogram": {"104": 12, "-3": 31}}}},
        "candidate": {"exposed": 10, "first": 4, "metrics": {
            "errors": {"events": 0}, "latency": {"histogram": {"104": 1}}}},
    })
}

fn with(pointer: &str, value: Value) -> Result<(), String> {
    let mut json = window();
    *json.pointer_mut(pointer).unwrap() = value;
    let window: Window = serde_json::from_value(json).map_err(|error| error.to_string())?;
    window.check().map_err(|error| error.to_string())
}

#[test]
fn windows_are_written_as_they_were_read() {
    let read: Window = serde_json::from_str(&window().to_string()).unwrap();
    assert_eq!(read.check(), Ok(()));
    assert_eq!(serde_json::to_value(&read).unwrap(), window());
    assert_eq!(serde_json::from_value::<Window>(window()).unwrap(), read);
}

#[test]
fn what_is_no_window_is_refused_by_place() {
    for (pointer, value, word) in [
        ("/weight", json!(1.1), "weight"),
        ("/weight", json!(-0.1), "weight"),
        ("/baseline/exposed", json!(-1), "baseline.exposed"),
        ("/candidate/first", json!(-1), "candidate.first"),
        (
            "/candidate/metrics/errors/events",
            json!(11),
            "candidate.metrics.errors",
        ),
        (
            "/candidate/metrics/errors/events",
            json!(-1),
            "candidate.metrics.errors",
        ),
        ("/candidate/metrics/errors", json!({}), "expected"),
        ("/candidate/metrics/errors", json!({"count": 1}), "count"),
        (
            "/candidate/metrics/latency/histogram",
            json!({"4": -1}),
            "-1",
        ),
        (
            "/candidate/metrics/latency/histogram",
            json!({"x": 1}),
            "\"x\"",
        ),
        ("/at", json!("yesterday"), "yesterday"),
        ("/stage", json!(-1), "-1"),
        ("/candidate", json!(null), "null"),
    ] {
        let error = with(pointer, value.clone()).unwrap_err();
        assert!(error.contains(word), "{pointer} {value}: {error}");
    }
    assert_eq!(with("/candidate/metrics/errors/events", json!(2.5)), Ok(()));
    let mut window: Window = serde_json::from_value(window()).unwrap();
    window.candidate.exposed = f64::NAN;
    assert!(window.check().is_err());
}

#[test]
fn times_are_read_and_written_to_the_nanosecond() {
    for text in [
        "1970-01-01T00:00:00Z",
        "2026-11-21T10:00:10Z",
        "2024-02-29T23:59:59.999Z",
        "1969-12-31T23:59:59.000001Z",
        "2100-03-01T00:00:00.000000001Z",
        "1700-12-31T12:00:00Z",
    ] {
        assert_eq!(text.parse::<At>().unwrap().to_string(), text);
    }
    let east: At = "2026-11-21T11:00:10.5+01:00".parse().unwrap();
    assert_eq!(east.to_string(), "2026-11-21T10:00:10.500Z");
    assert_eq!(east, At::from_millis(east.as_millis()));
    for text in [
        "0001-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
        "2026-11-21",
        "2026-11-21T10:00:10.0000000001Z",
    ] {
        assert!(text.parse::<At>().is_err(), "{text}");
    }
}

#[test]
fn buckets_hold_what_they_say() {
    for index in [-14_000, -200, -1, 0, 1, 2, 104, 14_000] {
        let bound = 1.05_f64.powi(index);
        assert_eq!(bucket(bound), Some(index), "at the bound {bound}");
        assert_eq!(bucket(bound * 1.001), Some(index + 1), "above {bound}");
    }
    assert_eq!(bucket(1.0), Some(0));
    assert_eq!(bucket(0.0), bucket(f64::MIN_POSITIVE));
    assert_eq!(bucket(-3.0), bucket(0.0));
    assert_eq!(bucket(f64::INFINITY), None);
    assert_eq!(bucket(f64::NAN), None);
}

#[test]
fn histograms_sum() {
    let mut one = Histogram::default();
    for value in [1.0, 1.0, 153.0, f64::NAN] {
        one.record(value);
    }
    let mut sum = one.clone();
    sum.merge(&one);
    assert_eq!((one.total(), sum.total()), (3, 6));
    assert_eq!(
        (sum.above(0), sum.above(-1), sum.above(i32::MAX)),
        (2, 6, 0)
    );
}
