//! What a page reads: loading, there, or failed, and read again without losing sight
//! of what is there.

use std::{future::Future, pin::Pin};

use leptos::prelude::*;

use crate::{
    client::Error,
    reactive::{effect, spawn},
};

/// Where a query stands.
#[derive(Clone)]
pub(crate) enum Phase<T: 'static> {
    /// Nothing to show yet.
    Loading,
    /// There; later answers to the same question go into the same signal.
    Ready(RwSignal<T>),
    /// Nothing to show, and why.
    Failed(Error),
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// What follows from a look at a query's key.
struct Turn<T> {
    /// Another question than before.
    moved: bool,
    /// What is shown belongs to the old question.
    afresh: bool,
    /// Answers that are still to come are not waited for any more.
    overtakes: bool,
    /// What is asked, if anything.
    answer: Option<Answer<T>>,
}

/// A question to the server, asked anew whenever its key changes or someone says so.
///
/// An answer that was overtaken by a later question is dropped. Where asking again fails,
/// the old answer stays.
pub(crate) struct Query<T: 'static> {
    phase: RwSignal<Phase<T>>,
    asked: RwSignal<u64>,
    /// Whether an answer is no older than what is there; absent where answers do not tell.
    is_current: Option<fn(&T, &T) -> bool>,
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Query<T> {}

impl<T: Clone + Send + Sync + 'static> Query<T> {
    /// Asks `fetch` about `key()`, now and whenever the key changes. Nothing is asked
    /// where the key is absent.
    pub(crate) fn new<K, F>(
        key: impl Fn() -> Option<K> + 'static,
        fetch: impl Fn(K) -> F + 'static,
    ) -> Self
    where
        K: Clone + PartialEq + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        Self::ask(key, fetch, None)
    }

    /// As [`Self::new`], for what is also set by other answers, such as that of a write: a
    /// fetch that began before the write may end after it, and must not put the clock back.
    /// `is_current(answer, there)` says whether the answer is no older than what is there. So an
    /// overtaken answer may be taken, as long as none after it came: where answers are slower than
    /// questions, what is shown still follows.
    pub(crate) fn newest<K, F>(
        key: impl Fn() -> Option<K> + 'static,
        fetch: impl Fn(K) -> F + 'static,
        is_current: fn(&T, &T) -> bool,
    ) -> Self
    where
        K: Clone + PartialEq + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        Self::ask(key, fetch, Some(is_current))
    }

    fn ask<K, F>(
        key: impl Fn() -> Option<K> + 'static,
        fetch: impl Fn(K) -> F + 'static,
        is_current: Option<fn(&T, &T) -> bool>,
    ) -> Self
    where
        K: Clone + PartialEq + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        let query = Self {
            phase: RwSignal::new(Phase::Loading),
            asked: RwSignal::new(0),
            is_current,
        };
        let mut seen = None::<Option<K>>;
        query.follow(Box::new(move |again| {
            let key = key();
            let moved = seen.as_ref() != Some(&key);
            let turn = Turn {
                moved,
                afresh: moved && seen.is_some(),
                overtakes: moved || again,
                answer: key
                    .clone()
                    .filter(|_| moved || again)
                    .map(|key| Box::pin(fetch(key)) as Answer<T>),
            };
            seen = Some(key);
            turn
        }));
        query
    }

    /// Runs `turn` whenever what it reads changes, and (with `true`) whenever someone asks
    /// again. What does not depend on the question is here, built once for each kind of
    /// answer.
    fn follow(self, mut turn: Box<dyn FnMut(bool) -> Turn<T>>) {
        let number = StoredValue::new(0_u64);
        // The number of the first time that the present question was asked.
        let first = StoredValue::new(0_u64);
        // The number of the last answer that was taken.
        let taken = StoredValue::new(0_u64);
        // Cells outlive the effect run that makes them: they belong to the query's owner.
        let owner = Owner::current();
        let mut last_asked = 0;
        effect(move || {
            let asked = self.asked.get();
            let turn = turn(asked != last_asked);
            last_asked = asked;
            if turn.afresh {
                self.phase.set(Phase::Loading);
            }
            if turn.overtakes {
                number.update_value(|number| *number += 1);
            }
            if turn.moved {
                first.set_value(number.get_value());
            }
            let Some(answer) = turn.answer else { return };
            let (mine, owner) = (number.get_value(), owner.clone());
            spawn(async move {
                let answer = answer.await;
                // An overtaken answer to the same question is better than none: otherwise
                // questions that come faster than answers would show nothing for ever.
                let fits = match number.try_get_value() {
                    Some(latest) if latest == mine => true,
                    Some(_) => {
                        let tells = self.is_current.is_some() && answer.is_ok();
                        let nothing_yet = matches!(self.phase.get_untracked(), Phase::Loading);
                        let follows = mine >= first.get_value() && mine > taken.get_value();
                        follows && (tells || nothing_yet)
                    }
                    None => false,
                };
                if fits {
                    taken.set_value(mine);
                    match owner {
                        Some(owner) => owner.with(|| self.receive(answer)),
                        None => self.receive(answer),
                    }
                }
            });
        });
    }

    fn receive(self, answer: Result<T, Error>) {
        match (self.phase.get_untracked(), answer) {
            (Phase::Ready(cell), Ok(data)) => {
                let is_current = |is: fn(&T, &T) -> bool| cell.with_untracked(|it| is(&data, it));
                if self.is_current.is_none_or(is_current) {
                    cell.set(data);
                }
            }
            (_, Ok(data)) => self.phase.set(Phase::Ready(RwSignal::new(data))),
            // What is there stays; the live state tells that the server is away.
            (Phase::Ready(_), Err(_)) => {}
            (_, Err(error)) => self.phase.set(Phase::Failed(error)),
        }
    }

    /// Asks again; what is there stays until the answer comes.
    pub(crate) fn refetch(self) {
        self.asked.update(|asked| *asked += 1);
    }

    /// Asks again from the start, as after an error.
    pub(crate) fn retry(self) {
        self.phase.set(Phase::Loading);
        self.refetch();
    }

    /// Where it stands, tracked.
    pub(crate) fn phase(self) -> Phase<T> {
        self.phase.get()
    }

    /// What is there, tracked.
    pub(crate) fn data(self) -> Option<T> {
        match self.phase.get() {
            Phase::Ready(cell) => Some(cell.get()),
            _ => None,
        }
    }

    /// Looks at what is there without copying it, tracked. Nothing is there either once the page
    /// that asked is gone, as it may be when an answer comes.
    pub(crate) fn with<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match self.phase.try_get()? {
            Phase::Ready(cell) => cell.try_with(look),
            _ => None,
        }
    }

    /// Changes what is there at once, before the server confirms it.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(Phase::Ready(cell)) = self.phase.try_get_untracked() {
            cell.try_update(change);
        }
    }
}
