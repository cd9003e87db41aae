//! The SDK keys of the environment.

use crate::components::show::Show;
use chrono::TimeDelta;
use leptos::prelude::*;
use serin_api::key::{CreatedKey, Key, KeyKind, NewKey};

use super::{
    Work, can_manage,
    snippets::{Program, snippet},
};
use crate::{
    client, clock,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look, SubmitButton},
        confirm::ConfirmDialog,
        dialog::Dialog,
        empty::Empty,
        error_view::ErrorNotice,
        field::{Field, TextInput},
        icon::Glyph,
        loaded::loaded,
        secret::{Secret, Snippet},
        segmented::Segmented,
        select::Select,
        skeleton::SkeletonRows,
        time::Time,
        toast::Toasts,
    },
    place::Place,
    query::Query,
    shell::ProjectFlags,
};

/// Days after which a key or token is refused, with words; none for never.
const EXPIRIES: [(&str, &str); 4] = [
    ("", "Never"),
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In a year"),
];

/// The choices of an expiry.
pub(super) fn expiries() -> Signal<Vec<(String, String)>> {
    let choices = EXPIRIES.map(|(days, words)| (days.to_owned(), words.to_owned()));
    Signal::stored(choices.to_vec())
}

/// The time that such a choice means.
pub(super) fn expiry(days: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    let days = days.parse::<i64>().ok()?;
    clock::now().checked_add_signed(TimeDelta::days(days))
}

fn kind_words(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Server => "Server",
        KeyKind::Client => "Client",
    }
}

/// What revoking a key does.
fn revoking(key: &Key, now: chrono::DateTime<chrono::Utc>) -> String {
    let used = match key.last_used_at {
        Some(at) => format!("It was last used {}.", clock::relative(at, now)),
        None => "It was never used.".to_owned(),
    };
    let effect = match key.kind {
        KeyKind::Server => {
            "Services that use it are cut off at once: they keep serving the last ruleset they got, and hear of no change any more."
        }
        KeyKind::Client => {
            "Pages and apps that use it are cut off at once: they serve what they have cached, else the defaults in their code."
        }
    };
    format!("{effect} {used}")
}

/// `…/settings/keys`
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let place = Place::current();
    let keys = Query::new(
        move || Some((place.project.get(), place.environment.get())),
        |(project, environment)| async move { client::keys(&project, &environment).await },
    );
    let (creating, revoking) = (RwSignal::new(false), RwSignal::new(None::<Key>));
    let ready =
        move |data: RwSignal<Vec<Key>>| view! { <List data creating revoking /> }.into_any();
    let environment = move || place.environment_details().map(|it| it.name);
    view! {
        <section class="card" aria-labelledby="keys-title">
            <header class="card-head">
                <h2 id="keys-title">"SDK keys of " {environment}</h2>
                <span class="push">
                    <Button
                        look=Look::Primary
                        glyph=Glyph::Plus
                        on_click=move |()| creating.set(true)
                        disabled=Signal::derive(move || !can_manage(place))
                        testid="new-key"
                    >
                        "New key"
                    </Button>
                </span>
            </header>
            {loaded(keys, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
        </section>
        <Show when=move || !can_manage(place)>
            <p class="small muted">"Making and revoking keys takes the role admin in this project."</p>
        </Show>
        <NewKeyDialog open=creating keys />
        <RevokeDialog key=revoking keys />
    }
}

#[component]
fn List(
    data: RwSignal<Vec<Key>>,
    creating: RwSignal<bool>,
    revoking: RwSignal<Option<Key>>,
) -> impl IntoView {
    let place = Place::current();
    let row = move |key: Key| {
        let mine = key.clone();
        view! {
            <tr data-testid="key-row">
                <td>
                    <span class="strong">{key.name}</span>
                    <br />
                    <code class="tiny faint">{key.prefix} "…"</code>
                </td>
                <td>
                    <Badge tone=if key.kind == KeyKind::Server { Tone::Accent } else { Tone::Neutral }>
                        {kind_words(key.kind)}
                    </Badge>
                </td>
                <td data-label="Last used">{super::when(key.last_used_at)}</td>
                <td data-label="Expires">{super::when(key.expires_at)}</td>
                <td data-label="Made" class="muted"><Time at=key.created_at /> " by " {key.created_by}</td>
                <td class="end">
                    <Button
                        small=true
                        on_click=move |()| revoking.set(Some(mine.clone()))
                        disabled=Signal::derive(move || !can_manage(place))
                    >
                        "Revoke"
                    </Button>
                </td>
            </tr>
        }
        .into_any()
    };
    let table = move || {
        let rows: Vec<AnyView> = data.get().into_iter().map(row).collect();
        if rows.is_empty() {
            return view! {
                <Empty
                    glyph=Glyph::Key
                    title="No key yet"
                    text="A key lets a program read this environment's flags: a server key opens the whole ruleset, a client key may be shipped to browsers and sees client-visible flags only."
                >
                    <Button
                        look=Look::Primary
                        on_click=move |()| creating.set(true)
                        disabled=Signal::derive(move || !can_manage(place))
                    >
                        "New key"
                    </Button>
                </Empty>
            }
            .into_any();
        }
        super::table(&["Name", "Kind", "Last used", "Expires", "Made", ""], rows)
    };
    view! { {table} }
}

#[component]
fn NewKeyDialog(open: RwSignal<bool>, keys: Query<Vec<Key>>) -> impl IntoView {
    view! {
        <Dialog open title="New SDK key" wide=true>
            <NewKeyForm open keys />
        </Dialog>
    }
}

#[component]
fn NewKeyForm(open: RwSignal<bool>, keys: Query<Vec<Key>>) -> impl IntoView {
    let place = Place::current();
    let (name, kind, days) = (
        RwSignal::new(String::new()),
        RwSignal::new("server".to_owned()),
        RwSignal::new(String::new()),
    );
    let created = RwSignal::new(None::<CreatedKey>);
    let work = Work::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (project, environment) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        let kind = match kind.get_untracked().as_str() {
            "client" => KeyKind::Client,
            _ => KeyKind::Server,
        };
        let key = NewKey {
            name: name.get_untracked().trim().to_owned(),
            kind,
            expires_at: expiry(&days.get_untracked()),
        };
        let make = async move { client::create_key(&project, &environment, key).await };
        work.run(make, move |made| {
            created.set(Some(made));
            keys.refetch();
        });
    };
    let about = move || match kind.get().as_str() {
        "client" => {
            "Evaluates client-visible flags only, for the origins that the environment allows. It may be shipped to browsers and apps."
        }
        _ => "Reads the whole ruleset with all its rules, and reports usage. Keep it secret.",
    };
    let expiries = expiries();
    let form = move || {
        view! {
            <form on:submit=submit>
                <div class="dialog-body">
                    <ErrorNotice error=work.error />
                    <Field label="Name" hint="Which service or app uses it.">
                        <TextInput value=name on_input=move |text| name.set(text) placeholder="checkout-service" testid="key-name" autofocus=true />
                    </Field>
                    <div class="field">
                        <span class="field-label">"Kind"</span>
                        <div>
                            <Segmented
                                label="Kind"
                                options=vec![("server", "Server"), ("client", "Client")]
                                value=kind
                                on_change=move |name| kind.set(name)
                            />
                        </div>
                        <span class="field-hint">{about}</span>
                    </div>
                    <Field label="Expires">
                        <Select options=expiries value=days on_change=move |text| days.set(text) />
                    </Field>
                </div>
                <div class="dialog-foot">
                    <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                    <SubmitButton
                        busy=work.busy
                        disabled=Signal::derive(move || name.with(|name| name.trim().is_empty()))
                        testid="dialog-confirm"
                    >
                        "Create key"
                    </SubmitButton>
                </div>
            </form>
        }
        .into_any()
    };
    let body = move || match created.get() {
        Some(made) => view! { <Made made open /> }.into_any(),
        None => form(),
    };
    view! { {body} }
}

