//! What SDK keys and API tokens have in common: they are made with a name and an expiry,
//! show their secret once, and are revoked.

use std::{future::Future, pin::Pin};

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::Work;
use crate::{
    client::Error,
    clock,
    components::{
        badge::Tone,
        button::{Button, Look, SubmitButton},
        confirm::ConfirmDialog,
        error_view::ErrorNotice,
        field::{Field, TextInput},
        secret::Secret,
        select::Select,
        time::Time,
        toast::Toasts,
    },
};

/// Days after which a credential is refused, with words; none for never.
const EXPIRIES: [(&str, &str); 4] = [
    ("", "Never"),
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In a year"),
];

/// Where it is used, for the words around it.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// `key`
    pub(super) what: &'static str,
    /// What the name should say.
    pub(super) hint: &'static str,
    /// A name, as an example.
    pub(super) example: &'static str,
}

/// A credential in a list.
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) name: String,
    /// The first letters of its secret.
    pub(super) prefix: String,
    /// Of which kind it is, where there are some.
    pub(super) kind: Option<AnyView>,
    pub(super) last_used_at: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    /// Who made it, where that may be somebody else.
    pub(super) created_by: Option<String>,
    /// What revoking it does.
    pub(super) effect: String,
}

/// A credential that is about to be revoked.
#[derive(Clone)]
pub(super) struct Revoking {
    id: String,
    name: String,
    effect: String,
}

/// A line of a list.
pub(super) fn row(
    listed: Listed,
    testid: &'static str,
    revoking: RwSignal<Option<Revoking>>,
    disabled: Signal<bool>,
) -> AnyView {
    let by = listed.created_by.map(|by| format!(" by {by}"));
    let mine = Revoking {
        id: listed.id,
        name: listed.name.clone(),
        effect: listed.effect,
    };
    view! {
        <tr data-testid=testid>
            <td>
                <span class="strong">{listed.name}</span>
                <br />
                <code class="tiny faint">{listed.prefix} "…"</code>
            </td>
            {listed.kind.map(|kind| view! { <td>{kind}</td> })}
            <td data-label="Last used">{super::when(listed.last_used_at)}</td>
            <td data-label="Expires">{super::when(listed.expires_at)}</td>
            <td data-label="Made" class="muted"><Time at=listed.created_at /> {by}</td>
            <td class="end">
                <Button small=true on_click=move |()| revoking.set(Some(mine.clone())) disabled>"Revoke"</Button>
            </td>
        </tr>
    }
    .into_any()
}

/// What the form of a new credential holds.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    name: RwSignal<String>,
    days: RwSignal<String>,
    /// The credential once it is made: its name and its secret.
    pub(super) made: RwSignal<Option<(String, String)>>,
    pub(super) work: Work,
}

impl Draft {
    /// An empty form, with an expiry in so many days; none where empty.
    pub(super) fn new(days: &str) -> Self {
        Self {
            name: RwSignal::new(String::new()),
            days: RwSignal::new(days.to_owned()),
            made: RwSignal::new(None),
            work: Work::new(),
        }
    }

    /// The name as it was typed.
    pub(super) fn name(self) -> String {
        self.name.get_untracked().trim().to_owned()
    }

    /// The time that the choice of days means.
    pub(super) fn expires_at(self) -> Option<DateTime<Utc>> {
        let days = self.days.get_untracked().parse::<i64>().ok()?;
        clock::now().checked_add_signed(TimeDelta::days(days))
    }
}

/// The form, and then the secret with what there is to say about its use.
#[component]
pub(super) fn Making(
    words: Words,
    open: RwSignal<bool>,
    draft: Draft,
    /// Makes it.
    #[prop(into)]
    make: Callback<()>,
    /// How to use the secret.
    #[prop(into)]
    usage: ViewFn,
    /// More fields.
    #[prop(optional, into)]
    more: ViewFn,
) -> impl IntoView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        make.run(());
    };
    let choices = EXPIRIES.map(|(days, words)| (days.to_owned(), words.to_owned()));
    let options = Signal::stored(choices.to_vec());
    let (name, days) = (draft.name, draft.days);
    let name_testid = if words.what == "key" {
        "key-name"
    } else {
        "token-name"
    };
    let form = move || {
        view! {
            <form on:submit=submit>
                <div class="dialog-body">
                    <ErrorNotice error=draft.work.error />
                    <Field label="Name" hint=words.hint>
                        <TextInput value=name on_input=move |text| name.set(text) placeholder=words.example testid=name_testid autofocus=true />
                    </Field>
                    {more.run()}
                    <Field label="Expires">
                        <Select options value=days on_change=move |text| days.set(text) />
                    </Field>
                </div>
                <div class="dialog-foot">
                    <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                    <SubmitButton
                        busy=draft.work.busy
                        disabled=Signal::derive(move || name.with(|name| name.trim().is_empty()))
                        testid="dialog-confirm"
                    >
                        {format!("Create {}", words.what)}
                    </SubmitButton>
                </div>
            </form>
        }
        .into_any()
    };
    let secret = move |(name, secret): (String, String)| {
        view! {
            <div class="dialog-body">
                <p><span class="strong">{name}</span> " is there."</p>
                <Secret secret />
                {usage.run()}
            </div>
            <div class="dialog-foot">
                <Button look=Look::Primary on_click=move |()| open.set(false) testid="key-done">"Done"</Button>
            </div>
        }
        .into_any()
    };
    move || match draft.made.get() {
        Some(made) => secret(made),
        None => form(),
    }
}

/// Revoking, on its way.
pub(super) type Revoked = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// Asks before a credential is revoked.
#[component]
pub(super) fn RevokeDialog(
    words: Words,
    chosen: RwSignal<Option<Revoking>>,
    /// Revokes the one with this id.
    #[prop(into)]
    revoke: Callback<String, Revoked>,
    /// Reads the list again.
    #[prop(into)]
    done: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::current();
    let work = Work::new();
    let open = super::opened_by(chosen, work);
    let said = move |say: fn(&Revoking) -> String| {
        Signal::derive(move || chosen.with(|it| it.as_ref().map(say).unwrap_or_default()))
    };
    let confirm = move |()| {
        let Some(credential) = chosen.get_untracked() else {
            return;
        };
        work.run(revoke.run(credential.id), move |()| {
            open.set(false);
            done.run(());
            toasts.say(Tone::Good, format!("{} is revoked.", credential.name));
        });
    };
    view! {
        <ConfirmDialog
            open
            title=said(|it| format!("Revoke {}?", it.name))
            effect=said(|it| it.effect.clone())
            verb=format!("Revoke {}", words.what)
            on_confirm=confirm
            busy=work.busy
            error=work.error
        />
    }
}
