//! Evidence for releases: who was exposed to which arm, and what happened to them.
//!
//! The ruleset says which releases live and which metrics they ask for. For each the SDK
//! counts units, by arm and in windows of ten seconds, and only numbers leave the program.
//! Where no release lives this costs one look at a number that is there anyway.
//!
//! Whatever is left out (a filter that is full, a list that is too long) is left out of both
//! arms alike: it costs speed of detection and does not make one arm look better.

mod arm;
mod closing;
mod filter;
mod live;
mod table;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use serin_api::evidence::{EvidenceWindow, WINDOW_SECS};
use serin_engine::context::Context;
use serin_engine::evaluation::Evaluation;
use serin_engine::ruleset::{Found, Ruleset};
use tokio::sync::Notify;

pub(crate) use closing::Closing;
use live::Live;
use table::Table;

/// How many windows wait for delivery at most: an hour of ten releases. Older ones tell the
/// server nothing, so that the oldest go first.
const WAITING: usize = 3600;

/// What is counted for the releases that live.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// Tells it from that of other clients.
    id: u64,
    /// Whether anybody wants to know.
    wanted: bool,
    /// Which table is in use; 0 where no release lives.
    turn: AtomicU64,
    turns: AtomicU64,
    table: ArcSwapOption<Table>,
    /// When the present window began, in seconds since 1970.
    began: AtomicI64,
    closed: Mutex<VecDeque<EvidenceWindow>>,
    dropped: AtomicU64,
    /// Whether a stage came that the server waits for its SDKs to have.
    is_new: AtomicBool,
    /// Told when a window that says something was closed, and when a stage came.
    pub(crate) news: Notify,
}

/// What a comparison is counted for: releases, and the unit in each.
#[derive(Debug)]
pub(crate) struct Shadowed(Vec<(Arc<Live>, u64)>);

/// How two results compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared {
    pub(crate) agreed: bool,
    /// How long each took.
    pub(crate) control: Duration,
    pub(crate) candidate: Duration,
}

impl Shadowed {
    /// Counts it. What belongs to a stage that is over by now goes with it.
    pub(crate) fn count(&self, compared: Compared) {
        for (live, unit) in &self.0 {
            live.compare(*unit, compared);
        }
    }
}

/// What a thread remembers.
struct Seen {
    id: u64,
    turn: u64,
    table: Arc<Table>,
}

