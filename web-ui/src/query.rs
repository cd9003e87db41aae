//! What a page reads: loading, there, or failed, and read again without losing sight
//! of what is there.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};

use crate::client::Error;

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

/// A question to the server, asked anew whenever its key changes or someone says so.
///
/// An answer that was overtaken by a later question is dropped. Where asking again fails,
/// the old answer stays.
pub(crate) struct Query<T: 'static> {
    phase: RwSignal<Phase<T>>,
    asked: RwSignal<u64>,
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
        key: impl Fn() -> Option<K> + Send + Sync + 'static,
        fetch: impl Fn(K) -> F + 'static,
    ) -> Self
    where
        K: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        let query = Self {
            phase: RwSignal::new(Phase::Loading),
            asked: RwSignal::new(0),
        };
        let key = Memo::new(move |_| key());
        let turn = StoredValue::new(0_u64);
        // Cells outlive the effect run that makes them: they belong to the query's owner.
        let owner = Owner::current();
        Effect::new(move |before: Option<Option<K>>| {
            let key = key.get();
            query.asked.track();
            if before.is_some_and(|before| before != key) {
                query.phase.set(Phase::Loading);
            }
            turn.update_value(|turn| *turn += 1);
            let mine = turn.get_value();
            if let Some(key) = key.clone() {
                let answer = fetch(key);
                let owner = owner.clone();
                spawn_local(async move {
                    let answer = answer.await;
                    if turn.try_get_value() == Some(mine) {
                        match owner {
                            Some(owner) => owner.with(|| query.receive(answer)),
                            None => query.receive(answer),
                        }
                    }
                });
            }
            key
        });
        query
    }

    fn receive(self, answer: Result<T, Error>) {
        match (self.phase.get_untracked(), answer) {
            (Phase::Ready(cell), Ok(data)) => cell.set(data),
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

    /// Looks at what is there without copying it, tracked.
    pub(crate) fn with<R>(self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match self.phase.get() {
            Phase::Ready(cell) => Some(cell.with(look)),
            _ => None,
        }
    }

    /// Changes what is there at once, before the server confirms it.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        if let Phase::Ready(cell) = self.phase.get_untracked() {
            cell.update(change);
        }
    }
}
