use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::counters::Counters;
use super::*;

fn outbox() -> Outbox {
    Outbox::new(Uuid::from_u128(7), DateTime::UNIX_EPOCH)
}

fn later(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

#[test]
fn nothing_counted_makes_no_batch_and_takes_no_number() {
    let mut outbox = outbox();
    outbox.put(Taken::default(), Vec::new(), Vec::new(), 1, later(10));
    assert!(outbox.is_empty());
    let counters = Counters::new();
    counters.served("a", None);
    outbox.put(counters.take(), Vec::new(), Vec::new(), 1, later(20));
    let batch = outbox.first().unwrap();
    assert_eq!(batch.sequence, 1);
    assert_eq!((batch.from, batch.to), (later(10), later(20)));
}

#[test]
fn many_counts_are_cut_into_numbered_batches() {
    let counters = Counters::new();
    for number in 0..2 * COUNTS + 1 {
        counters.served(&format!("flag-{number}"), Some("on"));
    }
    counters.unknown("who");
    let mut outbox = outbox();
    outbox.put(counters.take(), Vec::new(), Vec::new(), 5, later(10));
    let mut flags = BTreeSet::new();
    for (sequence, size, unknown) in [(1, COUNTS, 1), (2, COUNTS, 0), (3, 1, 0)] {
        let batch = outbox.first().unwrap();
        assert_eq!(batch.instance, Uuid::from_u128(7));
        assert_eq!(batch.revision, 5);
        assert_eq!(batch.sequence, sequence);
        assert_eq!(batch.evaluations.len(), size);
        assert_eq!(batch.unknown_flags.len(), unknown);
        flags.extend(batch.evaluations.iter().map(|count| count.flag.clone()));
        outbox.remove_first();
    }
    assert!(outbox.is_empty());
    assert_eq!(flags.len(), 2 * COUNTS + 1);
}

#[test]
fn a_clock_set_back_makes_no_negative_period() {
    let counters = Counters::new();
    counters.unknown("who");
    let mut outbox = outbox();
    outbox.put(counters.take(), Vec::new(), Vec::new(), 1, later(-60));
    let batch = outbox.first().unwrap();
    assert_eq!((batch.from, batch.to), (later(0), later(0)));
}
