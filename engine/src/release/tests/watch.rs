//! What counts of the time between looks.

use std::time::Duration;

use super::running;
use crate::release::{Observation, Phase, State, Watch};

fn state() -> State {
    running(0, Phase::Baking, 0)
}

const NO_ONE: [i64; 0] = [];

/// A watch whose clock is right, in milliseconds.
struct Clock(Watch);

impl Clock {
    fn begin() -> Self {
        Self(Watch::begin(1, &state(), millis(0)))
    }

    fn look(&mut self, now: i64, seen_at: impl IntoIterator<Item = i64>) -> Observation {
        self.0.look(millis(now), now, seen_at)
    }
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap())
}

/// What looks at these seconds count, the last with evidence of the candidate at others.
fn observed(looks: &[i64], seen_at: &[i64]) -> u64 {
    let mut watch = Clock(Watch::begin(1, &state(), millis(looks[0] * 1000)));
    let last = looks.len() - 1;
    for look in &looks[1..last] {
        assert_eq!(watch.look(look * 1000, NO_ONE).observed, Duration::ZERO);
    }
    let seen_at = seen_at.iter().map(|at| at * 1000);
    watch.look(looks[last] * 1000, seen_at).observed.as_secs()
}

#[test]
fn time_counts_with_the_evidence_of_its_minute() {
    assert_eq!(observed(&[0, 1, 2, 3], &[]), 0);
    assert_eq!(observed(&[0, 1, 2, 3], &[59]), 3);
    assert_eq!(observed(&[0, 1, 2, 3], &[60]), 0);
    assert_eq!(observed(&[58, 59, 60, 61], &[0]), 1);
    assert_eq!(observed(&[58, 59, 60, 61], &[10, 20, 60, 65]), 3);
}

#[test]
fn evidence_counts_once_and_for_the_rest_of_its_minute() {
    let mut watch = Clock::begin();
    let mut total = Duration::ZERO;
    for second in 1..=60 {
        let seen = (second == 30 || second == 40).then_some(10_000);
        total += watch.look(second * 1000, seen).observed;
    }
    // The sixtieth second is of the next minute.
    assert_eq!(total, Duration::from_secs(59));
}

#[test]
fn what_nobody_watched_has_no_evidence() {
    // An outage, with windows that SDKs kept and sent afterwards.
    assert_eq!(observed(&[0, 1, 50], &[0, 10, 20, 30, 40]), 1);
    let mut watch = Clock::begin();
    assert_eq!(watch.look(1000, NO_ONE).since_last, Duration::from_secs(1));
    // A clock that is set counts nothing, and takes nothing.
    let set = watch.0.look(millis(2000), -86_400_000, NO_ONE);
    assert_eq!(set.since_last, Duration::from_secs(1));
}

#[test]
fn evidence_that_is_very_late_counts_no_more() {
    let mut watch = Clock::begin();
    watch.look(1000, NO_ONE);
    let late = watch.look(16 * 60_000, [0]);
    assert_eq!(late.observed, Duration::ZERO);
}

#[test]
fn another_state_or_epoch_begins_anew() {
    let left = || {
        let mut watch = Watch::begin(3, &state(), millis(0));
        watch.look(millis(1000), 1000, NO_ONE);
        Some(watch)
    };
    let other = running(0, Phase::Baking, 9);
    let since = |memory, epoch, state: &State, now: i64| {
        Watch::resume(memory, epoch, state, millis(now))
            .look(millis(now), now, [now])
            .since_last
    };
    assert_eq!(since(left(), 3, &state(), 2000), Duration::from_secs(1));
    assert_eq!(since(left(), 4, &state(), 2000), Duration::ZERO);
    assert_eq!(since(left(), 3, &other, 2000), Duration::ZERO);
    assert_eq!(since(None, 3, &state(), 2000), Duration::ZERO);
    assert_eq!(since(left(), 3, &state(), 900), Duration::ZERO);
    let mut moved = left().unwrap();
    moved.left_as(&other);
    assert_eq!(since(Some(moved), 3, &other, 2000), Duration::from_secs(1));
}
