use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use serin_engine::release::evidence::{Arm, Tally};
use serin_engine::ruleset::{Document, Kind, fingerprint};

use super::filter::{Filter, Rotating, for_purpose, hash};
use super::*;

const RELEASE: &str = "0190a1b2-0000-7000-8000-000000000001";

/// A flag whose default is divided in halves, with a rule before it.
fn flag(revision: u64) -> Value {
    json!({
        "type": "boolean", "version": revision, "enabled": true, "off": "off",
        "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}, {"key": "third", "value": true}],
        "targets": [{"variation": "on", "values": ["target"]}],
        "rules": [{"id": "staff", "when": {"attribute": "staff", "op": "in", "values": [true]}, "serve": {"variation": "on"}}],
        "default": {"split": {"salt": "s", "allocation": [{"variation": "on", "slots": 50_000}, {"variation": "off", "slots": 50_000}]}},
    })
}

fn release(stage: u64, metrics: &Value) -> Value {
    json!({
        "id": RELEASE, "flag": "checkout", "site": "default", "baseline": "off", "candidate": "on",
        "stage": stage, "epoch": stage + 1, "metrics": metrics, "of the future": {},
    })
}

fn ruleset_of(revision: u64, releases: &Value) -> Ruleset {
    let document = json!({
        "format": 1, "project": "shop", "environment": "test", "revision": revision,
        "flags": {"checkout": flag(1), "other": flag(1)}, "releases": releases,
    });
    let document: Document = serde_json::from_value(document).unwrap();
    let (ruleset, warnings) = Ruleset::from_document(document).unwrap();
    assert_eq!(warnings, []);
    ruleset
}

fn metrics() -> Value {
    json!([{"key": "errors", "kind": "count"}, {"key": "latency", "kind": "value"}])
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
}

fn evaluate(evidence: &Evidence, ruleset: &Ruleset, flag: &str, context: &Context) -> String {
    let found = ruleset.find(flag).unwrap();
    let evaluation = found.evaluate(context);
    if evidence.is_live() {
        evidence.exposed(found, context, &evaluation);
    }
    evaluation.variation.unwrap().to_owned()
}

fn unit(number: usize) -> Context {
    Context::new(format!("user-{number}"))
}

fn following(ruleset: &Ruleset) -> Evidence {
    let evidence = Evidence::new(true);
    evidence.follow(ruleset, at(0));
    evidence
}

fn events(arm: &Arm, metric: &str) -> f64 {
    match arm.metrics[metric] {
        Tally::Events(events) => events,
        _ => panic!("{metric} is no count"),
    }
}

fn values(arm: &Arm, metric: &str) -> BTreeMap<i32, u64> {
    match &arm.metrics[metric] {
        Tally::Histogram(histogram) => histogram.0.clone(),
        _ => panic!("{metric} is no value"),
    }
}

/// Closes the window; the only one that there is.
fn window(evidence: &Evidence, second: i64) -> EvidenceWindow {
    evidence.close(at(second));
    let mut windows = evidence.take();
    assert_eq!(windows.len(), 1);
    windows.remove(0)
}

#[test]
fn a_unit_counts_once_in_a_window_and_is_new_once_in_a_stage() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    let mut arms = BTreeMap::<String, BTreeSet<usize>>::new();
    for _ in 0..3 {
        for number in 0..200 {
            let served = evaluate(&evidence, &ruleset, "checkout", &unit(number));
            arms.entry(served).or_default().insert(number);
        }
    }
    let first = window(&evidence, 10);
    assert_eq!(
        (first.release.to_string().as_str(), first.stage),
        (RELEASE, 0)
    );
    assert_eq!(first.at, at(0));
    let (on, off) = (arms["on"].len() as f64, arms["off"].len() as f64);
    assert_eq!(
        (first.candidate.exposed, first.candidate.first),
        (on, Some(on))
    );
    assert_eq!(
        (first.baseline.exposed, first.baseline.first),
        (off, Some(off))
    );

    (0..200).for_each(|number| drop(evaluate(&evidence, &ruleset, "checkout", &unit(number))));
    let second = window(&evidence, 20);
    assert_eq!((second.at, second.candidate.exposed), (at(10), on));
    assert_eq!(second.candidate.first, Some(0.0));
    evidence.close(at(30));
    assert_eq!(
        evidence.take(),
        [],
        "a window in which nobody was seen says nothing"
    );
}

