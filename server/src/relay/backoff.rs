//! How long to wait before the next attempt: exponential, with full jitter.

use std::{sync::Arc, time::Duration};

use crate::ids::Random;

/// The waits between attempts that fail one after the other.
pub(super) struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
    random: Arc<dyn Random>,
}

impl Backoff {
    /// Waits of up to `base`, twice that, four times, … up to `cap`.
    pub(super) fn new((base, cap): (Duration, Duration), random: Arc<dyn Random>) -> Self {
        Self {
            base,
            cap,
            failures: 0,
            random,
        }
    }

    /// The wait after one more failure.
    pub(super) fn next(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        self.up_to(self.base.saturating_mul(factor).min(self.cap))
    }

    /// Begins again with short waits.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// A random part of a duration.
    pub(super) fn up_to(&self, limit: Duration) -> Duration {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        limit.mul_f64(f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SeededRandom;

    #[test]
    fn waits_are_anything_up_to_a_doubling_step_and_the_cap() {
        let steps = (Duration::from_millis(100), Duration::from_secs(3));
        let mut backoff = Backoff::new(steps, Arc::new(SeededRandom::new(7)));
        let waits: Vec<_> = (0..200_u32)
            .map(|failure| {
                let wait = backoff.next();
                let step = 100_u64.saturating_mul(2_u64.saturating_pow(failure.min(40)));
                assert!(wait <= Duration::from_millis(step.min(3000)), "{failure}");
                wait
            })
            .collect();
        assert!(waits.iter().max() > Some(&Duration::from_millis(2800)));
        assert!(waits[10..].iter().min() < Some(&Duration::from_millis(200)));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(100));
    }
}
