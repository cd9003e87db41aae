//! Lists whose entries keep their place in the page.

use leptos::prelude::*;

/// An entry of a list: what it is known by, and how it is built when it first appears.
pub(crate) struct Entry {
    key: String,
    build: Box<dyn FnOnce() -> AnyView + Send>,
}

/// An entry that is known by a key.
pub(crate) fn entry(key: impl ToString, build: impl FnOnce() -> AnyView + Send + 'static) -> Entry {
    Entry {
        key: key.to_string(),
        build: Box::new(build),
    }
}

/// An element for each entry; those whose key stays are left as they are.
///
/// As Leptos' `For`, but built once for all lists: every further type of an entry would
/// make the page some four kilobytes larger.
#[component]
pub(crate) fn Each(
    /// The entries, tracked.
    #[prop(into)]
    of: EntriesFn,
) -> impl IntoView {
    view! { <For each=move || (of.0)() key=|entry: &Entry| entry.key.clone() children=|entry: Entry| (entry.build)() /> }
}

/// What gives a list's entries.
pub(crate) struct EntriesFn(Box<dyn Fn() -> Vec<Entry> + Send>);

impl<F: Fn() -> Vec<Entry> + Send + 'static> From<F> for EntriesFn {
    fn from(entries: F) -> Self {
        Self(Box::new(entries))
    }
}
