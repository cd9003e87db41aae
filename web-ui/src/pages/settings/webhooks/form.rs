//! Making a webhook, and changing one.

use leptos::prelude::*;
use serin_api::webhook::{CreatedWebhook, EVENTS, NewWebhook, Webhook};

use super::super::Work;
use super::wording;
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look, SubmitButton},
        error_view::ErrorNotice,
        field::{Checkbox, Field, TextInput},
        secret::Secret,
        select::Select,
        toast::Toasts,
    },
    place::Place,
};

/// What the form is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Subject {
    New,
    Existing(Box<Webhook>),
}

/// What was typed and ticked.
#[derive(Clone, Copy)]
struct Draft {
    url: RwSignal<String>,
    description: RwSignal<String>,
    choice: RwSignal<String>,
    events: RwSignal<Vec<String>>,
    environments: RwSignal<Vec<String>>,
}

impl Draft {
    fn of(existing: Option<&Webhook>) -> Self {
        let events = existing.map_or_else(
            || wording::events("endings").unwrap_or_default(),
            |it| it.events.clone(),
        );
        let description = existing.and_then(|it| it.description.clone());
        Self {
            url: RwSignal::new(existing.map(|it| it.url.clone()).unwrap_or_default()),
            description: RwSignal::new(description.unwrap_or_default()),
            choice: RwSignal::new(wording::choice(&events).to_owned()),
            events: RwSignal::new(events),
            environments: RwSignal::new(
                existing
                    .map(|it| it.environments.clone())
                    .unwrap_or_default(),
            ),
        }
    }

    fn webhook(self) -> NewWebhook {
        let description = self.description.get_untracked().trim().to_owned();
        NewWebhook {
            url: self.url.get_untracked().trim().to_owned(),
            description: Some(description).filter(|text| !text.is_empty()),
            enabled: true,
            events: wording::events(&self.choice.get_untracked())
                .unwrap_or_else(|| self.events.get_untracked()),
            environments: self.environments.get_untracked(),
        }
    }
}

#[component]
pub(super) fn Form(
    subject: Subject,
    open: RwSignal<bool>,
    work: Work,
    /// Reads the list again.
    #[prop(into)]
    saved: Callback<()>,
) -> impl IntoView {
    let project = Place::current().project;
    let toasts = Toasts::current();
    let existing = match subject {
        Subject::New => None,
        Subject::Existing(webhook) => Some(webhook),
    };
    let draft = Draft::of(existing.as_deref());
    let made = RwSignal::new(None::<CreatedWebhook>);
    let is_new = existing.is_none();
    let save = move || {
        let (project, webhook) = (project.get_untracked(), draft.webhook());
        match existing.clone() {
            None => {
                let make = async move { client::create_webhook(&project, webhook).await };
                work.run(make, move |answer| {
                    saved.run(());
                    made.set(Some(answer));
                });
            }
            Some(before) => {
                let change = serde_json::json!({
                    "url": webhook.url, "description": webhook.description,
                    "events": webhook.events, "environments": webhook.environments,
                });
                let (id, version) = (before.id.to_string(), before.version);
                let put =
                    async move { client::patch_webhook(&project, &id, &change, version).await };
                work.run(put, move |_| {
                    open.set(false);
                    saved.run(());
                    toasts.say(Tone::Good, "The webhook is saved.".to_owned());
                });
            }
        }
    };
    let save = Callback::new(move |()| save());
    move || match made.get() {
        Some(made) => secret(made, open),
        None => fields(draft, is_new, open, work, save),
    }
}

fn fields(
    draft: Draft,
    is_new: bool,
    open: RwSignal<bool>,
    work: Work,
    save: Callback<()>,
) -> AnyView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save.run(());
    };
    let choices = wording::CHOICES.map(|(key, words)| (key.to_owned(), words.to_owned()));
    let options = Signal::stored(choices.to_vec());
    let (url, description, choice) = (draft.url, draft.description, draft.choice);
    let by_name = move || (choice.get() == "own").then(|| ticks(named(), draft.events, "Events"));
    let complete = move || {
        let named = draft.choice.get() != "own" || draft.events.with(|it| !it.is_empty());
        named && url.with(|url| !url.trim().is_empty())
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=work.error />
                <Field label="Address" hint="Events are posted there as JSON.">
                    <TextInput value=url on_input=move |text| url.set(text) placeholder="https://chat.example.com/hooks/releases" mono=true testid="webhook-url" autofocus=true />
                </Field>
                <Field label="Description">
                    <TextInput value=description on_input=move |text| description.set(text) placeholder="The release channel" testid="webhook-description" />
                </Field>
                <Field label="What it is told">
                    <Select options value=choice on_change=move |key| choice.set(key) />
                </Field>
                {by_name}
                <Environments chosen=draft.environments />
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=work.busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">
                    {if is_new { "Create webhook" } else { "Save" }}
                </SubmitButton>
            </div>
        </form>
    }
    .into_any()
}

/// The names of all events, each for itself and for the eye.
fn named() -> Vec<(String, String)> {
    let names = EVENTS.iter().map(|name| (*name).to_owned());
    names.map(|name| (name.clone(), name)).collect()
}

/// The environments that it is told of; all where none is chosen.
#[component]
fn Environments(chosen: RwSignal<Vec<String>>) -> impl IntoView {
    let place = Place::current();
    let each = place.environments().into_iter();
    let mut all: Vec<(String, String)> = each.map(|it| (it.key, it.name)).collect();
    // Those that are gone stay named until somebody unticks them.
    let named = chosen.get_untracked().into_iter();
    let gone = named.filter(|key| all.iter().all(|(there, _)| there != key));
    let gone: Vec<String> = gone.collect();
    all.extend(gone.into_iter().map(|key| {
        let words = format!("{key} (deleted)");
        (key, words)
    }));
    view! {
        {ticks(all, chosen, "Environments")}
        <span class="field-hint">{move || chosen.with(Vec::is_empty).then_some("None ticked: all of them.")}</span>
    }
}

/// Boxes to tick.
fn ticks(
    all: Vec<(String, String)>,
    chosen: RwSignal<Vec<String>>,
    legend: &'static str,
) -> AnyView {
    let boxes = all.into_iter().map(|(key, words)| {
        let mine = key.clone();
        let checked = Signal::derive(move || chosen.with(|all| all.contains(&mine)));
        let change = move |on: bool| {
            chosen.update(|all| {
                all.retain(|one| *one != key);
                if on {
                    all.push(key.clone());
                }
            });
        };
        view! { <Checkbox checked on_change=change label=words /> }.into_any()
    });
    let boxes: Vec<AnyView> = boxes.collect();
    view! {
        <fieldset class="field">
            <legend class="field-label">{legend}</legend>
            <div class="tick-list">{boxes}</div>
        </fieldset>
    }
    .into_any()
}

fn secret(made: CreatedWebhook, open: RwSignal<bool>) -> AnyView {
    view! {
        <div class="dialog-body">
            <p>"The webhook is there. Its deliveries are signed with this secret:"</p>
            <Secret secret=made.secret kept="Copy it now. It is not shown again: whoever has it can sign like this server." />
            <p class="small muted">"Receivers check " <code>"webhook-signature"</code> " with any library for Standard Webhooks."</p>
        </div>
        <div class="dialog-foot">
            <Button look=Look::Primary on_click=move |()| open.set(false) testid="webhook-done">"Done"</Button>
        </div>
    }
    .into_any()
}
