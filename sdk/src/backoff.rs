//! How long to wait before the next attempt: exponential with full jitter.
//!
//! Full jitter (anything from nothing to the whole step) spreads the clients of a
//! server that comes back as evenly as can be.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;

/// The waits between attempts that fail one after the other.
#[derive(Debug)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
    rng: StdRng,
}

impl Backoff {
    /// Waits of up to `base`, twice that, four times, … up to `cap`.
    pub(crate) fn new(base: Duration, cap: Duration, rng: StdRng) -> Self {
        Self {
            base,
            cap,
            failures: 0,
            rng,
        }
    }

    /// The wait after one more failure.
    pub(crate) fn next(&mut self) -> Duration {
        let step = 2_u32
            .checked_pow(self.failures)
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.cap, |step| step.min(self.cap));
        self.failures = self.failures.saturating_add(1);
        self.up_to(step)
    }

    /// Begins again with short waits.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// A random part of a duration.
    pub(crate) fn up_to(&mut self, limit: Duration) -> Duration {
        limit.mul_f64(self.rng.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn backoff(seed: u64) -> Backoff {
        Backoff::new(
            Duration::from_millis(100),
            Duration::from_secs(3),
            StdRng::seed_from_u64(seed),
        )
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
}
