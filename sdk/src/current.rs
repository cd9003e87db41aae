//! The ruleset of the moment, as each thread remembers it.
//!
//! Reading what threads share takes two atomic exchanges, which is more than all the rest
//! of an evaluation. So a thread keeps the ruleset that it evaluated last, and looks only
//! whether it is still the one. It lets go of it when it evaluates after a change, or ends.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use serin_engine::ruleset::Ruleset;

/// The ruleset that evaluations use.
#[derive(Debug)]
pub(crate) struct Current {
    /// Tells it from those of other clients.
    id: u64,
    ruleset: ArcSwapOption<Ruleset>,
    /// How often it was replaced.
    turn: AtomicU64,
}

/// What a thread remembers.
#[derive(Debug)]
struct Seen {
    id: u64,
    turn: u64,
    ruleset: Arc<Ruleset>,
}

thread_local! {
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
}

impl Current {
    pub(crate) fn empty() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            ruleset: ArcSwapOption::empty(),
            turn: AtomicU64::new(0),
        }
    }

    /// The ruleset, for as long as one likes.
    pub(crate) fn load_full(&self) -> Option<Arc<Ruleset>> {
        self.ruleset.load_full()
    }

    /// Replaces the ruleset; says what it was. From now on nobody begins with that one.
    pub(crate) fn replace(&self, with: Arc<Ruleset>) -> Option<Arc<Ruleset>> {
        let before = self.ruleset.swap(Some(with));
        self.turn.fetch_add(1, Ordering::Release);
        before
    }

    /// The ruleset for one evaluation, on this thread.
    #[inline]
    pub(crate) fn held(&self) -> Held {
        let turn = self.turn.load(Ordering::Acquire);
        // Taken, and put back when it is dropped: what evaluates meanwhile finds nothing
        // and reads anew.
        match SEEN.try_with(Cell::take) {
            Ok(Some(seen)) if seen.id == self.id && seen.turn == turn => Held(Some(seen)),
            _ => self.held_anew(turn),
        }
    }

    #[cold]
    #[inline(never)]
    fn held_anew(&self, turn: u64) -> Held {
        // The turn was read first: where it is replaced in between, it is read once more.
        let ruleset = self.ruleset.load_full();
        Held(ruleset.map(|ruleset| Seen {
            id: self.id,
            turn,
            ruleset,
        }))
    }
}

/// A ruleset in use.
#[derive(Debug)]
pub(crate) struct Held(Option<Seen>);

impl Held {
    /// None before the first one.
    #[inline]
    pub(crate) fn ruleset(&self) -> Option<&Ruleset> {
        self.0.as_ref().map(|seen| &*seen.ruleset)
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        // A thread that is about to end remembers nothing.
        let _ = SEEN.try_with(|seen| seen.set(self.0.take()));
    }
}

#[cfg(test)]
mod tests;
