//! The way to where something new is written.

use leptos::prelude::*;

use crate::{
    components::{
        icon::{Glyph, Icon},
        show::Show,
    },
    place::Place,
};

/// A link that looks like the button it is to people; who may not go there sees why.
#[component]
pub(crate) fn NewLink(
    /// The page, below the environment's.
    page: &'static str,
    words: &'static str,
    testid: &'static str,
) -> impl IntoView {
    let place = Place::current();
    let refused = move || {
        view! {
            <span title="This takes the role editor">
                <button type="button" class="button" data-look="primary" disabled=true>
                    <Icon glyph=Glyph::Plus />
                    {words}
                </button>
            </span>
        }
    };
    view! {
        <Show when=move || place.can_edit() fallback=refused>
            <a class="button" data-look="primary" data-testid=testid href=move || place.path(page)>
                <Icon glyph=Glyph::Plus />
                {words}
            </a>
        </Show>
    }
}
