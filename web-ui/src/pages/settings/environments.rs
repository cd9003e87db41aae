//! The environments of the project.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::project::{Environment, NewEnvironment};

use super::{Work, can_manage};
use crate::{
    client,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Checkbox, Field, TextInput, fresh_id},
        icon::Glyph,
        select::Select,
        tag_input::TagInput,
        toast::Toasts,
    },
    keys,
    place::Place,
};

/// The colours that there are.
const COLORS: [&str; 6] = ["green", "blue", "violet", "amber", "red", "grey"];

/// What the form is about: a new environment, or one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    New,
    Existing(Environment),
}

/// `…/settings/environments`
#[component]
pub(crate) fn Environments() -> impl IntoView {
    let place = Place::current();
    let subject = RwSignal::new(None::<Subject>);
    let work = Work::new();
    let open = super::opened_by(subject, work);
    let rows = move || {
        place
            .environments()
            .into_iter()
            .map(|environment| row(place, environment, subject))
            .collect::<Vec<_>>()
    };
    let title = Signal::derive(move || {
        subject.with(|subject| match subject {
            Some(Subject::Existing(environment)) => format!("Environment {}", environment.name),
            _ => "New environment".to_owned(),
        })
    });
    let form = move || {
        subject
            .get()
            .map(|subject| view! { <Form subject open work /> })
    };
    view! {
        <section class="card" aria-labelledby="environments-title">
            <header class="card-head">
                <h2 id="environments-title">"Environments"</h2>
                <span class="push">
                    <Button
                        look=Look::Primary
                        glyph=Glyph::Plus
                        on_click=move |()| subject.set(Some(Subject::New))
                        disabled=Signal::derive(move || !can_manage(place))
                        testid="new-environment"
                    >
                        "New environment"
                    </Button>
                </span>
            </header>
            {move || super::table(&["Name", "Confirmation", "Allowed origins", "Revision", ""], rows())}
        </section>
        <Show when=move || !can_manage(place)>
            <p class="small muted">"Changing environments takes the role admin in this project."</p>
        </Show>
        <Dialog open title wide=true>{form}</Dialog>
    }
}

