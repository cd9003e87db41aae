use std::sync::Barrier;

use serde_json::{Map, Value, json};
use serin_engine::context::Context;
use serin_engine::ruleset::{Document, Ruleset};

use super::*;

fn counted(taken: &Taken, flag: &str, variation: Option<&str>) -> Option<u64> {
    let key = (flag.into(), variation.map(Into::into));
    taken.evaluations.get(&key).copied()
}

#[test]
fn threads_count_together_and_nothing_is_lost_or_counted_twice() {
    let counters = Counters::new();
    let start = Barrier::new(5);
    let mut total = 0;
    std::thread::scope(|scope| {
        let threads = [(); 4].map(|()| {
            scope.spawn(|| {
                start.wait();
                for _ in 0..10_000 {
                    counters.served("checkout", Some("on"));
                }
            })
        });
        start.wait();
        // Taken while others count.
        while !threads
            .iter()
            .all(std::thread::ScopedJoinHandle::is_finished)
        {
            total += counted(&counters.take(), "checkout", Some("on")).unwrap_or(0);
        }
    });
    total += counted(&counters.take(), "checkout", Some("on")).unwrap_or(0);
    assert_eq!(total, 40_000);
}

#[test]
fn variations_and_defaults_are_counted_apart() {
    let counters = Counters::new();
    counters.served("a", Some("on"));
    counters.served("a", Some("off"));
    counters.served("a", Some("on"));
    counters.served("a", None);
    counters.served("b", Some("on"));
    let taken = counters.take();
    assert_eq!(counted(&taken, "a", Some("on")), Some(2));
    assert_eq!(counted(&taken, "a", Some("off")), Some(1));
    assert_eq!(counted(&taken, "a", None), Some(1));
    assert_eq!(counted(&taken, "b", Some("on")), Some(1));
    assert_eq!(taken.evaluations.len(), 4);
    assert_eq!(counters.take(), Taken::default());
}

#[test]
fn unknown_flags_are_few_and_short() {
    let counters = Counters::new();
    for thread in 0..3 {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..1000 {
                    counters.unknown(&format!("flag-{thread}-{number}"));
                }
            });
        });
    }
    counters.unknown(&"x".repeat(256));
    let unknown = counters.take().unknown;
    assert_eq!(unknown.len(), UNKNOWN_FLAGS);
    assert!(unknown.iter().all(|flag| flag.starts_with("flag-")));
}

#[test]
fn the_number_of_flags_is_bounded() {
    let counters = Counters::new();
    for number in 0..FLAGS + 10 {
        counters.served(&number.to_string(), None);
    }
    counters.served("0", None);
    let taken = counters.take();
    assert_eq!(taken.evaluations.len(), FLAGS);
    assert_eq!(counted(&taken, "0", None), Some(2));
}

#[test]
fn what_a_thread_counted_outlives_it() {
    let counters = Counters::new();
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| counters.served("a", None));
        // Only a thread that was joined has certainly let go of its shard.
        thread.join().unwrap();
    });
    assert_eq!(counted(&counters.take(), "a", None), Some(1));
    assert_eq!(lock(&counters.shards).len(), 0);
}

#[test]
fn a_shard_with_very_many_flags_begins_anew() {
    let counters = Counters::new();
    let keep = |number: usize| counters.served(&number.to_string(), Some("on"));
    (0..=KEPT).for_each(keep);
    assert_eq!(counters.take().evaluations.len(), KEPT + 1);
    keep(1);
    keep(1);
    assert_eq!(counted(&counters.take(), "1", Some("on")), Some(2));
    assert_eq!(lock(&lock(&counters.shards)[0].tallies).counting.len(), 1);
}

#[test]
fn counters_of_several_clients_are_counted_apart() {
    let (one, other) = (Counters::new(), Counters::new());
    for _ in 0..3 {
        one.served("a", None);
        other.served("a", Some("on"));
        other.served("a", Some("on"));
    }
    assert_eq!(counted(&one.take(), "a", None), Some(3));
    assert_eq!(counted(&other.take(), "a", Some("on")), Some(6));
}

