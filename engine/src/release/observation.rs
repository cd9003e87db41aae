//! What is seen of a release when a signal comes.

use std::time::Duration;

use super::{Blocked, Hold};

/// What the runner saw of a release since it last looked at it. What people send comes
/// with one too: of it, only the window and what blocks a start matter then.
///
/// What nobody looked at is as in the default: no time went by, nothing was seen, the
/// window is open and nothing is in the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// How long ago the same runner last looked; zero where it never did.
    pub since_last: Duration,
    /// How much watched time turned out to be observed: of minutes in which the candidate
    /// was seen at least once. The time of a minute counts when its evidence is there,
    /// and once.
    pub observed: Duration,
    /// Whether the judge's verdict is harm.
    pub harm: bool,
    /// Whether a guard that only tells has seen harm.
    pub notice: bool,
    /// Whether every guard that asks for it is safe.
    pub safe: bool,
    /// What speaks against going on for now, without being harm.
    pub holds: Vec<Hold>,
    /// Which part of the SDKs that were seen lately has the stage, from 0 to 1; nothing
    /// where none were seen, so that nobody has to be waited for.
    pub propagated: Option<f64>,
    /// Whether the release's window is open.
    pub window_open: bool,
    /// Whether the time that it was scheduled for has come.
    pub due: bool,
    /// What is in the way of a start, beside the window.
    pub blocked: Vec<Blocked>,
}

impl Default for Observation {
    fn default() -> Self {
        Self {
            since_last: Duration::ZERO,
            observed: Duration::ZERO,
            harm: false,
            notice: false,
            safe: false,
            holds: Vec::new(),
            propagated: None,
            window_open: true,
            due: false,
            blocked: Vec::new(),
        }
    }
}

impl Observation {
    /// The longest interval of which the runner can say that it watched: it looks once
    /// a second. Anything longer was an outage (or a clock that was put forward), and
    /// none of it counts.
    pub const LONGEST_GAP: Duration = Duration::from_secs(5);

    /// The part of the SDKs that has to have a stage before it bakes.
    pub const PROPAGATED: f64 = 0.95;

    /// The time that was watched.
    pub fn watched(&self) -> Duration {
        if self.since_last <= Self::LONGEST_GAP {
            self.since_last
        } else {
            Duration::ZERO
        }
    }

    /// Whether the SDKs have the stage.
    pub fn is_propagated(&self) -> bool {
        self.propagated
            .is_none_or(|share| share >= Self::PROPAGATED)
    }
}
