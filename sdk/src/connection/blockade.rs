//! Whether streams are blocked on the way: by a proxy that refuses them, or that keeps
//! what they bring until there is more of it.

use std::time::Duration;

use tokio::time::Instant;

/// Streams that bring nothing, one after the other, while fetching works: from so many on
/// the client polls.
const BLOCKED: u32 = 3;

/// What is known of streams being blocked.
#[derive(Debug, Default)]
pub(crate) struct Blockade {
    /// Rounds without a stream that brought anything, while fetching worked.
    rounds: u32,
    /// The addresses of this round whose streams brought nothing.
    suspects: Vec<usize>,
    /// Until when to poll instead.
    until: Option<Instant>,
    /// When to poll next.
    due: Option<Instant>,
}

impl Blockade {
    /// A stream brought nothing, though its server may be there.
    pub(super) fn suspect(&mut self, at: usize) {
        if !self.suspects.contains(&at) {
            self.suspects.push(at);
        }
    }

    /// Takes the suspects of the round that ended.
    pub(super) fn suspects(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.suspects)
    }

    /// Fetching worked where streams did not.
    pub(super) fn confirm(&mut self) {
        self.rounds = self.rounds.saturating_add(1);
    }

    /// Whether streams are known to be blocked.
    pub(super) fn stands(&self) -> bool {
        self.rounds >= BLOCKED
    }

    /// A stream brought something.
    pub(super) fn lift(&mut self) {
        *self = Self::default();
    }

    /// Makes the client poll for so long, with the first poll after `pause`.
    pub(super) fn poll_for(&mut self, period: Duration, pause: Duration) {
        let now = Instant::now();
        self.until = Some(now + period);
        self.due = Some(now + pause);
    }

    /// Until when the client polls, if it does.
    pub(super) fn polls_until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// When to poll next.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.due.unwrap_or(now)
    }

    /// The next poll is due then; at once where the last one failed.
    pub(super) fn set_due(&mut self, due: Option<Instant>) {
        self.due = due;
    }
}
