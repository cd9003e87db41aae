//! The webhooks of the project, and what became of what they were sent.

mod form;
mod log;
mod wording;

use leptos::prelude::*;
use serde_json::json;
use serin_api::webhook::Webhook;

use super::{Work, can_manage};
use crate::{
    client,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        confirm::ConfirmDialog,
        dialog::Dialog,
        empty::Empty,
        error_view::ErrorNotice,
        icon::Glyph,
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
        switch::Switch,
        toast::Toasts,
    },
    place::Place,
    query::Query,
};
use form::{Form, Subject};
use log::Log;

/// What is open on top of the list.
#[derive(Clone, Copy)]
struct Opened {
    form: RwSignal<Option<Subject>>,
    log: RwSignal<Option<Webhook>>,
    removal: RwSignal<Option<Webhook>>,
    /// Switching one on or off.
    switching: Work,
}

/// `…/settings/webhooks`
#[component]
pub(crate) fn Webhooks() -> impl IntoView {
    let place = Place::current();
    let webhooks = Query::new(
        move || can_manage(place).then(|| place.project.get()),
        |project| async move { client::webhooks(&project).await },
    );
    let opened = Opened {
        form: RwSignal::new(None),
        log: RwSignal::new(None),
        removal: RwSignal::new(None),
        switching: Work::new(),
    };
    let ready = move |data: RwSignal<Vec<Webhook>>| {
        let list = move || list(place.project, data.get(), webhooks, opened);
        view! { {list} }.into_any()
    };
    let section = move || match can_manage(place) {
        true => loaded(
            webhooks,
            || view! { <SkeletonRows count=3 /> }.into_any(),
            ready,
        )
        .into_any(),
        false => no_permission(),
    };
    let disabled = Signal::derive(move || !can_manage(place));
    let work = Work::new();
    let form_open = super::opened_by(opened.form, work);
    let form = move || {
        let subject = opened.form.get();
        subject.map(|subject| view! { <Form subject open=form_open work saved=move |()| webhooks.refetch() /> })
    };
    let title = Signal::derive(move || {
        let is_new = opened.form.with(|it| matches!(it, Some(Subject::New)));
        if is_new { "New webhook" } else { "Webhook" }.to_owned()
    });
    let log_open = super::opened_by(opened.log, Work::new());
    let log = move || opened.log.get().map(|webhook| view! { <Log webhook /> });
    // What was sent meanwhile is seen when the log is closed.
    Effect::new(move |was: Option<bool>| {
        let is = log_open.get();
        if was == Some(true) && !is {
            webhooks.refetch();
        }
        is
    });
    view! {
        <section class="card" aria-labelledby="webhooks-title">
            <header class="card-head">
                <h2 id="webhooks-title">"Webhooks"</h2>
                <span class="push">
                    <Button look=Look::Primary glyph=Glyph::Plus on_click=move |()| opened.form.set(Some(Subject::New)) disabled testid="new-webhook">
                        "New webhook"
                    </Button>
                </span>
            </header>
            <ErrorNotice error=opened.switching.error />
            {section}
        </section>
        <Show when=move || can_manage(place)>
            <p class="small muted">"A webhook tells another program of what happens in this project: every step of a release, and every change where it asks for that. Deliveries are signed, come at least once, and are tried again for about eight hours."</p>
        </Show>
        <Dialog open=form_open title wide=true>{form}</Dialog>
        <Dialog open=log_open title=Signal::stored("Deliveries".to_owned()) wide=true>{log}</Dialog>
        <Removal chosen=opened.removal done=move |()| webhooks.refetch() />
    }
}

fn no_permission() -> AnyView {
    view! {
        <Empty
            glyph=Glyph::Shield
            title="For admins"
            text="Addresses of webhooks may be secrets, so seeing and changing them takes the role admin in this project."
        />
    }
    .into_any()
}

