use rand::SeedableRng as _;

use super::*;

const CLIENTS: u64 = 10_000;

fn backoff(seed: u64) -> Backoff {
    Backoff::new(
        Duration::from_millis(100),
        Duration::from_secs(3),
        StdRng::seed_from_u64(seed),
    )
}

/// Whether the waits of many clients are spread evenly over a window: a chi-square test
/// over a hundred slices of it. With 99 degrees of freedom, even waits exceed 180 less
/// than once in a million times.
#[track_caller]
fn assert_even(waits: impl Iterator<Item = Duration>, from: Duration, window: Duration) {
    let mut slices = [0_u32; 100];
    for wait in waits {
        let share = (wait - from).as_secs_f64() / window.as_secs_f64();
        assert!((0.0..1.0).contains(&share), "{wait:?} is outside");
        slices[(share * 100.0) as usize] += 1;
    }
    let clients: u32 = slices.iter().sum();
    let expected = f64::from(clients) / 100.0;
    let distance: f64 = slices
        .iter()
        .map(|found| (f64::from(*found) - expected).powi(2) / expected)
        .sum();
    assert!(distance < 180.0, "chi-square of {distance}: {slices:?}");
}

#[test]
fn a_herd_comes_back_spread_evenly() {
    let first = (0..CLIENTS).map(|seed| backoff(seed).next());
    assert_even(first, Duration::ZERO, Duration::from_millis(100));
    // Again, where the server was not yet there: over twice, four times … the window.
    let fourth = (0..CLIENTS).map(|seed| {
        let mut backoff = backoff(seed);
        let _earlier: [Duration; 3] = std::array::from_fn(|_| backoff.next());
        backoff.next()
    });
    assert_even(fourth, Duration::ZERO, Duration::from_millis(800));
}

#[test]
fn a_herd_that_was_told_when_to_come_does_not_come_at_once() {
    let told = Duration::from_secs(60);
    let waits = (0..CLIENTS).map(|seed| backoff(seed).after(told));
    assert_even(waits, told, told / 4);
    let polls = (0..CLIENTS).map(|seed| backoff(seed).around(told));
    assert_even(polls, told / 2, told);
}

#[test]
fn waits_stay_below_a_doubling_step_and_the_cap() {
    let mut backoff = backoff(7);
    for failures in 0..200_u32 {
        let step = 100_u64.saturating_mul(2_u64.saturating_pow(failures));
        assert!(backoff.next() <= Duration::from_millis(step.min(3000)));
    }
}

#[test]
fn waits_reach_most_of_the_cap_and_start_over_after_a_reset() {
    let mut backoff = backoff(7);
    let longest = (0..200).map(|_| backoff.next()).max();
    assert!(longest > Some(Duration::from_millis(2500)));
    backoff.reset();
    assert!(backoff.next() <= Duration::from_millis(100));
}

#[test]
fn a_seed_fixes_the_waits_and_another_changes_them() {
    let waits = |seed| {
        let mut backoff = backoff(seed);
        (0..10).map(|_| backoff.next()).collect::<Vec<_>>()
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
}
