//! The key of something new: it follows from the name until somebody types another.

use leptos::prelude::*;

use crate::{
    components::field::{Field, TextInput},
    keys,
};

/// A key, known or typed.
#[derive(Clone, Copy)]
pub(crate) struct KeyOf {
    pub(crate) key: Signal<String>,
    /// What is wrong with it.
    pub(crate) problem: Signal<Option<String>>,
    typed: RwSignal<String>,
    /// It has its key already.
    pub(crate) known: bool,
}

impl KeyOf {
    /// The key of what has one already; else what its name makes of it.
    pub(crate) fn new(
        known: Option<String>,
        name: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        let typed = RwSignal::new(String::new());
        let is_known = known.is_some();
        let key = Signal::derive(move || match (&known, typed.get()) {
            (Some(known), _) => known.clone(),
            (None, typed) if typed.is_empty() => keys::slug(&name()),
            (None, typed) => typed,
        });
        Self {
            key,
            problem: Signal::derive(move || keys::key_problem(&key.get())),
            typed,
            known: is_known,
        }
    }

    /// Whether it will do, tracked.
    pub(crate) fn is_complete(self) -> bool {
        !self.key.with(String::is_empty) && self.problem.with(Option::is_none)
    }
}

/// Shows the key, and takes another where there is none yet.
#[component]
pub(crate) fn KeyField(
    of: KeyOf,
    /// What names it.
    hint: &'static str,
    /// For browser tests.
    testid: &'static str,
) -> impl IntoView {
    view! {
        <Field label="Key" hint error=of.problem>
            <TextInput value=of.key on_input=move |text| of.typed.set(text) mono=true disabled=of.known testid />
        </Field>
    }
}
