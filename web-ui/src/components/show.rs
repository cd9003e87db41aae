//! Showing something or not.

use leptos::prelude::*;

/// Shows its children while a condition holds.
///
/// As the one of Leptos, but built once for all of its uses: every further type of a
/// condition would make the page some two kilobytes larger.
#[component]
pub(crate) fn Show(
    /// The condition.
    #[prop(into)]
    when: Signal<bool>,
    /// What is shown instead; nothing where absent.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// What is shown.
    children: ChildrenFn,
) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    let shown: ViewFn = ViewFn::from(move || {
        if when.get() {
            children()
        } else {
            fallback.run()
        }
    });
    changing(shown)
}

/// What changes with the signals that it reads, behind one type.
pub(crate) fn changing(view: ViewFn) -> AnyView {
    (move || view.run()).into_any()
}
