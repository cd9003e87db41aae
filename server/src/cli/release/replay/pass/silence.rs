//! For how long nobody was seen in one of the arms.

use chrono::{DateTime, TimeDelta, Utc};

/// Since when it has been silent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Silence(Option<DateTime<Utc>>);

impl Silence {
    /// Both arms were seen, or a stage began.
    pub(super) fn begin(&mut self, at: DateTime<Utc>) {
        self.0 = Some(at);
    }

    /// From when on it held a release; nothing where it did not last until then.
    pub(super) fn held_from(
        self,
        until: DateTime<Utc>,
        longest: TimeDelta,
    ) -> Option<DateTime<Utc>> {
        let from = self.0? + longest;
        (from < until).then_some(from)
    }
}
