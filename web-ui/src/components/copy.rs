//! Copying to the clipboard.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// A button that copies a text and says that it did.
#[component]
pub(crate) fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, in words: `key`.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let label = move || {
        if copied.get() {
            "Copied".to_owned()
        } else {
            format!("Copy {what}")
        }
    };
    let label = Signal::derive(label);
    let copy = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        event.stop_propagation();
        // Without permission nothing is copied, and nothing is said.
        let _ = window()
            .navigator()
            .clipboard()
            .write_text(&text.get_untracked());
        copied.set(true);
        set_timeout(
            move || {
                copied.try_set(false);
            },
            Duration::from_secs(2),
        );
    };
    view! {
        <button type="button" class="copy" class:copied=copied aria-label=label title=label on:click=copy>
            {move || view! { <Icon glyph=if copied.get() { Glyph::Check } else { Glyph::Copy } size=14 /> }}
        </button>
        <span class="visually-hidden" role="status">{move || copied.get().then_some("Copied")}</span>
    }
}
