//! What dialogs that save have in common: that this is production, and why it is done.

use leptos::prelude::*;

use crate::{
    components::{
        field::{Field, TextInput},
        icon::{Glyph, Icon},
    },
    place::Place,
};

/// Says that real users see it at once. Show it where the environment in view is production.
#[component]
pub(crate) fn ProductionNotice(
    /// What they get then.
    #[prop(into)]
    effect: Signal<String>,
) -> impl IntoView {
    let place = Place::current();
    view! {
        <div class="notice production-notice" data-color=move || place.environment_details().map(|it| it.color) role="alert">
            <Icon glyph=Glyph::Shield />
            <p>"This is production: real users see it at once. "<span class="strong">{move || effect.get()}</span></p>
        </div>
    }
}

/// Why it is done, for those who read the history.
#[component]
pub(crate) fn Why(
    /// What is typed.
    reason: RwSignal<String>,
    /// Takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    view! {
        <Field label="Why (for the history, optional)">
            <TextInput value=reason on_input=move |text| reason.set(text) testid="save-comment" autofocus />
        </Field>
    }
}
