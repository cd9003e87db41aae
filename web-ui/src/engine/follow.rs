//! Asking again whenever what is asked about changes.

use std::{future::Future, pin::Pin};

use leptos::prelude::*;

use super::{Engine, Failure, State};
use crate::reactive::{effect, spawn};

type Asking<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl Engine {
    /// The answer to a question that changes while somebody types: `None` until there is
    /// one, and while there is no question. It is asked again for every fresher ruleset.
    ///
    /// One question is under way at a time, and the next one is the latest: the answer is
    /// never about something older than the one before.
    pub(crate) fn follow<Q, T, F>(
        self,
        question: impl Fn() -> Option<Q> + 'static,
        ask: impl Fn(Self, Q) -> F + 'static,
    ) -> RwSignal<Option<Result<T, Failure>>>
    where
        Q: 'static,
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>> + 'static,
    {
        self.asking(Box::new(move || {
            question().map(|question| Box::pin(ask(self, question)) as Asking<T>)
        }))
    }

    fn asking<T: Send + Sync + 'static>(
        self,
        question: Box<dyn Fn() -> Option<Asking<T>>>,
    ) -> RwSignal<Option<Result<T, Failure>>> {
        let answer = RwSignal::new(None);
        let next = StoredValue::new_local(None::<Asking<T>>);
        let busy = StoredValue::new(false);
        // How often there was no question any more: what was asked before that is not told.
        let withdrawn = StoredValue::new(0_u64);
        effect(move || {
            let asked = question();
            let state = self.state();
            match (asked, state) {
                (None, _) => {
                    withdrawn.update_value(|times| *times += 1);
                    next.set_value(None);
                    answer.set(None);
                }
                (Some(_), State::Loading) => next.set_value(None),
                (Some(_), State::Unavailable(why)) => {
                    next.set_value(None);
                    answer.set(Some(Err(Failure::Unavailable(why))));
                }
                (Some(asking), State::Ready { .. }) => {
                    next.set_value(Some(asking));
                    if !busy.get_value() {
                        busy.set_value(true);
                        spawn(async move {
                            // Both are gone once the component is.
                            while let Some(Some(asking)) = next.try_update_value(Option::take) {
                                let asked = withdrawn.try_get_value();
                                let answered = asking.await;
                                if asked.is_some() && asked == withdrawn.try_get_value() {
                                    answer.try_set(Some(answered));
                                }
                            }
                            busy.try_update_value(|busy| *busy = false);
                        });
                    }
                }
            }
        });
        answer
    }
}
