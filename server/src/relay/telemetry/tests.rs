use serde_json::json;
use serin_api::sdk::EvaluationCount;

use super::*;
use crate::{clock::ManualClock, publish::Snapshot};

fn forwarder() -> (Forwarder, DateTime<Utc>) {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let clock = Arc::new(ManualClock::at(now));
    (Forwarder::new(clock, Arc::default()), now)
}

fn batch(sequence: u64, to: DateTime<Utc>, counts: &[(&str, Option<&str>, u64)]) -> Telemetry {
    Telemetry {
        instance: Uuid::from_u128(7),
        sequence,
        evaluations: counts
            .iter()
            .map(|(flag, variation, count)| EvaluationCount {
                flag: (*flag).to_owned(),
                variation: variation.map(str::to_owned),
                count: *count,
            })
            .collect(),
        ..report_of_an_sdk(to)
    }
}

fn report_of_an_sdk(to: DateTime<Utc>) -> Telemetry {
    let nothing = Template {
        revision: 1,
        running: Vec::new(),
    };
    Telemetry {
        running: None,
        ..nothing.report(to - TimeDelta::seconds(10), to)
    }
}

const PLACE: Uuid = Uuid::from_u128(1);

#[test]
fn batches_are_summed_up_by_flag_and_variation_and_come_once() {
    let (forwarder, now) = forwarder();
    for sequence in [1, 2, 2, 3, 1] {
        let counts = [("a", Some("on"), 2), ("a", None, 1), ("b", Some("on"), 5)];
        forwarder
            .record(PLACE, batch(sequence, now, &counts))
            .unwrap();
    }
    forwarder.count(PLACE, "a", Some("on"));
    assert_eq!(forwarder.due(), [PLACE]);
    assert_eq!(forwarder.waiting(), 3);
    let reports = forwarder.take(PLACE);
    assert_eq!(reports.len(), 1);
    let found: Vec<_> = reports[0]
        .evaluations
        .iter()
        .map(|count| (count.flag.as_str(), count.variation.as_deref(), count.count))
        .collect();
    assert_eq!(
        found,
        [("a", None, 3), ("a", Some("on"), 7), ("b", Some("on"), 15)]
    );
    assert_eq!(
        (reports[0].from, reports[0].to),
        (now - TimeDelta::seconds(10), now)
    );
    assert_eq!(forwarder.waiting(), 3);
    forwarder.done(&reports[0]);
    assert_eq!(forwarder.waiting(), 0);
    assert!(forwarder.due().is_empty() && forwarder.take(PLACE).is_empty());
}

#[test]
fn each_hour_has_its_own_report() {
    let (forwarder, now) = forwarder();
    for (sequence, hours) in [(1, 0), (2, 1), (3, 1)] {
        let to = now - TimeDelta::hours(hours);
        forwarder
            .record(PLACE, batch(sequence, to, &[("a", Some("on"), 1)]))
            .unwrap();
    }
    let reports = forwarder.take(PLACE);
    let found: Vec<_> = reports
        .iter()
        .map(|r| (r.to, r.evaluations[0].count))
        .collect();
    assert_eq!(found, [(now - TimeDelta::hours(1), 2), (now, 1)]);
}

#[test]
fn what_waits_is_bounded_and_what_is_turned_away_counts_later() {
    let (forwarder, now) = forwarder();
    let names: Vec<String> = (0..MOST).map(|n| format!("flag-{n}")).collect();
    for (sequence, names) in (1..).zip(names.chunks(40_000)) {
        let counts: Vec<_> = names.iter().map(|name| (name.as_str(), None, 1)).collect();
        forwarder
            .record(PLACE, batch(sequence, now, &counts))
            .unwrap();
    }
    assert_eq!(forwarder.waiting(), MOST);
    let late = batch(99, now, &[("late", None, 1)]);
    assert!(matches!(
        forwarder.record(PLACE, late.clone()),
        Err(Error::Unavailable)
    ));
    forwarder.count(PLACE, "own", None);
    forwarder.due();
    assert_eq!((forwarder.waiting(), forwarder.dropped()), (MOST, 1));
    let reports = forwarder.take(PLACE);
    let counted: usize = reports.iter().map(|report| report.evaluations.len()).sum();
    assert_eq!(counted, MOST);
    for report in &reports {
        assert!(serde_json::to_vec(report).unwrap().len() < 1 << 20);
    }
    reports.iter().for_each(|report| forwarder.done(report));
    forwarder.record(PLACE, late).unwrap();
    assert_eq!(forwarder.waiting(), 1);
}

#[test]
fn unknown_flags_and_contexts_are_bounded() {
    let (forwarder, now) = forwarder();
    for sequence in 1..=40 {
        let mut telemetry = batch(sequence, now, &[]);
        let names = (0..50).map(|n| format!("{}", sequence * 50 + n));
        telemetry.unknown_flags = names.collect();
        telemetry.contexts = (0..50).map(|n| json!({"n": sequence * 50 + n})).collect();
        forwarder.record(PLACE, telemetry).unwrap();
    }
    let reports = forwarder.take(PLACE);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].unknown_flags.len(), UNKNOWN);
    assert_eq!(reports[0].contexts.len(), CONTEXTS);
    assert_eq!(reports[0].contexts[CONTEXTS - 1], json!({"n": 2049}));
}

/// The log may be slow: nobody waits for it with counts.
#[test]
fn what_is_left_out_of_evidence_is_logged_while_counts_go_on() {
    let (forwarder, now) = forwarder();
    let release = Uuid::from_u128(3);
    let document = json!({"format": 1, "project": "p", "environment": "e", "revision": 1,
        "releases": [{"id": release, "flag": "checkout", "metrics": []}]});
    let document = serde_json::from_value(document).unwrap();
    let (snapshot, _) = Snapshot::new(PLACE, document).unwrap();
    forwarder.publisher.install(snapshot);
    let windows = json!([{"release": release, "stage": 0, "at": now,
        "baseline": {"exposed": 1, "metrics": {"strange": {"events": 1}}}, "candidate": {"exposed": 1}}]);
    let report = Report {
        instance: Uuid::from_u128(7),
        sequence: 1,
        sent_at: None,
        windows: serde_json::from_value(windows).unwrap(),
    };
    let forwarder = Arc::new(forwarder);
    let (logs, logged) = (Arc::clone(&forwarder), Arc::new(AtomicUsize::new(0)));
    let lines = Arc::clone(&logged);
    let subscriber = tracing_subscriber::fmt().with_writer(move || {
        assert!(logs.waiting.try_lock().is_ok(), "somebody waits");
        lines.fetch_add(1, Ordering::Relaxed);
        std::io::sink()
    });
    let accepted = tracing::subscriber::with_default(subscriber.finish(), || {
        forwarder.take_evidence(PLACE, &report).unwrap()
    });
    assert_eq!((accepted.passed_on, accepted.left_out.len()), (1, 1));
    assert_eq!(logged.load(Ordering::Relaxed), 1);
}