thread_local! {
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

impl Evidence {
    pub(crate) fn new(wanted: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            wanted,
            turn: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            table: ArcSwapOption::empty(),
            began: AtomicI64::new(0),
            closed: Mutex::default(),
            dropped: AtomicU64::new(0),
            is_new: AtomicBool::new(false),
            news: Notify::new(),
        }
    }

    /// Whether a release lives. All that evaluations ask where none does.
    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        self.turn.load(Ordering::Relaxed) != 0
    }

    /// Counts for the releases of a ruleset from now on. What was counted for those that
    /// moved on or ended is closed as it is.
    pub(crate) fn follow(&self, ruleset: &Ruleset, now: DateTime<Utc>) {
        if !self.wanted || (ruleset.releases().is_empty() && !self.is_live()) {
            return;
        }
        self.begin(now);
        let before = self.table.load_full();
        let table = Table::of(ruleset, before.as_deref());
        let ended = before.iter().flat_map(|before| before.without(&table));
        let ended: Vec<_> = ended.cloned().collect();
        let live = !table.is_empty();
        let is_new = table.has_news(ruleset, before.as_deref());
        self.table.store(live.then(|| Arc::new(table)));
        let turn = match live {
            true => self.turns.fetch_add(1, Ordering::Relaxed) + 1,
            false => 0,
        };
        self.turn.store(turn, Ordering::Release);
        let at = self.began();
        self.keep(ended.iter().filter_map(|live| live.take(at)).collect());
        if is_new {
            self.is_new.store(true, Ordering::Relaxed);
            self.news.notify_one();
        }
    }

    /// Whether the ruleset is one that the server waits for its SDKs to have; once. A release
    /// lives in it that the one before did not have, or not so.
    pub(crate) fn take_news(&self) -> bool {
        self.is_new.swap(false, Ordering::Relaxed)
    }

    /// Counts a unit that an evaluation of a flag exposed to an arm.
    #[cold]
    #[inline(never)]
    pub(crate) fn exposed<'r>(
        &self,
        found: Found<'r>,
        context: &Context,
        evaluation: &Evaluation<'r>,
    ) {
        self.with_table(|table| {
            for live in table.of_flag(found) {
                if let (Some(arm), Some(unit)) = (live.arm(evaluation), live.unit(context)) {
                    live.expose(arm, unit);
                }
            }
        });
    }

    /// Counts an event, or a value, of a unit. False where a release asks for the metric,
    /// and asks for the other of the two.
    pub(crate) fn report(
        &self,
        ruleset: &Ruleset,
        metric: &str,
        context: &Context,
        value: Option<f64>,
    ) -> bool {
        let mut fits = true;
        self.with_table(|table| {
            for (live, flag, metric) in table.asking_for(metric) {
                let found = ruleset.find(&live.flag).filter(|found| flag.is(*found));
                let (Some(found), Some(unit)) = (found, live.unit(context)) else {
                    continue;
                };
                if let Some(arm) = live.arm(&found.evaluate(context)) {
                    fits &= live.report(arm, unit, metric, value);
                }
            }
        });
        fits
    }

    /// The releases for which results for a unit are to be compared.
    #[cold]
    pub(crate) fn shadowed(
        &self,
        ruleset: &Ruleset,
        flag: &str,
        context: &Context,
    ) -> Option<Shadowed> {
        let found = ruleset.find(flag)?;
        let mut lives = Vec::new();
        self.with_table(|table| {
            for live in table.shared_of_flag(found) {
                let unit = live.unit(context);
                if let Some(unit) =
                    unit.filter(|unit| live.is_shadowed(&found.evaluate(context), *unit))
                {
                    lives.push((Arc::clone(live), unit));
                }
            }
        });
        (!lives.is_empty()).then_some(Shadowed(lives))
    }

    /// Ends the window, and begins the next.
    pub(crate) fn close(&self, now: DateTime<Utc>) {
        let at = self.began();
        if let Some(table) = self.table.load_full() {
            self.keep(table.lives().filter_map(|live| live.take(at)).collect());
            table.lives().for_each(|live| live.begin_window());
        }
        self.begin(now);
    }

    /// Takes the windows that are closed, the oldest first.
    pub(crate) fn take(&self) -> Vec<EvidenceWindow> {
        std::mem::take(&mut *self.lock()).into()
    }

    /// How many windows were dropped since too many waited.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn with_table(&self, use_it: impl FnOnce(&Table)) {
        let turn = self.turn.load(Ordering::Acquire);
        // A thread that is about to end, or that is in here already, counts nothing.
        let _ = SEEN.try_with(|seen| {
            let Ok(mut seen) = seen.try_borrow_mut() else {
                return;
            };
            let known = seen
                .as_ref()
                .is_some_and(|seen| seen.id == self.id && seen.turn == turn);
            if !known {
                *seen = self.table.load_full().map(|table| Seen {
                    id: self.id,
                    turn,
                    table,
                });
            }
            if let Some(seen) = &*seen {
                use_it(&seen.table);
            }
        });
    }

    fn keep(&self, windows: Vec<EvidenceWindow>) {
        if windows.is_empty() {
            return;
        }
        let mut closed = self.lock();
        closed.extend(windows);
        let surplus = closed.len().saturating_sub(WAITING);
        drop(closed.drain(..surplus));
        drop(closed);
        self.dropped.fetch_add(surplus as u64, Ordering::Relaxed);
        self.news.notify_one();
    }

    fn begin(&self, now: DateTime<Utc>) {
        let second = now.timestamp();
        let began = second - second.rem_euclid(WINDOW_SECS);
        self.began.store(began, Ordering::Relaxed);
    }

    fn began(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.began.load(Ordering::Relaxed), 0).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<EvidenceWindow>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
