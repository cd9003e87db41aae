//! The SDK keys of the environment.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::key::{Key, KeyKind, NewKey};

use super::{
    can_manage,
    credential::{self, Draft, Listed, Making, RevokeDialog, Revoked, Revoking, Words},
    snippets::{Program, snippet},
};
use crate::{
    client, clock,
    components::{
        badge::{Badge, Tone},
        button::{Button, Look},
        dialog::Dialog,
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        secret::Snippet,
        segmented::Segmented,
        skeleton::SkeletonRows,
    },
    place::Place,
    query::Query,
    shell::ProjectFlags,
};

const WORDS: Words = Words {
    what: "key",
    hint: "Which service or app uses it.",
    example: "checkout-service",
};

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
    let (creating, revoking) = (RwSignal::new(false), RwSignal::new(None::<Revoking>));
    let ready = move |data: RwSignal<Vec<Key>>| {
        let table = move || table(place, data.get(), creating, revoking);
        view! { {table} }.into_any()
    };
    let environment = move || place.environment_details().map(|it| it.name);
    let disabled = Signal::derive(move || !can_manage(place));
    let revoke = move |id: String| -> Revoked {
        let at = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        Box::pin(async move { client::revoke_key(&at.0, &at.1, &id).await })
    };
    view! {
        <section class="card" aria-labelledby="keys-title">
            <header class="card-head">
                <h2 id="keys-title">"SDK keys of " {environment}</h2>
                <span class="push">
                    <Button look=Look::Primary glyph=Glyph::Plus on_click=move |()| creating.set(true) disabled testid="new-key">
                        "New key"
                    </Button>
                </span>
            </header>
            {loaded(keys, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
        </section>
        <Show when=move || !can_manage(place)>
            <p class="small muted">"Making and revoking keys takes the role admin in this project."</p>
        </Show>
        <Dialog open=creating title="New SDK key" wide=true>
            <NewKeyForm open=creating keys />
        </Dialog>
        <RevokeDialog words=WORDS chosen=revoking revoke done=move |()| keys.refetch() />
    }
}

fn table(
    place: Place,
    keys: Vec<Key>,
    creating: RwSignal<bool>,
    chosen: RwSignal<Option<Revoking>>,
) -> AnyView {
    let disabled = Signal::derive(move || !can_manage(place));
    if keys.is_empty() {
        return view! {
            <Empty
                glyph=Glyph::Key
                title="No key yet"
                text="A key lets a program read this environment's flags: a server key opens the whole ruleset, a client key may be shipped to browsers and sees client-visible flags only."
            >
                <Button look=Look::Primary on_click=move |()| creating.set(true) disabled>"New key"</Button>
            </Empty>
        }
        .into_any();
    }
    let row = |key: Key| {
        let effect = revoking(&key, clock::now());
        let tone = if key.kind == KeyKind::Server {
            Tone::Accent
        } else {
            Tone::Neutral
        };
        let listed = Listed {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            kind: Some(view! { <Badge tone>{kind_words(key.kind)}</Badge> }.into_any()),
            last_used_at: key.last_used_at,
            expires_at: key.expires_at,
            created_at: key.created_at,
            created_by: Some(key.created_by),
            effect,
        };
        credential::row(listed, "key-row", chosen, disabled)
    };
    let rows: Vec<AnyView> = keys.into_iter().map(row).collect();
    super::table(&["Name", "Kind", "Last used", "Expires", "Made", ""], rows)
}

#[component]
fn NewKeyForm(open: RwSignal<bool>, keys: Query<Vec<Key>>) -> impl IntoView {
    let place = Place::current();
    let kind = RwSignal::new("server".to_owned());
    let draft = Draft::new("");
    let chosen = move || match kind.get_untracked().as_str() {
        "client" => KeyKind::Client,
        _ => KeyKind::Server,
    };
    let make = move |()| {
        let at = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        let key = NewKey {
            name: draft.name(),
            kind: chosen(),
            expires_at: draft.expires_at(),
        };
        let make = async move { client::create_key(&at.0, &at.1, key).await };
        draft.work.run(make, move |made| {
            draft.made.set(Some((made.key.name, made.secret)));
            keys.refetch();
        });
    };
    let about = move || match kind.get().as_str() {
        "client" => {
            "Evaluates client-visible flags only, for the origins that the environment allows. It may be shipped to browsers and apps."
        }
        _ => "Reads the whole ruleset with all its rules, and reports usage. Keep it secret.",
    };
    let more = move || {
        view! {
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
        }
    };
    let usage = move || {
        let secret = draft.made.get_untracked().map(|(_, secret)| secret);
        view! { <Usage kind=chosen() secret=secret.unwrap_or_default() /> }
    };
    view! { <Making words=WORDS open draft make usage more=ViewFn::from(more) /> }
}

/// How to use the key, in some languages.
#[component]
fn Usage(kind: KeyKind, secret: String) -> impl IntoView {
    let flags = expect_context::<ProjectFlags>();
    let programs = Program::of(kind);
    let first = programs.first().map_or("", |(program, _)| program.name());
    let shown = RwSignal::new(first.to_owned());
    let origin = window().location().origin().unwrap_or_default();
    let options = programs
        .iter()
        .map(|(program, words)| (program.name(), *words))
        .collect::<Vec<_>>();
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
        <div class="stack">
            <Segmented label="How to use it" options value=shown on_change=move |name| shown.set(name) />
            <Snippet text what="snippet" />
        </div>
    }
}