fn row(place: Place, environment: Environment, subject: RwSignal<Option<Subject>>) -> AnyView {
    let (mine, key) = (environment.clone(), environment.key.clone());
    let origins = if environment.allowed_origins.is_empty() {
        view! { <span class="faint">"none"</span> }.into_any()
    } else {
        view! { <span class="mono origins">{environment.allowed_origins.join(", ")}</span> }
            .into_any()
    };
    view! {
        <tr data-testid="environment-row" data-key=environment.key.clone() data-color=environment.color>
            <td>
                <span class="row">
                    <span class="env-dot"></span>
                    <span class="strong">{environment.name}</span>
                    <code class="tiny faint">{key}</code>
                </span>
            </td>
            <td>
                {if environment.production {
                    view! { <Badge tone=Tone::Bad>"asked: production"</Badge> }.into_any()
                } else {
                    view! { <span class="faint">"not asked"</span> }.into_any()
                }}
            </td>
            <td data-label="Origins">{origins}</td>
            <td data-label="Revision" class="number">{environment.revision}</td>
            <td class="end">
                <Button
                    small=true
                    on_click=move |()| subject.set(Some(Subject::Existing(mine.clone())))
                    disabled=Signal::derive(move || !can_manage(place))
                >
                    "Edit"
                </Button>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Form(subject: Subject, open: RwSignal<bool>, work: Work) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    let existing = match subject {
        Subject::New => None,
        Subject::Existing(environment) => Some(environment),
    };
    let is_new = existing.is_none();
    let of = |part: fn(&Environment) -> String| existing.as_ref().map(part).unwrap_or_default();
    let name = RwSignal::new(of(|it| it.name.clone()));
    let typed_key = RwSignal::new(of(|it| it.key.clone()));
    let color = RwSignal::new(
        existing
            .as_ref()
            .map_or_else(|| "blue".to_owned(), |it| it.color.clone()),
    );
    let production = RwSignal::new(existing.as_ref().is_some_and(|it| it.production));
    let origins = RwSignal::new(
        existing
            .as_ref()
            .map(|it| it.allowed_origins.clone())
            .unwrap_or_default(),
    );
    let limit = existing.as_ref().and_then(|it| it.release_limit);
    let limit = RwSignal::new(limit.map(|limit| limit.to_string()).unwrap_or_default());
    let limit_problem = Signal::derive(move || limit_problem(&limit.get()));
    let copy_from = RwSignal::new(String::new());
    let key = Signal::derive(move || {
        let typed = typed_key.get();
        if typed.is_empty() {
            keys::slug(&name.get())
        } else {
            typed
        }
    });
    let problem = Signal::derive(move || {
        if is_new {
            keys::project_key_problem(&key.get())
        } else {
            None
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (project, key) = (place.project.get_untracked(), key.get_untracked());
        let (name, color) = (
            name.get_untracked().trim().to_owned(),
            color.get_untracked(),
        );
        let (production, origins) = (production.get_untracked(), origins.get_untracked());
        let from = Some(copy_from.get_untracked()).filter(|from| !from.is_empty());
        let limit = limit.get_untracked().trim().parse::<u32>().ok();
        let existing = existing.clone();
        let save = async move {
            match existing {
                Some(existing) => {
                    let change = serde_json::json!({
                        "name": name, "color": color, "production": production, "allowed_origins": origins,
                        "release_limit": limit,
                    });
                    client::patch_environment(&project, &existing.key, &change, existing.version)
                        .await
                }
                None => {
                    let environment = NewEnvironment {
                        key,
                        name: Some(name).filter(|name| !name.is_empty()),
                        color: Some(color),
                        production,
                        allowed_origins: origins,
                        copy_from: from,
                    };
                    client::create_environment(&project, environment).await
                }
            }
        };
        work.run(save, move |saved| {
            open.set(false);
            place.projects.refetch();
            toasts.say(Tone::Good, format!("{} is saved.", saved.name));
        });
    };
    let sources = Signal::derive(move || {
        let mut sources = vec![(String::new(), "All flags off".to_owned())];
        sources.extend(
            place
                .environments()
                .into_iter()
                .map(|it| (it.key, format!("As in {}", it.name))),
        );
        sources
    });
    let naming = is_new.then(|| {
        view! {
            <Field label="Key" hint="Stands in addresses; it cannot be changed later." error=problem>
                <TextInput value=key on_input=move |text| typed_key.set(text) mono=true testid="environment-key" />
            </Field>
            <Field label="Flags begin">
                <Select options=sources value=copy_from on_change=move |from| copy_from.set(from) />
            </Field>
        }
        .into_any()
    });
    let complete = move || {
        let fits = problem.with(Option::is_none) && limit_problem.with(Option::is_none);
        !key.with(String::is_empty) && fits
    };
    let limiting = (!is_new).then(|| {
        view! {
            <Field label="Releases at once" hint="Those above it wait for their turn. Empty: as many as like." error=limit_problem>
                <TextInput value=limit on_input=move |text| limit.set(text) placeholder="no limit" testid="environment-release-limit" />
            </Field>
        }
        .into_any()
    });
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=work.error />
                <Field label="Name">
                    <TextInput value=name on_input=move |text| name.set(text) placeholder="Staging" testid="environment-name" autofocus=true />
                </Field>
                {naming}
                <Colors color />
                <Checkbox
                    checked=production
                    on_change=move |on| production.set(on)
                    label="Production"
                    hint="Every change here is confirmed once more, and the page says everywhere where one is."
                />
                {limiting}
                <div class="field">
                    <span class="field-label">"Origins that may use client keys"</span>
                    <TagInput values=origins on_change=move |all| origins.set(all) label="allowed origins" placeholder="https://shop.example.com" />
                    <span class="field-hint">"Web pages on other origins are refused by browsers. * allows all."</span>
                </div>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=work.busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">
                    {if is_new { "Create environment" } else { "Save" }}
                </SubmitButton>
            </div>
        </form>
    }
}

/// What is wrong with a limit as it is typed; none is no limit.
fn limit_problem(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let fits = typed.is_empty() || typed.parse::<u32>().is_ok_and(|limit| limit > 0);
    (!fits).then(|| "A whole number from 1 on, or nothing.".to_owned())
}

/// The colour that an environment is shown in everywhere.
#[component]
fn Colors(color: RwSignal<String>) -> impl IntoView {
    let group = fresh_id("color");
    let swatches = COLORS
        .map(|name| {
            view! {
                <label class="swatch" data-color=name title=name>
                    <input
                        type="radio"
                        class="visually-hidden"
                        name=group.clone()
                        prop:checked=move || color.with(|color| color == name)
                        on:change=move |_| color.set(name.to_owned())
                    />
                    <span class="swatch-dot" aria-hidden="true"></span>
                    <span class="visually-hidden">{name}</span>
                </label>
            }
            .into_any()
        })
        .into_iter()
        .collect::<Vec<_>>();
    view! {
        <fieldset class="field">
            <legend class="field-label">"Colour"</legend>
            <div class="row swatches">{swatches}</div>
        </fieldset>
    }
}
