//! Reactions, built once for all of their uses: every closure type of its own would make
//! the page about a kilobyte larger.

use std::{future::Future, pin::Pin};

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