/// The secret, and how to use it.
#[component]
fn Made(made: CreatedKey, open: RwSignal<bool>) -> impl IntoView {
    let flags = expect_context::<ProjectFlags>();
    let programs = Program::of(made.key.kind);
    let first = programs.first().map_or("", |(program, _)| program.name());
    let shown = RwSignal::new(first.to_owned());
    let origin = window().location().origin().unwrap_or_default();
    let options = programs
        .iter()
        .map(|(program, words)| (program.name(), *words))
        .collect::<Vec<_>>();
    let secret = made.secret.clone();
    let text = Signal::derive(move || {
        let flag = flags
            .0
            .with(|flags| flags.first().map(|item| item.flag.key.clone()))
            .flatten()
            .unwrap_or_else(|| "my-flag".to_owned());
        let name = shown.get();
        let program = programs.iter().find(|(program, _)| program.name() == name);
        program.map_or_else(String::new, |(program, _)| {
            snippet(*program, &origin, &secret, &flag)
        })
    });
    view! {
        <div class="dialog-body">
            <p><span class="strong">{made.key.name}</span> " is there."</p>
            <Secret secret=made.secret />
            <div class="stack">
                <Segmented label="How to use it" options value=shown on_change=move |name| shown.set(name) />
                <Snippet text what="snippet" />
            </div>
        </div>
        <div class="dialog-foot">
            <Button look=Look::Primary on_click=move |()| open.set(false) testid="key-done">"Done"</Button>
        </div>
    }
}

#[component]
fn RevokeDialog(key: RwSignal<Option<Key>>, keys: Query<Vec<Key>>) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    let work = Work::new();
    let open = super::opened_by(key, work);
    let title = move || {
        key.with(|key| {
            key.as_ref()
                .map_or_else(String::new, |key| format!("Revoke {}?", key.name))
        })
    };
    let effect = move || {
        key.with(|key| {
            key.as_ref()
                .map_or_else(String::new, |key| revoking(key, clock::now()))
        })
    };
    let confirm = move |()| {
        let Some(key) = key.get_untracked() else {
            return;
        };
        let (project, environment) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        let id = key.id.to_string();
        let revoke = async move { client::revoke_key(&project, &environment, &id).await };
        work.run(revoke, move |()| {
            open.set(false);
            keys.refetch();
            toasts.say(Tone::Good, format!("{} is revoked.", key.name));
        });
    };
    view! {
        <ConfirmDialog
            open
            title=Signal::derive(title)
            effect=Signal::derive(effect)
            verb="Revoke key"
            on_confirm=confirm
            busy=work.busy
            error=work.error
        />
    }
}
