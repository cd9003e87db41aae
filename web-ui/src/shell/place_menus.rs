//! Where one is, and going elsewhere: the same page of another environment, or another project.

use leptos::prelude::*;
use serin_api::project::Project;

use crate::{
    components::{
        icon::{Glyph, Icon},
        menu::Menu,
    },
    place::{Place, address},
    router::Router,
};

use super::new_project::NewProjectDialog;

/// The switch of projects.
#[component]
pub(crate) fn ProjectMenu() -> impl IntoView {
    let place = Place::current();
    let creating = RwSignal::new(false);
    let name = move || {
        place
            .project_details()
            .map_or_else(|| place.project.get(), |project| project.name)
    };
    let trigger = move || {
        view! {
            <span class="truncate project-trigger-name">{name}</span>
            <Icon glyph=Glyph::Chevron size=12 />
        }
    };
    let entries = move || {
        let here = place.project.get();
        let projects = place.projects.data().unwrap_or_default();
        projects
            .into_iter()
            .map(|project| {
                let current = project.key == here;
                let href = start_of(&project);
                view! {
                    <li>
                        <a class="menu-item" href=href aria-current=current.then_some("true")>
                            <Icon glyph=Glyph::Project />
                            <span class="truncate grow">{project.name}</span>
                            {current.then(|| view! { <Icon glyph=Glyph::Check /> })}
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Menu trigger=ViewFn::from(trigger) testid="project-switch">
            <p class="menu-heading">"Projects"</p>
            <ul>{entries}</ul>
            <hr class="menu-line" />
            <button type="button" class="menu-item" data-closes on:click=move |_| creating.set(true)>
                <Icon glyph=Glyph::Plus />
                "New project…"
            </button>
        </Menu>
        <NewProjectDialog open=creating />
    }
}

/// The switch of environments.
#[component]
pub(crate) fn EnvironmentMenu() -> impl IntoView {
    let place = Place::current();
    let router = Router::current();
    let name = move || {
        place
            .environment_details()
            .map_or_else(|| place.environment.get(), |environment| environment.name)
    };
    let mark = move || {
        if place.production() {
            view! { <Icon glyph=Glyph::Shield size=14 /> }.into_any()
        } else {
            view! { <span class="env-dot"></span> }.into_any()
        }
    };
    let trigger = move || {
        view! {
            {mark}
            <span class="truncate env-trigger-name">{name}</span>
            <Icon glyph=Glyph::Chevron size=12 />
        }
    };
    let entries = move || {
        let (project, here, path) = (place.project.get(), place.environment.get(), router.path());
        place
            .environments()
            .into_iter()
            .map(|environment| {
                let current = environment.key == here;
                // What is looked for in the list of flags is looked for there too.
                let search = if path.ends_with("/flags") { router.search() } else { String::new() };
                let href = same_page(&path, &project, &environment.key) + &search;
                view! {
                    <li>
                        <a
                            class="menu-item"
                            href=href
                            data-color=environment.color
                            data-environment=environment.key
                            aria-current=current.then_some("true")
                        >
                            <span class="env-dot"></span>
                            <span class="truncate grow">{environment.name}</span>
                            {environment.production.then(|| view! { <span class="tiny faint">"production"</span> })}
                            {current.then(|| view! { <Icon glyph=Glyph::Check /> })}
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Menu trigger=ViewFn::from(trigger) class="env-trigger" testid="environment-switch">
            <p class="menu-heading">"Environments"</p>
            <ul>{entries}</ul>
        </Menu>
    }
}

fn start_of(project: &Project) -> String {
    let environment = project
        .environments
        .first()
        .map_or("-", |environment| environment.key.as_str());
    address(&project.key, environment, "flags")
}

/// The page that is in view, in another environment. A release belongs to one environment,
/// so that its page becomes the list.
fn same_page(path: &str, project: &str, environment: &str) -> String {
    let mut rest: Vec<_> = path.split('/').skip(3).collect();
    // A release is of one environment; templates are of them all.
    if rest.first() == Some(&"releases") && rest.get(1) != Some(&"templates") {
        rest.truncate(1);
    }
    address(project, environment, &rest.join("/"))
}

#[cfg(test)]
mod tests {
    use super::same_page;

    #[test]
    fn the_same_page_elsewhere() {
        assert_eq!(
            same_page("/shop/dev/flags/a%2Fb", "shop", "prod"),
            "/shop/prod/flags/a%2Fb"
        );
        assert_eq!(
            same_page("/shop/dev/releases/12", "shop", "prod"),
            "/shop/prod/releases"
        );
        assert_eq!(
            same_page("/shop/dev/releases/templates/careful", "shop", "prod"),
            "/shop/prod/releases/templates/careful"
        );
    }
}