fn list(
    project: Memo<String>,
    webhooks: Vec<Webhook>,
    query: Query<Vec<Webhook>>,
    opened: Opened,
) -> AnyView {
    if webhooks.is_empty() {
        return view! {
            <Empty
                glyph=Glyph::Arrow
                title="No webhook yet"
                text="Let a chat channel, a deployment or a pager hear when a release is held, rolled back or complete."
            >
                <Button look=Look::Primary on_click=move |()| opened.form.set(Some(Subject::New))>"New webhook"</Button>
            </Empty>
        }
        .into_any();
    }
    let each = webhooks.into_iter();
    let rows = each
        .map(|webhook| row(project, webhook, query, opened))
        .collect();
    super::table(&["Where to", "What", "Deliveries", "On", ""], rows)
}

fn row(
    project: Memo<String>,
    webhook: Webhook,
    query: Query<Vec<Webhook>>,
    opened: Opened,
) -> AnyView {
    let (on, what) = (webhook.enabled, wording::what(&webhook));
    let label = format!("Send to {}", webhook.url);
    let (mine, edited) = (webhook.clone(), webhook.clone());
    let (logged, removed) = (webhook.clone(), webhook.clone());
    let switch = move |on: bool| {
        let project = project.get_untracked();
        let (id, version) = (mine.id.to_string(), mine.version);
        let change = json!({ "enabled": on });
        let work = async move { client::patch_webhook(&project, &id, &change, version).await };
        opened.switching.run(work, move |_| query.refetch());
    };
    view! {
        <tr data-testid="webhook-row">
            <td>
                <span class="strong">{webhook.description.clone().unwrap_or_else(|| wording::host(&webhook.url))}</span>
                <br />
                <code class="tiny faint origins">{webhook.url.clone()}</code>
            </td>
            <td data-label="What">{what}</td>
            <td data-label="Deliveries">{counts(&webhook)}</td>
            <td data-label="On"><Switch checked=Signal::stored(on) label=Signal::stored(label) on_change=switch testid="webhook-enabled" /></td>
            <td class="end">
                <span class="row wrap row-end">
                    <Button small=true on_click=move |()| opened.log.set(Some(logged.clone())) testid="webhook-log">"Deliveries"</Button>
                    <Button small=true on_click=move |()| opened.form.set(Some(Subject::Existing(Box::new(edited.clone())))) testid="webhook-edit">"Edit"</Button>
                    <Button small=true on_click=move |()| opened.removal.set(Some(removed.clone())) testid="webhook-delete">"Delete"</Button>
                </span>
            </td>
        </tr>
    }
    .into_any()
}

fn counts(webhook: &Webhook) -> AnyView {
    let (waiting, dead) = (webhook.waiting, webhook.dead);
    if (waiting, dead) == (0, 0) {
        return view! { <span class="faint">"nothing waits"</span> }.into_any();
    }
    let waiting = (waiting > 0).then(|| {
        view! { <Badge tone=Tone::Warn>{format!("{waiting} waiting")}</Badge> }
    });
    let dead = (dead > 0).then(|| {
        view! { <Badge tone=Tone::Bad>{format!("{dead} given up")}</Badge> }
    });
    view! { <span class="row wrap">{waiting}{dead}</span> }.into_any()
}

/// Asks before a webhook goes.
#[component]
fn Removal(
    chosen: RwSignal<Option<Webhook>>,
    /// Reads the list again.
    #[prop(into)]
    done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::current();
    let project = Place::current().project;
    let work = Work::new();
    let open = super::opened_by(chosen, work);
    let effect = Signal::derive(move || {
        let waiting = chosen.with(|it| it.as_ref().map_or(0, |it| it.waiting));
        wording::removal(waiting)
    });
    let confirm = move |()| {
        let Some(webhook) = chosen.get_untracked() else {
            return;
        };
        let (project, id) = (project.get_untracked(), webhook.id.to_string());
        let remove = async move { client::delete_webhook(&project, &id).await };
        work.run(remove, move |()| {
            open.set(false);
            done.run(());
            toasts.say(Tone::Good, "The webhook is deleted.".to_owned());
        });
    };
    view! {
        <ConfirmDialog
            open
            title=Signal::stored("Delete the webhook?".to_owned())
            effect
            verb="Delete webhook"
            on_confirm=confirm
            busy=work.busy
            error=work.error
        />
    }
}