/// A ruleset of flags that serve the first of their variations.
fn serving(flags: &[(&str, &[&str])]) -> Ruleset {
    let flag = |variations: &[&str]| {
        let variation = |key: &&str| json!({"key": key, "value": key});
        json!({"type": "string", "version": 1, "enabled": true, "default": {"variation": variations[0]},
            "variations": variations.iter().map(variation).collect::<Vec<_>>()})
    };
    let flags: Map<String, Value> = flags
        .iter()
        .map(|(key, variations)| ((*key).to_owned(), flag(variations)))
        .collect();
    let document = Document::from_json(json!({"format": 1, "flags": flags})).unwrap();
    Ruleset::from_document(document).unwrap().0
}

fn evaluate(counters: &Counters, ruleset: &Ruleset, flag: &str) {
    let found = ruleset.find(flag).unwrap();
    counters.evaluated(found, &found.evaluate(&Context::new("u")));
}

#[test]
fn counts_are_those_of_the_ruleset_that_was_evaluated() {
    let counters = Counters::new();
    let one = serving(&[("a", &["on", "off"]), ("b", &["x"])]);
    // The same numbers for other flags, and the same flag with other variations.
    let other = serving(&[("b", &["y", "x"]), ("c", &["x", "z"]), ("d", &["on"])]);
    let (patched, _) = one.with_flag(
        "a",
        Some(&json!({"type": "string", "version": 2, "enabled": true, "default": {"variation": "off"},
            "variations": [{"key": "off", "value": "off"}, {"key": "on", "value": "on"}]})),
    );
    for _ in 0..3 {
        for (ruleset, flags) in [
            (&one, &["a", "b"][..]),
            (&other, &["b", "c", "d"]),
            (&patched, &["a", "b"]),
        ] {
            flags
                .iter()
                .for_each(|flag| evaluate(&counters, ruleset, flag));
        }
    }
    let taken = counters.take();
    let all: Vec<_> = taken
        .evaluations
        .iter()
        .map(|((flag, variation), count)| {
            (&**flag, variation.as_deref().unwrap_or_default(), *count)
        })
        .collect();
    let expected = [
        ("a", "off", 3),
        ("a", "on", 3),
        ("b", "x", 6),
        ("b", "y", 3),
        ("c", "x", 3),
        ("d", "on", 3),
    ];
    assert_eq!(all, expected);
}

#[test]
fn a_flag_in_the_memory_of_one_that_is_gone_is_not_taken_for_it() {
    let counters = Counters::new();
    for turn in 0..200 {
        let variation = if turn % 2 == 0 { "even" } else { "odd" };
        evaluate(&counters, &serving(&[("a", &[variation])]), "a");
    }
    let taken = counters.take();
    assert_eq!(counted(&taken, "a", Some("even")), Some(100));
    assert_eq!(counted(&taken, "a", Some("odd")), Some(100));
}

#[test]
fn what_serves_nothing_counts_as_the_default() {
    let counters = Counters::new();
    let broken = json!({"format": 1, "flags": {"a": {"type": "string"}}});
    let (ruleset, _) = Ruleset::from_document(Document::from_json(broken).unwrap()).unwrap();
    (0..3).for_each(|_| evaluate(&counters, &ruleset, "a"));
    assert_eq!(counted(&counters.take(), "a", None), Some(3));
}

#[test]
fn flags_are_counted_after_a_shard_began_anew() {
    let counters = Counters::new();
    let ruleset = serving(&[("a", &["on"])]);
    evaluate(&counters, &ruleset, "a");
    for number in 0..=KEPT {
        counters.served(&number.to_string(), Some("on"));
    }
    assert_eq!(counted(&counters.take(), "a", Some("on")), Some(1));
    for _ in 0..5 {
        evaluate(&counters, &ruleset, "a");
    }
    assert_eq!(counted(&counters.take(), "a", Some("on")), Some(5));
    assert_eq!(lock(&lock(&counters.shards)[0].tallies).counting.len(), 1);
}
