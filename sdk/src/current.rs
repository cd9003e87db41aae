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
    ruleset: ArcSwapOption<Ruleset>,
    /// The turn at which it was replaced; 0 before the first one.
    turn: AtomicU64,
}

/// The turns of all clients together, so that one number tells which ruleset of which client
/// a thread has seen.
static TURNS: AtomicU64 = AtomicU64::new(0);

/// What a thread remembers: the ruleset, which is not there while it is in use, and its turn.
#[derive(Default)]
struct Seen {
    turn: Cell<u64>,
    ruleset: Cell<Option<Arc<Ruleset>>>,
}

thread_local! {
    static SEEN: Seen = const {
        Seen {
            turn: Cell::new(0),
            ruleset: Cell::new(None),
        }
    };
}

impl Current {
    pub(crate) fn empty() -> Self {
        Self {
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
        let turn = TURNS.fetch_add(1, Ordering::Relaxed) + 1;
        self.turn.store(turn, Ordering::Release);
        before
    }

    /// Uses the ruleset for one evaluation, on this thread; none before the first one.
    #[inline(always)]
    pub(crate) fn with<T>(&self, use_it: impl FnOnce(Option<&Ruleset>) -> T) -> T {
        let turn = self.turn.load(Ordering::Acquire);
        // Taken, and put back afterwards: what evaluates meanwhile finds nothing and reads
        // anew. A panic in between loses it, and so does a thread that is about to end.
        let known = SEEN.try_with(|seen| {
            let is_known = seen.turn.get() == turn;
            is_known.then(|| seen.ruleset.take()).flatten()
        });
        let ruleset = match known {
            Ok(Some(ruleset)) => Some(ruleset),
            _ => self.read(turn),
        };
        let answer = use_it(ruleset.as_deref());
        let _ = SEEN.try_with(|seen| {
            seen.turn.set(turn);
            seen.ruleset.set(ruleset);
        });
        answer
    }

    #[cold]
    #[inline(never)]
    fn read(&self, turn: u64) -> Option<Arc<Ruleset>> {
        // The turn was read first: where it is replaced in between, it is read once more.
        // That of no ruleset, which all clients have in common, is never remembered.
        self.ruleset.load_full().filter(|_| turn != 0)
    }
}

#[cfg(test)]
mod tests;
