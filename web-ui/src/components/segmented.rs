//! One of a few, side by side.

use leptos::prelude::*;

use super::field::fresh_id;

/// A choice among a few words.
#[component]
pub(crate) fn Segmented(
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// The values with their words.
    options: Vec<(&'static str, &'static str)>,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Another one was chosen.
    #[prop(into)]
    on_change: Callback<String>,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let name = fresh_id("segmented");
    let options = options
        .into_iter()
        .map(|(key, words)| {
            view! {
                <label class="segmented-option">
                    <input
                        type="radio"
                        class="visually-hidden"
                        name=name.clone()
                        disabled=move || disabled.get()
                        prop:checked=move || value.get() == key
                        on:change=move |_| on_change.run(key.to_owned())
                    />
                    <span>{words}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="segmented" data-testid=testid>
            <legend class="visually-hidden">{label}</legend>
            {options}
        </fieldset>
    }
}
