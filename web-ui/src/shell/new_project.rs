//! Making a project.

use leptos::prelude::*;
use serin_api::project::NewProject;

use crate::{
    client,
    components::{
        button::{Button, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextInput},
    },
    keys,
    place::{Place, address},
    router::Router,
};

/// Asks for a name; the key follows from it until it is edited.
#[component]
pub(crate) fn NewProjectDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="New project">
            <Form open />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let edited_key = RwSignal::new(None::<String>);
    let key = Signal::derive(move || edited_key.get().unwrap_or_else(|| keys::slug(&name.get())));
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None);
    let place = use_context::<Place>();
    let router = Router::current();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let project = NewProject {
            key: key.get_untracked(),
            name: Some(name.get_untracked()).filter(|name| !name.is_empty()),
            description: None,
            environments: None,
        };
        crate::reactive::spawn(async move {
            match client::create_project(project).await {
                Ok(project) => {
                    if let Some(place) = place {
                        place.projects.refetch();
                    }
                    open.set(false);
                    let environment = project.environments.first().map_or("-", |e| e.key.as_str());
                    router.go(&address(&project.key, environment, "flags"));
                }
                Err(failed) => error.set(Some(failed)),
            }
            busy.set(false);
        });
    };
    let problem = Signal::derive(move || keys::project_key_problem(&key.get()));
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=error />
                <Field label="Name">
                    <TextInput value=name on_input=move |text| name.set(text) placeholder="Web shop" autofocus=true />
                </Field>
                <Field label="Key" hint="In addresses and in the API; it cannot be changed later." error=problem>
                    <TextInput value=key on_input=move |text| edited_key.set(Some(text)) mono=true />
                </Field>
                <p class="small muted">"It starts with the environments development and production."</p>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton
                    busy=busy
                    disabled=Signal::derive(move || key.with(String::is_empty) || problem.get().is_some())
                    testid="dialog-confirm"
                >
                    "Create project"
                </SubmitButton>
            </div>
        </form>
    }
}
