//! How a stream ended, and what follows from that.

use std::time::Duration;

use crate::relay::upstream::Failure;

/// How a stream ended.
pub(super) struct End {
    /// Why, for people.
    pub(super) reason: String,
    pub(super) next: Next,
    /// Whether there was a stream.
    pub(super) opened: bool,
}

/// What to do then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Come again, not before so long.
    Again(Duration),
    /// Come again after this: the upstream spreads its clients itself.
    After(Duration),
    /// Come again and ask for the whole ruleset.
    Anew,
    /// Go back to the first address.
    Home,
    /// The key opens nothing any more.
    Refused,
}

impl End {
    /// There was a stream.
    pub(super) fn of(reason: impl ToString, next: Next) -> Self {
        Self {
            reason: reason.to_string(),
            next,
            opened: true,
        }
    }

    /// There was no stream.
    pub(super) fn before(failure: Failure) -> Self {
        let next = match &failure {
            Failure::Unauthorized(_) => Next::Refused,
            Failure::Away(_, Some(after)) => Next::Again(*after),
            Failure::Refused(_) | Failure::Away(_, None) => Next::Again(Duration::ZERO),
        };
        Self {
            reason: failure.to_string(),
            next,
            opened: false,
        }
    }
}
