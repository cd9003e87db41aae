//! The list of flags.

use leptos::prelude::*;

/// `/:project/:environment/flags`
#[component]
pub(crate) fn Flags() -> impl IntoView {
    view! { <h1>"Flags"</h1> }
}
