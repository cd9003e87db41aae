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
        let step = self.step();
        self.up_to(step)
    }

    /// The wait after one more failure, where the other side said how long it is at
    /// least. It said so to all its clients: they are spread beyond that time.
    pub(crate) fn after(&mut self, least: Duration) -> Duration {
        let spread = self.step().max(least / 4);
        least.saturating_add(self.up_to(spread))
    }

    /// A short wait that is no failure.
    pub(crate) fn short(&mut self) -> Duration {
        self.up_to(self.base.min(Duration::from_secs(1)))
    }

    /// Begins again with short waits.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// A random part of a duration.
    pub(crate) fn up_to(&mut self, limit: Duration) -> Duration {
        limit.mul_f64(self.rng.random::<f64>())
    }

    /// Half of an interval to one and a half, so that clients do not keep step.
    pub(crate) fn around(&mut self, interval: Duration) -> Duration {
        (interval / 2).saturating_add(self.up_to(interval))
    }

    fn step(&mut self) -> Duration {
        let step = 2_u32
            .checked_pow(self.failures)
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.cap, |step| step.min(self.cap));
        self.failures = self.failures.saturating_add(1);
        step
    }
}

#[cfg(test)]
mod tests;
