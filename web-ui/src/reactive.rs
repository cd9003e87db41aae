//! Reactions, built once for all of their uses: every closure type of its own would make
//! the page about a kilobyte larger.

use std::{future::Future, pin::Pin, time::Duration};

use leptos::prelude::*;

/// Runs whenever a signal that it reads changes.
pub(crate) fn effect(mut run: impl FnMut() + 'static) {
    watch(Box::new(move |_: Option<()>| run()));
}

fn watch(run: Box<dyn FnMut(Option<()>)>) {
    Effect::new(run);
}

/// Works on something beside the page.
pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) {
    spawn_boxed(Box::pin(work));
}

fn spawn_boxed(work: Pin<Box<dyn Future<Output = ()>>>) {
    leptos::task::spawn_local(work);
}

/// Waits until it is calm: of what is asked for in quick succession only the last is done.
#[derive(Clone, Copy)]
pub(crate) struct Calm(StoredValue<u64>);

impl Calm {
    /// For as long as the calling component lives.
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(0))
    }

    /// Does something once nothing else was asked for in so many milliseconds.
    pub(crate) fn after(self, milliseconds: u32, run: impl FnOnce() + 'static) {
        self.after_boxed(milliseconds, Box::new(run));
    }

    fn after_boxed(self, milliseconds: u32, run: Box<dyn FnOnce()>) {
        self.0.update_value(|asked| *asked += 1);
        let mine = self.0.get_value();
        let due = move || {
            if self.0.try_get_value() == Some(mine) {
                run();
            }
        };
        set_timeout(due, Duration::from_millis(milliseconds.into()));
    }
}
