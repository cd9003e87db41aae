use std::sync::Barrier;

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
