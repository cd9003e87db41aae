//! Who runs what, where the upstream does not take that.

use tokio::time::Instant;

use super::super::backoff::Backoff;

/// Refusals one after the other. What was refused is news again, which is not to be told each second;
/// counts do not wait for it.
pub(super) struct Refusals {
    backoff: Backoff,
    /// Absent where the last report was taken.
    not_before: Option<Instant>,
}

impl Refusals {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self {
            backoff,
            not_before: None,
        }
    }

    /// One more. Whether it is the first since a report was taken: the log says so once.
    pub(super) fn add(&mut self) -> bool {
        let next = Instant::now() + self.backoff.next();
        self.not_before.replace(next).is_none()
    }

    /// A report was taken.
    pub(super) fn end(&mut self) {
        self.backoff.reset();
        self.not_before = None;
    }

    /// Whether it is too early to say it again.
    pub(super) fn is_early(&self) -> bool {
        self.not_before.is_some_and(|at| Instant::now() < at)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::ids::SeededRandom;

    #[test]
    fn only_the_first_is_logged_until_a_report_is_taken() {
        let hour = Duration::from_secs(3600);
        let random = Arc::new(SeededRandom::new(7));
        let mut refusals = Refusals::new(Backoff::new((hour, hour), random));
        assert!(!refusals.is_early());
        assert!(refusals.add() && refusals.is_early());
        assert!(!refusals.add() && !refusals.add() && refusals.is_early());
        refusals.end();
        assert!(!refusals.is_early());
        assert!(refusals.add());
    }
}
