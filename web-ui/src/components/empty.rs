//! Where there is nothing yet.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// Says what belongs here and offers the one next step.
#[component]
pub(crate) fn Empty(
    /// What belongs here.
    glyph: Glyph,
    /// A short heading.
    #[prop(into)]
    title: String,
    /// What it is for, in a sentence or two.
    #[prop(into)]
    text: String,
    /// The next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-glyph"><Icon glyph size=24 /></span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="row wrap">{children()}</div> })}
        </div>
    }
}
