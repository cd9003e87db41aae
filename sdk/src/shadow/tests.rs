use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use serin_api::evidence::EvidenceWindow;
use serin_engine::release::evidence::Tally;
use serin_engine::ruleset::{Document, Ruleset};

use super::*;
use crate::protocol::Update;
use crate::status::Source;
use crate::telemetry::Counters;
use crate::{change, clock};

const RELEASE: &str = "0190a1b2-0000-7000-8000-000000000001";

/// A client of a flag that serves `off`, with a release on it.
fn client(shadow: Option<Value>) -> Client {
    let shared = Arc::new(Shared::new(Some(Counters::new()), None));
    let client = Client::without_server(shared);
    install(&client, shadow, 1);
    client
}

/// The release is in its first stage since this transition.
fn install(client: &Client, shadow: Option<Value>, epoch: u64) {
    let mut release = json!({
        "id": RELEASE, "flag": "pricing", "site": "default", "baseline": "off", "candidate": "on", "stage": 0, "epoch": epoch,
        "metrics": [{"key": "mismatch", "kind": "count"}, {"key": "took", "kind": "value"}],
    });
    if let Some(shadow) = shadow {
        release["shadow"] = shadow;
    }
    let document = json!({
        "format": 1, "project": "shop", "environment": "test", "revision": epoch, "releases": [release],
        "flags": {"pricing": {
            "type": "boolean", "version": 1, "enabled": true, "off": "off",
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
            "targets": [{"variation": "off", "values": ["target"]}],
            "default": {"split": {"allocation": [{"variation": "on", "slots": 0}, {"variation": "off", "slots": 100_000}]}},
        }},
    });
    let document: Document = serde_json::from_value(document).unwrap();
    let (ruleset, warnings) = Ruleset::from_document(document).unwrap();
    let update = Update {
        changed: change::between(None, &ruleset),
        ruleset,
        warnings,
    };
    client.shared().install(update, Source::Bootstrap);
}

fn wanted(slots: u32) -> Option<Value> {
    Some(json!({"slots": slots, "mismatch": "mismatch", "latency": "took"}))
}

fn unit(number: usize) -> Context {
    Context::new(format!("user-{number}"))
}

/// Waits until all that was put aside is done.
fn settle(client: &Client) {
    let (done, wait) = mpsc::channel();
    // Where the queue is full it is tried again: each try makes room for none, but time does.
    while !client.shared().aside.run(Box::new({
        let done = done.clone();
        move || {
            let _ = done.send(());
        }
    })) {
        std::thread::yield_now();
    }
    wait.recv().unwrap();
}

fn windows(client: &Client) -> Vec<EvidenceWindow> {
    let now: DateTime<Utc> = clock::now();
    client.shared().evidence.close(now);
    client.shared().evidence.take()
}

fn events(window: &EvidenceWindow) -> f64 {
    match window.candidate.metrics["mismatch"] {
        Tally::Events(events) => events,
        _ => panic!("a count"),
    }
}

#[test]
fn a_part_of_the_units_is_compared_and_all_are_served_the_control() {
    let client = client(wanted(20_000));
    for number in 0..500 {
        let served = client.shadow(
            "pricing",
            &unit(number),
            move || number,
            move || number - number % 2,
            |a, b| a == b,
        );
        assert_eq!(served, number);
        // A second time in a window is once.
        let again = client.shadow("pricing", &unit(number), move || 7, || 7, |a, b| a == b);
        assert_eq!(again, 7);
        settle(&client);
    }
    let [window] = &windows(&client)[..] else {
        panic!("one window");
    };
    let compared = window.candidate.exposed;
    assert!((60.0..140.0).contains(&compared), "{compared} of 500");
    assert_eq!(
        (window.baseline.exposed, window.baseline.first),
        (compared, Some(compared))
    );
    let differing = events(window) / compared;
    assert!((differing - 0.5).abs() < 0.2, "{differing}");
    for arm in [&window.baseline, &window.candidate] {
        let Tally::Histogram(took) = &arm.metrics["took"] else {
            panic!("values");
        };
        assert_eq!(took.total() as f64, compared);
    }
    assert_eq!(client.metrics().shadows_dropped, 0);
}

