//! How many unknown keys are asked of the upstream: whoever tries keys must not make a
//! relay try them for him.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Questions at once.
const BURST: u32 = 100;
/// Time for one more.
const EVERY: Duration = Duration::from_millis(20);

/// A bucket of questions that fills steadily.
#[derive(Default)]
pub(super) struct Allowance {
    /// When the bucket will be full.
    full_at: Mutex<Option<Instant>>,
}

impl Allowance {
    /// Takes one; false where there is none.
    pub(super) fn take(&self) -> bool {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> bool {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let then = full_at.map_or(now, |at| at.max(now)) + EVERY;
        if then - now > EVERY * BURST {
            return false;
        }
        *full_at = Some(then);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_so_many_at_once_and_then_steadily() {
        let allowance = Allowance::default();
        let now = Instant::now();
        let taken = (0..BURST * 2).filter(|_| allowance.take_at(now)).count();
        assert_eq!(taken, BURST as usize);
        assert!(allowance.take_at(now + EVERY));
        assert!(!allowance.take_at(now + EVERY));
    }
}
