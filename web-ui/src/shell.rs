//! What surrounds every page of a project: navigation, place, search, live state, account.

pub(crate) mod account;
pub(crate) mod live_state;
pub(crate) mod new_project;
pub(crate) mod palette;
pub(crate) mod place_menus;

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{entity::FlagListItem, project::Project};

use crate::{
    client,
    components::{
        button::IconButton,
        error_view::ErrorView,
        icon::{Glyph, Icon, Mark},
        skeleton::SkeletonRows,
    },
    engine::Engine,
    live::{Live, News},
    pages::sign_in::RequireSession,
    place::Place,
    query::{Phase, Query},
    router::{
        Link, Router,
        page::{Inside, Page},
    },
};
use account::Account;
use live_state::LiveState;
use palette::Palette;
use place_menus::{EnvironmentMenu, ProjectMenu};

/// All flags of the project in view, as a context: the list, the palette and the pages that
/// name flags share it.
#[derive(Clone, Copy)]
pub(crate) struct ProjectFlags(pub(crate) Query<Vec<FlagListItem>>);

/// The frame of all pages under `/:project/:environment`.
#[component]
pub(crate) fn Shell(
    /// Builds a page.
    page: fn(Inside) -> AnyView,
) -> impl IntoView {
    view! {
        <RequireSession>
            <Frame page />
        </RequireSession>
    }
}

#[component]
fn Frame(page: fn(Inside) -> AnyView) -> impl IntoView {
    let router = Router::current();
    let (project, environment) = (router.segment(0), router.segment(1));
    let projects = Query::new(|| Some(()), |()| client::projects());
    let place = Place {
        project,
        environment,
        projects,
    };
    provide_context(place);
    let live = Live::provide(project, environment);
    provide_flags(place, live);
    Engine::provide(place, live);
    let menu_open = RwSignal::new(false);
    crate::reactive::effect(move || {
        router.path();
        menu_open.set(false);
    });
    let palette_open = RwSignal::new(false);
    let color = move || {
        place
            .environment_details()
            .map(|environment| environment.color)
    };
    let body = move || match projects.phase() {
        Phase::Loading => view! { <SkeletonRows /> }.into_any(),
        Phase::Failed(error) => {
            view! { <ErrorView error retry=move |()| projects.retry() /> }.into_any()
        }
        Phase::Ready(list) => view! { <Here place list page /> }.into_any(),
    };
    view! {
        <a class="skip-link" href="#main">"Skip to content"</a>
        <div
            class="shell"
            data-color=color
            data-production=move || if place.production() { "true" } else { "false" }
            data-menu=move || if menu_open.get() { "open" } else { "closed" }
        >
            <Sidebar place />
            <Show when=move || menu_open.get()>
                <div class="scrim" on:click=move |_| menu_open.set(false)></div>
            </Show>
            <header class="topbar">
                <span class="menu-button">
                    <IconButton glyph=Glyph::Menu label="Menu" on_click=move |()| menu_open.update(|open| *open = !*open) />
                </span>
                <ProjectMenu />
                <span class="slash" aria-hidden="true">"/"</span>
                <EnvironmentMenu />
                <span class="spring"></span>
                <button type="button" class="search-button" on:click=move |_| palette_open.set(true)>
                    <Icon glyph=Glyph::Search />
                    <span class="search-words">"Search"</span>
                    <kbd>"Ctrl K"</kbd>
                </button>
                <LiveState />
                <Account />
            </header>
            <main class="main" id="main" tabindex="-1">{body}</main>
        </div>
        <Palette open=palette_open />
    }
}

/// Keeps the project's flags at hand and fresh.
fn provide_flags(place: Place, live: Live) {
    let flags = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::flags(&project).await },
    );
    provide_context(ProjectFlags(flags));
    live.subscribe(move |news| {
        let concerned = match news {
            News::Missed => true,
            News::Changed(event) => !event.entities.is_empty() || !event.releases.is_empty(),
        };
        if concerned {
            flags.refetch();
        }
    });
}

/// The page, or a word that there is no such project or environment.
#[component]
fn Here(place: Place, list: RwSignal<Vec<Project>>, page: fn(Inside) -> AnyView) -> impl IntoView {
    let shown = Router::current().page();
    let outlet = move || match shown.get() {
        Page::Inside(inside) => page(inside),
        Page::Home | Page::SignIn | Page::Nowhere => ().into_any(),
    };
    let known = Memo::new(move |_| {
        list.track();
        place.environment_details().is_some()
    });
    let missing = || {
        view! {
            <crate::components::empty::Empty
                glyph=Glyph::Search
                title="No such environment"
                text="There is no project and environment of these names, or they are not yours to see."
            >
                <a class="button" href="/">"To the start"</a>
            </crate::components::empty::Empty>
        }
    };
    view! {
        <Show when=move || known.get() fallback=missing>
            {outlet}
        </Show>
    }
}

#[component]
fn Sidebar(place: Place) -> impl IntoView {
    let entries = [
        ("flags", "Flags", Glyph::Flag),
        ("segments", "Segments", Glyph::Segment),
        ("releases", "Releases", Glyph::Release),
        ("metrics", "Metrics", Glyph::Metric),
        ("changes", "Changes", Glyph::Change),
        ("audit", "Audit", Glyph::Audit),
        ("settings", "Settings", Glyph::Settings),
    ];
    let links = entries
        .into_iter()
        .map(|(path, words, glyph)| {
            view! {
                <li>
                    <Link href=Signal::derive(move || place.path(path))>
                        <Icon glyph />
                        {words}
                    </Link>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="sidebar" aria-label="Main">
            <a class="brand" href=move || place.path("flags")>
                <Mark size=24 />
                "Serin"
            </a>
            <ul class="nav">{links}</ul>
        </nav>
    }
}
