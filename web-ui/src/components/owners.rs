//! Live releases that stand in the way of something, each with a link.

use leptos::prelude::*;

use crate::{
    describe::in_use::Owner,
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
