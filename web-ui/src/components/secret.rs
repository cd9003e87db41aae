//! A secret that is shown once.

use leptos::prelude::*;

use super::{
    copy::CopyButton,
    icon::{Glyph, Icon},
};

/// The secret with a way to copy it, and a word that it is not shown again.
#[component]
pub(crate) fn Secret(
    /// What is secret.
    secret: String,
    /// What to do about it, where it is not kept as a hash.
    #[prop(default = "Copy it now. It is kept as a hash only, so that nobody can show it again.")]
    kept: &'static str,
) -> impl IntoView {
    view! {
        <div class="notice" data-tone="warn">
            <Icon glyph=Glyph::Eye />
            <p>{kept}</p>
        </div>
        <Snippet text=secret what="secret" testid="key-secret" />
    }
}

/// Text to be copied and pasted elsewhere.
#[component]
pub(crate) fn Snippet(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
    /// What it is.
    what: &'static str,
    /// For browser tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    view! {
        <div class="snippet">
            <pre tabindex="0" role="region" aria-label=what data-testid=testid>{move || text.get()}</pre>
            <CopyButton text what />
        </div>
    }
}
