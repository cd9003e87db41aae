//! One of many.

use leptos::prelude::*;

/// The browser's own list of choices.
#[component]
pub(crate) fn Select(
    /// The values with their words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Another one was chosen.
    #[prop(into)]
    on_change: Callback<String>,
    /// The label where no field is around it.
    #[prop(optional, into)]
    label: Option<String>,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The place in the document that it is for.
    #[prop(optional, into)]
    at: Signal<String>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
) -> impl IntoView {
    // The options carry the selection: a value set on the list before they exist is lost.
    let entries = move || {
        options
            .get()
            .into_iter()
            .map(|(key, words)| {
                let mine = key.clone();
                view! { <option value=key prop:selected=move || value.get() == mine>{words}</option> }
            })
            .collect_view()
    };
    view! {
        <select
            class="select"
            aria-label=label
            data-testid=testid
            data-at=move || Some(at.get()).filter(|at| !at.is_empty())
            disabled=move || disabled.get()
            on:change:target=move |event| on_change.run(event.target().value())
        >
            {entries}
        </select>
    }
}