#[test]
fn a_unit_whose_results_differ_counts_once_in_a_stage() {
    let client = client(wanted(100_000));
    let compare = |number: usize, other: usize| {
        client.shadow("pricing", &unit(number), || 0, move || other, |a, b| a == b);
        settle(&client);
    };
    let counted = |client: &Client| -> Vec<_> {
        let windows = windows(client).into_iter();
        windows
            .map(|window| {
                (
                    window.candidate.exposed,
                    window.candidate.first,
                    events(&window),
                )
            })
            .collect()
    };
    (0..3).for_each(|_| compare(1, 1));
    compare(2, 0);
    assert_eq!(counted(&client), [(2.0, Some(2.0), 1.0)]);
    // They come back; the second differs for the first time, though not at its first look.
    compare(1, 1);
    compare(2, 0);
    compare(2, 1);
    assert_eq!(counted(&client), [(2.0, Some(0.0), 1.0)]);
    compare(2, 1);
    assert_eq!(counted(&client), [(1.0, Some(0.0), 0.0)]);
    // A retry is another stage.
    install(&client, wanted(100_000), 2);
    compare(1, 1);
    assert_eq!(counted(&client), [(1.0, Some(1.0), 1.0)]);
}

#[test]
fn a_panic_is_a_result_that_differs_and_goes_no_further() {
    let client = client(wanted(100_000));
    let served = client.shadow(
        "pricing",
        &unit(1),
        || "control",
        || panic!("the candidate"),
        |_, _| true,
    );
    assert_eq!(served, "control");
    settle(&client);
    let served = client.shadow(
        "pricing",
        &unit(2),
        || "control",
        || "other",
        |_, _| panic!("comparing"),
    );
    assert_eq!(served, "control");
    settle(&client);
    let windows = windows(&client);
    assert_eq!(
        (windows[0].candidate.exposed, events(&windows[0])),
        (2.0, 2.0)
    );
}

#[test]
fn a_slow_candidate_keeps_nobody_waiting_and_too_many_are_left_out() {
    let client = client(wanted(100_000));
    let (release, held) = mpsc::channel::<()>();
    let (started, starts) = mpsc::channel();
    let first = client.shadow(
        "pricing",
        &unit(0),
        || 1,
        move || {
            let _ = started.send(());
            let _ = held.recv();
            1
        },
        |a, b| a == b,
    );
    assert_eq!(first, 1);
    starts.recv().unwrap();
    for number in 1..=100 {
        assert_eq!(
            client.shadow("pricing", &unit(number), || 1, || 1, |a, b| a == b),
            1
        );
    }
    assert_eq!(client.metrics().shadows_dropped, 100 - 64);
    release.send(()).unwrap();
    settle(&client);
    assert_eq!(windows(&client)[0].candidate.exposed, 65.0);
}

#[test]
fn without_a_shadow_stage_the_candidate_never_runs() {
    static RAN: AtomicBool = AtomicBool::new(false);
    let run = |client: &Client, flag: &str, context: &Context| {
        client.shadow(
            flag,
            context,
            || 1,
            || {
                RAN.store(true, Ordering::SeqCst);
                1
            },
            |a, b| a == b,
        )
    };
    let none = client(None);
    assert_eq!(run(&none, "pricing", &unit(1)), 1);
    let shadowed = client(wanted(100_000));
    assert_eq!(run(&shadowed, "another", &unit(1)), 1);
    // A target decides for this one, and not the release's site; that one has no unit.
    assert_eq!(run(&shadowed, "pricing", &Context::new("target")), 1);
    assert_eq!(run(&shadowed, "pricing", &Context::default()), 1);
    settle(&shadowed);
    assert!(!RAN.load(Ordering::SeqCst));
}

#[test]
fn in_a_shadow_stage_only_comparisons_count() {
    let client = client(wanted(100_000));
    for number in 0..50 {
        assert!(!client.bool("pricing", &unit(number), true));
        client.track("mismatch", &unit(number));
    }
    assert_eq!(windows(&client), []);
}

#[tokio::test]
async fn what_is_awaited_is_compared_too() {
    let client = client(wanted(100_000));
    let same = client
        .shadow_async("pricing", &unit(1), async { 1 }, async { 1 }, |a, b| a == b)
        .await;
    let other = client
        .shadow_async("pricing", &unit(2), async { 1 }, async { 2 }, |a, b| a == b)
        .await;
    let panics = client
        .shadow_async(
            "pricing",
            &unit(3),
            async { 1 },
            async { panic!("the candidate") },
            |a, b| a == b,
        )
        .await;
    assert_eq!((same, other, panics), (1, 1, 1));
    let mut places = Vec::new();
    // All have given their places back when all can be had.
    while places.len() < 64 {
        match client.shared().aside.place() {
            Some(place) => places.push(place),
            None => {
                places.clear();
                tokio::task::yield_now().await;
            }
        }
    }
    let windows = windows(&client);
    assert_eq!(
        (windows[0].candidate.exposed, events(&windows[0])),
        (3.0, 2.0)
    );
    assert_eq!(
        client
            .shadow_async("pricing", &unit(4), async { 1 }, async { 2 }, |a, b| a == b)
            .await,
        1
    );
    assert_eq!(client.metrics().shadows_dropped, 1);
}
