//! The addresses that serve one environment, and whose turn it is.
//!
//! The first is preferred. One that fails hands over to the next, so that a round goes
//! through all of them before the client waits for longer; each round begins with the
//! preferred one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::Instant;

/// The addresses, and which of them the client uses.
#[derive(Debug)]
pub(crate) struct Addresses {
    bases: Vec<String>,
    current: AtomicUsize,
}

impl Addresses {
    /// Of at least one address, without slashes at their ends.
    pub(crate) fn new(bases: Vec<String>) -> Self {
        Self {
            bases,
            current: AtomicUsize::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.bases.len()
    }

    pub(crate) fn base(&self, at: usize) -> &str {
        self.bases.get(at).map_or("", String::as_str)
    }

    pub(crate) fn url(&self, at: usize, path: &str) -> String {
        format!("{}{path}", self.base(at))
    }

    /// The one that answered last.
    pub(crate) fn current(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }

    /// One answers. Gives the one that did before.
    pub(crate) fn answers(&self, at: usize) -> usize {
        self.current.swap(at, Ordering::Relaxed)
    }
}

/// Whose turn it is.
#[derive(Debug)]
pub(crate) struct Rota {
    addresses: Arc<Addresses>,
    /// Until when each wants to be left alone.
    closed: Vec<Option<Instant>>,
    next: usize,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Try this one.
    At(usize),
    /// All want to be left alone until then.
    Wait(Instant),
}

impl Rota {
    pub(crate) fn new(addresses: Arc<Addresses>) -> Self {
        Self {
            closed: vec![None; addresses.len()],
            addresses,
            next: 0,
        }
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub(crate) fn turn(&mut self, now: Instant) -> Turn {
        let all = self.closed.len();
        for closed in &mut self.closed {
            *closed = closed.filter(|until| *until > now);
        }
        let open = (self.next..self.next + all)
            .map(|at| at % all)
            .find(|at| self.closed[*at].is_none());
        match (open, self.closed.iter().flatten().min()) {
            (None, Some(until)) => Turn::Wait(*until),
            (open, _) => Turn::At(open.unwrap_or_default()),
        }
    }

    /// One failed: the next one's turn. Whether all had theirs.
    pub(crate) fn failed(&mut self, at: usize) -> bool {
        self.next = (at + 1) % self.closed.len();
        self.next == 0
    }

    /// One wants to be left alone.
    pub(crate) fn close(&mut self, at: usize, until: Instant) {
        if let Some(closed) = self.closed.get_mut(at) {
            *closed = Some(until);
        }
    }

    /// The preferred one's turn.
    pub(crate) fn restart(&mut self) {
        self.next = 0;
    }

    /// Whether a round begins.
    pub(crate) fn begins(&self) -> bool {
        self.next == 0
    }

    /// One's turn.
    pub(crate) fn choose(&mut self, at: usize) {
        self.next = at;
    }

    /// Those that come before one and want to be asked.
    pub(crate) fn better_than(&self, at: usize, now: Instant) -> impl Iterator<Item = usize> {
        (0..at).filter(move |better| self.closed[*better].is_none_or(|until| until <= now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rota(addresses: usize) -> Rota {
        Rota::new(Arc::new(Addresses::new(vec![String::new(); addresses])))
    }

    #[test]
    fn failures_go_round() {
        let now = Instant::now();
        let mut rota = rota(3);
        let mut turns = Vec::new();
        for _ in 0..7 {
            let Turn::At(at) = rota.turn(now) else {
                panic!("nobody is closed");
            };
            turns.push((at, rota.failed(at)));
        }
        let round = [(0, false), (1, false), (2, true)];
        assert_eq!(turns[..3], round);
        assert_eq!(turns[3..6], round);
        assert_eq!(turns[6], round[0]);
    }

    #[test]
    fn who_wants_to_be_left_alone_is_passed_over_until_then() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let mut rota = rota(2);
        rota.close(0, later(9));
        assert_eq!(rota.turn(now), Turn::At(1));
        assert_eq!(rota.better_than(1, now).count(), 0);
        rota.close(1, later(5));
        assert_eq!(rota.turn(now), Turn::Wait(later(5)));
        assert_eq!(rota.turn(later(5)), Turn::At(1));
        assert!(rota.better_than(1, later(9)).eq([0]));
        rota.failed(1);
        assert_eq!(rota.turn(later(9)), Turn::At(0));
    }
}
