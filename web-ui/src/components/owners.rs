//! Live releases that stand in the way of something, each with a link.

use leptos::prelude::*;

use crate::{
    components::icon::{Glyph, Icon},
    describe::in_use::{ADVICE, Owner},
    place::{Place, address},
};

/// A line for each: which release, of which flag, at what share.
#[component]
pub(crate) fn Owners(
    /// The releases.
    of: Vec<Owner>,
) -> impl IntoView {
    let project = Place::current().project;
    let line = |owner: Owner| {
        let (name, standing) = (owner.name(), owner.standing());
        let page = format!("releases/{}", owner.id);
        let environment = owner.environment;
        let href = move || address(&project.get(), &environment, &page);
        view! { <li data-testid="release-in-the-way"><a class="link" href=href>{name}</a> " " {standing} "."</li> }
    };
    let lines = of.into_iter().map(line).collect_view();
    view! { <ul class="stack-s small">{lines}</ul> }
}

/// Says that nothing is archived whose release is live.
#[component]
pub(crate) fn ArchiveBlocked(
    /// The releases.
    of: Vec<Owner>,
) -> impl IntoView {
    let advice = match of.len() {
        1 => ADVICE,
        _ => "Roll them back or promote them to the end first, or wait until they are over.",
    };
    view! {
        <div class="notice" data-tone="warn" data-testid="archive-blocked">
            <Icon glyph=Glyph::Release />
            <div class="stack-s">
                <p>"A flag cannot be archived while a release of it is live."</p>
                <Owners of />
                <p>{advice}</p>
            </div>
        </div>
    }
}
