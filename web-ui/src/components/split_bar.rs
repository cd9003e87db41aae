//! Who gets what, as a proportional bar.

use leptos::prelude::*;

use crate::weights;

/// One share of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShareView {
    /// What people call the variation.
    pub(crate) name: String,
    /// The name of its colour.
    pub(crate) color: String,
    /// Of all 100 000 slots.
    pub(crate) slots: u32,
}

/// A proportional bar; its words are its label.
#[component]
pub(crate) fn SplitBar(
    /// The shares, in the order of the variations.
    #[prop(into)]
    shares: Signal<Vec<ShareView>>,
) -> impl IntoView {
    let label = move || {
        let parts: Vec<_> = shares
            .get()
            .into_iter()
            .filter(|share| share.slots > 0)
            .map(|share| format!("{} {}", share.name, weights::percent(share.slots)))
            .collect();
        parts.join(", ")
    };
    let segments = move || {
        shares
            .get()
            .into_iter()
            .map(|share| {
                view! {
                    <span
                        class="split-share"
                        data-variation-color=share.color
                        style=format!("flex-grow:{}", share.slots)
                        hidden=share.slots == 0
                    ></span>
                }
            })
            .collect_view()
    };
    view! { <span class="split-bar" role="img" aria-label=label title=label>{segments}</span> }
}
