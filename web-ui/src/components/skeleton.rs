//! The shape of what is about to come.

use leptos::prelude::*;

/// Grey rows; they appear only after 200 ms, since most answers are faster.
#[component]
pub(crate) fn SkeletonRows(
    /// How many.
    #[prop(default = 8)]
    count: usize,
    /// How high each is, in pixels.
    #[prop(default = 44)]
    height: u16,
) -> impl IntoView {
    let rows = (0..count)
        .map(|_| view! { <div class="skeleton" style=format!("height:{height}px")></div> })
        .collect_view();
    view! {
        <div class="skeleton-rows" aria-busy="true">
            <span class="visually-hidden">"Loading"</span>
            {rows}
        </div>
    }
}