#[test]
fn only_who_came_to_the_site_is_in_the_release() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    evaluate(
        &evidence,
        &ruleset,
        "checkout",
        &unit(1).with("staff", true),
    );
    evaluate(&evidence, &ruleset, "checkout", &Context::new("target"));
    evaluate(&evidence, &ruleset, "other", &unit(1));
    let staff = unit(1).with("staff", true);
    assert!(evidence.report(&ruleset, "errors", &staff, None));
    evidence.close(at(10));
    assert_eq!(evidence.take(), []);

    let mut entry = release(0, &metrics());
    entry["site"] = json!({"rule": "staff"});
    let by_rule = ruleset_of(2, &json!([entry]));
    let evidence = following(&by_rule);
    evaluate(&evidence, &by_rule, "checkout", &staff);
    evaluate(&evidence, &by_rule, "checkout", &unit(1));
    let window = window(&evidence, 10);
    assert_eq!(
        (window.candidate.exposed, window.baseline.exposed),
        (1.0, 0.0)
    );
}

#[test]
fn events_count_once_for_a_unit_in_a_stage_and_bring_the_unit_with_them() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    let arm = |number| {
        ruleset
            .find("checkout")
            .unwrap()
            .evaluate(&unit(number))
            .variation
    };
    let of_candidate = (0..).find(|number| arm(*number) == Some("on")).unwrap();
    for _ in 0..5 {
        assert!(evidence.report(&ruleset, "errors", &unit(of_candidate), None));
    }
    let first = window(&evidence, 10);
    assert_eq!(
        (first.candidate.exposed, events(&first.candidate, "errors")),
        (1.0, 1.0)
    );
    assert_eq!(
        (first.baseline.exposed, events(&first.baseline, "errors")),
        (0.0, 0.0)
    );
    evidence.report(&ruleset, "errors", &unit(of_candidate), None);
    evaluate(&evidence, &ruleset, "checkout", &unit(of_candidate));
    let second = window(&evidence, 20);
    assert_eq!(
        (
            second.candidate.exposed,
            events(&second.candidate, "errors")
        ),
        (1.0, 0.0)
    );
}

#[test]
fn values_go_to_their_buckets_one_for_a_unit_in_a_window() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    for number in 0..100 {
        assert!(evidence.report(&ruleset, "latency", &unit(number), Some(153.0)));
        assert!(evidence.report(&ruleset, "latency", &unit(number), Some(1e300)));
    }
    evidence.report(&ruleset, "latency", &unit(100), Some(0.0));
    evidence.report(&ruleset, "latency", &unit(101), Some(f64::MAX));
    let window = window(&evidence, 10);
    let mut all = values(&window.candidate, "latency");
    for (bucket, count) in values(&window.baseline, "latency") {
        *all.entry(bucket).or_default() += count;
    }
    assert_eq!(all, BTreeMap::from([(-512, 1), (104, 100), (767, 1)]));
    assert_eq!(window.candidate.exposed + window.baseline.exposed, 102.0);
}

#[test]
fn a_metric_of_the_other_kind_is_told_and_one_that_nobody_asks_for_is_nothing() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    assert!(!evidence.report(&ruleset, "latency", &unit(1), None));
    assert!(!evidence.report(&ruleset, "errors", &unit(1), Some(1.0)));
    assert!(evidence.report(&ruleset, "nobody asks", &unit(1), None));
    evidence.close(at(10));
    assert_eq!(evidence.take(), []);
}

