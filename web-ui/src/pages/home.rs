//! The start: straight on to the first project, or a way to make one.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::project::Project;

use crate::{
    client,
    components::{
        button::{Button, Look},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        skeleton::SkeletonRows,
    },
    pages::sign_in::RequireSession,
    place,
    query::Query,
    router::Router,
    shell::new_project::NewProjectDialog,
};

/// `/`
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! {
        <RequireSession>
            <Start />
        </RequireSession>
    }
}

#[component]
fn Start() -> impl IntoView {
    let projects = Query::new(|| Some(()), |()| client::projects());
    let router = Router::current();
    crate::reactive::effect(move || {
        if let Some(start) = projects.with(|projects| start_of(projects)).flatten() {
            router.replace(&start);
        }
    });
    let creating = RwSignal::new(false);
    let ready = move |projects: RwSignal<Vec<Project>>| {
        view! {
            <Show when=move || projects.with(Vec::is_empty)>
                <Empty
                    glyph=Glyph::Project
                    title="No project yet"
                    text="A project holds flags and segments. It starts with a development and a production environment."
                >
                    <Button look=Look::Primary glyph=Glyph::Plus on_click=move |()| creating.set(true)>
                        "New project"
                    </Button>
                </Empty>
            </Show>
        }
        .into_any()
    };
    view! {
        <main class="main">
            <h1 class="visually-hidden">"Serin"</h1>
            {loaded(projects, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
            <NewProjectDialog open=creating />
        </main>
    }
}

/// The flags of the first project's first environment.
fn start_of(projects: &[Project]) -> Option<String> {
    let project = projects
        .iter()
        .find(|project| !project.environments.is_empty())?;
    let environment = project.environments.first()?;
    Some(place::address(&project.key, &environment.key, "flags"))
}
