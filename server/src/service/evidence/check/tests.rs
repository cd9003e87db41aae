use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-22T06:40:13.5Z".parse().unwrap()
}

fn report(sent_at: Option<&str>, windows: Value) -> Report {
    Report {
        instance: Uuid::from_u128(7),
        sequence: 1,
        sent_at: sent_at.map(|text| text.parse().unwrap()),
        windows: serde_json::from_value(windows).unwrap(),
    }
}

fn window(at: &str, change: &Value) -> Value {
    let mut window = json!({
        "release": Uuid::from_u128(1), "stage": 0, "at": at,
        "baseline": {"exposed": 10, "first": 4, "metrics": {"errors": {"events": 1}}},
        "candidate": {"exposed": 5},
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        window[name] = value.clone();
    }
    window
}

/// When the window began by the server's clock, or the place of its mistake.
fn read(sent_at: Option<&str>, window: Value) -> Result<String, String> {
    let checked =
        Checked::read(&report(sent_at, json!([window])), &Asked::default(), now()).unwrap();
    match checked.mistakes.first() {
        Some(mistake) => Err(format!("{} {}", mistake.path, mistake.code)),
        None => Ok(checked.good[0].at.to_rfc3339()),
    }
}

type Result<T, E> = std::result::Result<T, E>;

#[test]
fn windows_lie_on_the_grid_that_all_share() {
    let read = |at| read(None, window(at, &json!({})));
    assert_eq!(
        read("2026-11-22T06:40:00Z").unwrap(),
        "2026-11-22T06:40:00+00:00"
    );
    assert_eq!(
        read("2026-11-22T06:39:59.99Z").unwrap(),
        "2026-11-22T06:39:50+00:00"
    );
    assert_eq!(
        read("2026-11-22T06:40:20Z").unwrap(),
        "2026-11-22T06:40:20+00:00"
    );
    assert_eq!(
        read("2026-11-22T06:40:35Z"),
        Err("/windows/0/at out_of_range".to_owned())
    );
    assert_eq!(
        read("2026-11-22T05:40:00Z"),
        Err("/windows/0/at out_of_range".to_owned())
    );
    assert_eq!(
        read("1970-01-01T00:00:00Z"),
        Err("/windows/0/at out_of_range".to_owned())
    );
}

#[test]
fn a_clock_that_is_wrong_is_set_right() {
    // Five minutes ahead; sent 3.5 s after the window's end.
    let ahead = window("2026-11-22T06:45:00Z", &json!({}));
    let set = read(Some("2026-11-22T06:45:13.5Z"), ahead).unwrap();
    assert_eq!(set, "2026-11-22T06:40:00+00:00");
    let long_ago = window("1999-12-31T23:59:50Z", &json!({}));
    let set = read(Some("2000-01-01T00:00:03.5Z"), long_ago).unwrap();
    assert_eq!(set, "2026-11-22T06:40:00+00:00");
    // A request that took its time is no wrong clock.
    let right = window("2026-11-22T06:40:00Z", &json!({}));
    let set = read(Some("2026-11-22T06:40:12Z"), right).unwrap();
    assert_eq!(set, "2026-11-22T06:40:00+00:00");
    let nonsense = window("+262000-01-01T00:00:00Z", &json!({}));
    assert!(read(Some("2026-11-22T06:40:12Z"), nonsense).is_err());
}

#[test]
fn what_cannot_be_is_refused_by_its_place_and_the_rest_is_taken() {
    let at = "2026-11-22T06:40:00Z";
    let buckets: serde_json::Map<String, Value> = (0..3000)
        .map(|bucket| (bucket.to_string(), json!(1)))
        .collect();
    let metrics: serde_json::Map<String, Value> = (0..101)
        .map(|metric| (metric.to_string(), json!({"events": 0})))
        .collect();
    let long = "é".repeat(256);
    for (change, mistake) in [
        (
            json!({"candidate": {"exposed": -1}}),
            "/candidate/exposed impossible",
        ),
        (
            json!({"baseline": {"exposed": 1, "metrics": {"e": {"events": 2}}}}),
            "/baseline/metrics/e impossible",
        ),
        (
            json!({"candidate": {"exposed": 1e9}}),
            "/candidate/exposed out_of_range",
        ),
        (
            json!({"candidate": {"exposed": 1, "first": 2}}),
            "/candidate/first impossible",
        ),
        (
            json!({"candidate": {"exposed": 1, "metrics": {"a/b": {"histogram": {"3": 1_000_000_000}}}}}),
            "/candidate/metrics/a~1b out_of_range",
        ),
        (
            json!({"candidate": {"exposed": 1, "metrics": {"l": {"histogram": buckets}}}}),
            "/candidate/metrics/l out_of_range",
        ),
        (
            json!({"candidate": {"exposed": 1, "metrics": {"l": {"histogram": {"-5000": 1}}}}}),
            "/candidate/metrics/l out_of_range",
        ),
        (
            json!({"candidate": {"exposed": 1, "metrics": metrics}}),
            "/candidate/metrics out_of_range",
        ),
        (
            json!({"baseline": {"exposed": 1, "metrics": {long: {"events": 1}}}}),
            "/baseline/metrics out_of_range",
        ),
    ] {
        assert_eq!(
            read(None, window(at, &change)),
            Err(format!("/windows/0{mistake}"))
        );
    }
    let longest = json!({"baseline": {"exposed": 1, "metrics": {"é".repeat(255): {"events": 1}}}});
    assert!(read(None, window(at, &longest)).is_ok());
    let mixed = json!([
        window(at, &json!({"candidate": {"exposed": -1}})),
        window(at, &json!({}))
    ]);
    let mixed = report(None, mixed);
    let checked = Checked::read(&mixed, &Asked::default(), now()).unwrap();
    assert_eq!((checked.good.len(), checked.mistakes.len()), (1, 1));
    assert!(strictly(&mixed, now()).is_err(), "people want to be told");
    assert!(strictly(&report(None, json!([])), now()).is_err());
    let many = vec![window(at, &json!({})); MAX_WINDOWS + 1];
    assert!(Checked::read(&report(None, json!(many)), &Asked::default(), now()).is_err());
}

/// A report of a metric as the other kind would keep out of the sum what others report rightly.
#[test]
fn what_a_release_does_not_ask_for_is_left_out_and_told() {
    use serin_engine::ruleset::{Document, Ruleset};

    let release = json!({"id": Uuid::from_u128(1), "metrics": [
        {"key": "errors", "kind": "count"}, {"key": "a/b", "kind": "value"}]});
    let document = json!({"format": 1, "project": "p", "environment": "e", "revision": 1, "releases": [release, 7]});
    let document: Document = serde_json::from_value(document).unwrap();
    let asked = Asked::by(&Ruleset::from_document(document).unwrap().0);
    let metrics = json!({"candidate": {"exposed": 5, "metrics": {
        "errors": {"histogram": {"3": 1}}, "a/b": {"events": 1}, "orders": {"events": 1}}}});
    let of_another = json!({"release": Uuid::from_u128(2)});
    let at = "2026-11-22T06:40:00Z";
    let told = report(None, json!([window(at, &of_another), window(at, &metrics)]));
    let checked = Checked::read(&told, &asked, now()).unwrap();
    assert_eq!((checked.good.len(), checked.mistakes.len()), (2, 0));
    let left_out: Vec<_> = checked
        .told
        .iter()
        .map(|detail| (detail.path.as_str(), detail.code.as_str()))
        .collect();
    assert_eq!(
        left_out,
        [
            ("/windows/1/candidate/metrics/a~1b", "wrong_kind"),
            ("/windows/1/candidate/metrics/errors", "wrong_kind"),
            ("/windows/1/candidate/metrics/orders", "unknown_metric"),
        ]
    );
    assert!(checked.good[1].candidate.metrics.is_empty());
    assert_eq!(checked.good[1].baseline.metrics.len(), 1);
    assert_eq!(
        checked.good[0].baseline.metrics.len(),
        1,
        "nothing is known of its release"
    );
    let many = vec![window(at, &metrics); 200];
    let checked = Checked::read(&report(None, json!(many)), &asked, now()).unwrap();
    assert_eq!((checked.good.len(), checked.told.len()), (200, 100));
}

/// A relay may be older than the server whose releases it reads.
#[test]
fn a_metric_of_a_kind_that_is_not_known_here_is_for_the_server_to_judge() {
    use serin_engine::ruleset::{Document, Ruleset};

    let release = json!({"id": Uuid::from_u128(1), "metrics": [
        {"key": "errors", "kind": "count"}, {"key": "odd", "kind": "of-tomorrow"}, {"key": "none"}]});
    let document = json!({"format": 1, "project": "p", "environment": "e", "revision": 1, "releases": [release]});
    let document: Document = serde_json::from_value(document).unwrap();
    let asked = Asked::by(&Ruleset::from_document(document).unwrap().0);
    let metrics = json!({"candidate": {"exposed": 5, "metrics": {
        "odd": {"histogram": {"3": 1}}, "none": {"events": 1}, "other": {"events": 1}}}});
    let sent = report(None, json!([window("2026-11-22T06:40:00Z", &metrics)]));
    let checked = Checked::read(&sent, &asked, now()).unwrap();
    let kept: Vec<_> = checked.good[0].candidate.metrics.keys().collect();
    assert_eq!(kept, ["none", "odd"]);
    assert_eq!(checked.told.len(), 1);
}