#[test]
fn a_window_belongs_to_the_stage_in_which_it_was_measured() {
    let old = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&old);
    evaluate(&evidence, &old, "checkout", &unit(1));
    let new = ruleset_of(2, &json!([release(1, &metrics())]));
    evidence.follow(&new, at(4));
    // The flag as it was is no longer that of the release.
    evaluate(&evidence, &old, "checkout", &unit(2));
    evaluate(&evidence, &new, "checkout", &unit(1));
    evidence.close(at(10));
    let windows = evidence.take();
    let told: Vec<_> = windows
        .iter()
        .map(|window| {
            (
                window.stage,
                window.at,
                window.baseline.exposed + window.candidate.exposed,
            )
        })
        .collect();
    assert_eq!(told, [(0, at(0), 1.0), (1, at(0), 1.0)]);
    let first = windows[1].baseline.first() + windows[1].candidate.first();
    assert_eq!(first, 1.0, "everybody is new in a new stage");

    evaluate(&evidence, &new, "checkout", &unit(3));
    evidence.follow(&ruleset_of(3, &json!([])), at(12));
    assert!(!evidence.is_live());
    assert_eq!(evidence.take().len(), 1, "what was counted until the end");
}

#[test]
fn a_stage_goes_on_through_other_changes_of_the_ruleset() {
    let one = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&one);
    evaluate(&evidence, &one, "checkout", &unit(1));
    let two = ruleset_of(2, &json!([release(0, &metrics())]));
    evidence.follow(&two, at(3));
    evaluate(&evidence, &two, "checkout", &unit(1));
    let window = window(&evidence, 10);
    assert_eq!(window.baseline.exposed + window.candidate.exposed, 1.0);
}

/// The ruleset after a change of one flag, or of the releases alone, and the flags' versions.
fn next(
    before: &Ruleset,
    versions: &mut BTreeMap<&str, u64>,
    flag: Option<&'static str>,
    releases: &Value,
) -> Ruleset {
    let to = before.revision() + 1;
    let mut changed = serde_json::Map::new();
    if let Some(key) = flag {
        versions.insert(key, to);
        changed.insert(key.to_owned(), self::flag(to));
    }
    let known = versions
        .iter()
        .map(|(key, version)| (Kind::Flag, *key, *version));
    let patch = json!({
        "from": before.revision(), "to": to, "flags": changed, "releases": releases,
        "fingerprint": fingerprint(known),
    });
    let patch = serde_json::from_value(patch).unwrap();
    before.apply(&patch).unwrap().0
}

/// The server waits for SDKs to have a stage, and for nothing else.
#[test]
fn what_is_acknowledged_is_a_stage_and_a_change_of_its_flag() {
    let evidence = Evidence::new(true);
    let mut ruleset = ruleset_of(1, &json!([]));
    let mut versions = BTreeMap::from([("checkout", 1), ("other", 1)]);
    evidence.follow(&ruleset, at(0));
    assert!(!evidence.take_news());
    let (first, second) = (
        json!([release(0, &metrics())]),
        json!([release(1, &metrics())]),
    );
    let changes = [
        (None, &first, true),
        (Some("other"), &first, false),
        (Some("checkout"), &first, true),
        (None, &second, true),
        (None, &second, false),
        (None, &json!([]), false),
        (Some("checkout"), &json!([]), false),
    ];
    for (place, (flag, releases, told)) in changes.into_iter().enumerate() {
        let before = ruleset;
        ruleset = next(&before, &mut versions, flag, releases);
        evidence.follow(&ruleset, at(1));
        assert_eq!(
            (evidence.take_news(), evidence.take_news()),
            (told, false),
            "{place}"
        );
    }
}

#[test]
fn releases_that_make_no_sense_are_left_out() {
    let mut unknown = release(0, &metrics());
    unknown["flag"] = json!("nowhere");
    let ruleset = ruleset_of(
        1,
        &json!([7, {}, {"id": "x"}, unknown, release(0, &json!("none"))]),
    );
    let evidence = following(&ruleset);
    evaluate(&evidence, &ruleset, "checkout", &unit(1));
    let window = window(&evidence, 10);
    assert!(window.candidate.metrics.is_empty() && window.baseline.metrics.is_empty());
    let many: Vec<Value> = (0..100)
        .map(|number| {
            let mut entry = release(0, &metrics());
            entry["id"] = json!(format!("0190a1b2-0000-7000-8000-{number:012}"));
            entry
        })
        .collect();
    assert_eq!(
        Table::of(&ruleset_of(1, &json!(many)), None)
            .lives()
            .count(),
        64
    );
}

