//! A document as it is, behind its words.

use crate::components::show::Show;
use leptos::prelude::*;
use serde_json::Value;

use super::copy::CopyButton;

/// A closed fold with a JSON document in it; it is built when it is first opened.
#[component]
pub(crate) fn JsonFold(
    /// What the fold says.
    #[prop(into)]
    label: String,
    /// The document.
    #[prop(into)]
    value: Signal<Value>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let text = Signal::derive(move || {
        value.with(|value| serde_json::to_string_pretty(value).unwrap_or_default())
    });
    let name = label.clone();
    view! {
        <details
            class="json-fold"
            on:toggle:target=move |event| open.set(event.target().has_attribute("open"))
        >
            <summary>{label}</summary>
            <Show when=move || open.get()>
                <div class="json-box">
                    <pre tabindex="0" role="region" aria-label=name.clone()>{move || text.get()}</pre>
                    <CopyButton text what="JSON" />
                </div>
            </Show>
        </details>
    }
}
