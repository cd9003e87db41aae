//! A switch.

use leptos::prelude::*;

/// On or off, at once.
#[component]
pub(crate) fn Switch(
    /// Whether it is on.
    #[prop(into)]
    checked: Signal<bool>,
    /// What it switches.
    #[prop(into)]
    label: Signal<String>,
    /// The new state that is asked for; `checked` follows when its owner agrees.
    #[prop(into)]
    on_change: Callback<bool>,
    /// Cannot be switched.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
    /// Larger, for the head of a page.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="switch"
            class="switch"
            class:large=large
            data-testid=testid
            aria-checked=move || if checked.get() { "true" } else { "false" }
            aria-label=move || label.get()
            disabled=move || disabled.get()
            on:click=move |event| {
                event.stop_propagation();
                on_change.run(!checked.get_untracked());
            }
        >
            <span class="switch-knob" aria-hidden="true"></span>
        </button>
    }
}