#[test]
fn nothing_is_counted_where_nobody_wants_to_know() {
    let evidence = Evidence::new(false);
    evidence.follow(&ruleset_of(1, &json!([release(0, &metrics())])), at(0));
    assert!(!evidence.is_live());
}

#[test]
fn what_waits_for_the_server_is_bounded() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    for second in 1..=WAITING as i64 + 5 {
        evaluate(&evidence, &ruleset, "checkout", &unit(1));
        evidence.close(at(10 * second));
    }
    assert_eq!(evidence.dropped(), 5);
    let windows = evidence.take();
    assert_eq!((windows.len(), windows[0].at), (WAITING, at(50)));
}

#[test]
fn threads_count_a_unit_once_between_them() {
    let ruleset = ruleset_of(1, &json!([release(0, &metrics())]));
    let evidence = following(&ruleset);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..1000 {
                    evaluate(&evidence, &ruleset, "checkout", &unit(number));
                    evidence.report(&ruleset, "errors", &unit(number), None);
                }
            });
        }
    });
    let window = window(&evidence, 10);
    let sum = |of: fn(&Arm) -> f64| of(&window.baseline) + of(&window.candidate);
    // A thousand units in a filter for a hundred thousand: none is taken for another.
    assert_eq!(sum(|arm| arm.exposed), 1000.0);
    assert_eq!(sum(Arm::first), 1000.0);
    assert_eq!(sum(|arm| events(arm, "errors")), 1000.0);
}

#[test]
fn a_filter_forgets_nobody_and_seldom_errs_where_it_is_half_full() {
    let filter = Filter::new(1 << 10);
    let known: Vec<u64> = (0..2048).map(|n: u64| hash(&n.to_le_bytes())).collect();
    let new = known.iter().filter(|hash| filter.insert(**hash)).count();
    assert!(
        known
            .iter()
            .all(|hash| filter.contains(*hash) && !filter.insert(*hash))
    );
    assert!(new > 2030, "{new}");
    let others = (10_000..30_000_u64).map(|n| hash(&n.to_le_bytes()));
    let wrong = others.filter(|hash| filter.contains(*hash)).count();
    assert!(wrong < 100, "{wrong} of 20000");
    filter.clear();
    assert!(filter.is_empty() && !filter.contains(known[0]));
}

#[test]
fn filters_that_are_full_forget_the_oldest() {
    let rotating = Rotating::new(64);
    let unit = |number: u64| hash(&number.to_le_bytes());
    let some = |numbers: std::ops::Range<u64>| {
        numbers
            .filter(|number| rotating.insert(unit(*number)))
            .count()
    };
    assert_eq!(some(0..1), 1);
    rotating.rotate();
    assert_eq!(some(0..1), 0, "nothing is full yet");
    some(1..300);
    rotating.rotate();
    assert_eq!(some(0..1), 0, "it is in the one before");
    some(300..600);
    rotating.rotate();
    assert_eq!(some(0..1), 0, "it was asked for since");
    assert!(some(1..100) > 90, "the others were here long ago");
    some(1000..100_000);
    rotating.rotate();
    assert!(some(0..100) > 95, "one that is spoiled is not kept");
}

#[test]
fn hashes_differ_by_unit_and_by_purpose() {
    let texts = [
        "", "a", "b", "ab", "user-1", "user-2", "user-10", "\0", "\0\0",
    ];
    let mut hashes: BTreeSet<u64> = texts.iter().map(|text| hash(text.as_bytes())).collect();
    hashes.extend((0..4).map(|purpose| for_purpose(hash(b"user-1"), purpose)));
    assert_eq!(hashes.len(), texts.len() + 4);
}

#[test]
fn values_that_cannot_be_measured_are_refused_and_counted() {
    let client = crate::TestData::new().client();
    for value in [f64::NAN, f64::INFINITY, -1.0] {
        client.record("latency", &unit(1), value);
    }
    client.record("latency", &unit(1), 0.0);
    client.track("errors", &unit(1));
    assert_eq!(client.metrics().reports_refused, 3);
}
