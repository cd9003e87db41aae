//! The caller's own API tokens.

use leptos::prelude::*;
use serin_api::session::{CreatedToken, NewToken, Token};

use super::{
    Work,
    keys::{expiries, expiry},
};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look, SubmitButton},
        confirm::ConfirmDialog,
        dialog::Dialog,
        empty::Empty,
        error_view::ErrorNotice,
        field::{Field, TextInput},
        icon::Glyph,
        loaded::loaded,
        secret::{Secret, Snippet},
        select::Select,
        skeleton::SkeletonRows,
        time::Time,
        toast::Toasts,
    },
    place::Place,
    query::Query,
};

/// `…/settings/tokens`
#[component]
pub(crate) fn Tokens() -> impl IntoView {
    let tokens = Query::new(|| Some(()), |()| client::tokens());
    let (creating, revoking) = (RwSignal::new(false), RwSignal::new(None::<Token>));
    let ready = move |data: RwSignal<Vec<Token>>| {
        let table = move || table(data.get(), revoking);
        view! { {table} }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="tokens-title">
            <header class="card-head">
                <h2 id="tokens-title">"Your API tokens"</h2>
                <span class="push">
                    <Button look=Look::Primary glyph=Glyph::Plus on_click=move |()| creating.set(true) testid="new-token">
                        "New token"
                    </Button>
                </span>
            </header>
            {loaded(tokens, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
        </section>
        <p class="small muted">"A token may do what you may do, in every project. Scripts send it as "<code>"Authorization: Bearer …"</code>"."</p>
        <Dialog open=creating title="New API token">
            <NewTokenForm open=creating tokens />
        </Dialog>
        <RevokeDialog token=revoking tokens />
    }
}

fn table(tokens: Vec<Token>, revoking: RwSignal<Option<Token>>) -> AnyView {
    if tokens.is_empty() {
        return view! {
            <Empty
                glyph=Glyph::Key
                title="No token yet"
                text="With a token a script or a pipeline uses the API in your name: it imports flags, toggles them, leads releases."
            />
        }
        .into_any();
    }
    let row = move |token: Token| {
        let mine = token.clone();
        view! {
            <tr data-testid="token-row">
                <td><span class="strong">{token.name}</span> <br /> <code class="tiny faint">{token.prefix} "…"</code></td>
                <td data-label="Last used">{super::when(token.last_used_at)}</td>
                <td data-label="Expires">{super::when(token.expires_at)}</td>
                <td data-label="Made" class="muted"><Time at=token.created_at /></td>
                <td class="end"><Button small=true on_click=move |()| revoking.set(Some(mine.clone()))>"Revoke"</Button></td>
            </tr>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = tokens.into_iter().map(row).collect();
    super::table(&["Name", "Last used", "Expires", "Made", ""], rows)
}

#[component]
fn NewTokenForm(open: RwSignal<bool>, tokens: Query<Vec<Token>>) -> impl IntoView {
    let (name, days) = (RwSignal::new(String::new()), RwSignal::new("90".to_owned()));
    let created = RwSignal::new(None::<CreatedToken>);
    let work = Work::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let token = NewToken {
            name: name.get_untracked().trim().to_owned(),
            expires_at: expiry(&days.get_untracked()),
        };
        work.run(client::create_token(token), move |made| {
            created.set(Some(made));
            tokens.refetch();
        });
    };
    let expiries = expiries();
    let made = move |made: CreatedToken| {
        let project = expect_context::<Place>().project.get_untracked();
        let origin = window().location().origin().unwrap_or_default();
        let path = serin_api::paths::flags(&project);
        let text = format!(
            "curl -H 'Authorization: Bearer {}' '{origin}{path}'",
            made.secret
        );
        view! {
            <div class="dialog-body">
                <p><span class="strong">{made.token.name}</span> " is there."</p>
                <Secret secret=made.secret />
                <Snippet text what="snippet" />
            </div>
            <div class="dialog-foot">
                <Button look=Look::Primary on_click=move |()| open.set(false)>"Done"</Button>
            </div>
        }
        .into_any()
    };
    let form = move || {
        view! {
            <form on:submit=submit>
                <div class="dialog-body">
                    <ErrorNotice error=work.error />
                    <Field label="Name" hint="What uses it.">
                        <TextInput value=name on_input=move |text| name.set(text) placeholder="deploy pipeline" testid="token-name" autofocus=true />
                    </Field>
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
                        "Create token"
                    </SubmitButton>
                </div>
            </form>
        }
        .into_any()
    };
    let body = move || match created.get() {
        Some(token) => made(token),
        None => form(),
    };
    view! { {body} }
}

#[component]
fn RevokeDialog(token: RwSignal<Option<Token>>, tokens: Query<Vec<Token>>) -> impl IntoView {
    let toasts = Toasts::current();
    let work = Work::new();
    let open = super::opened_by(token, work);
    let name = move || {
        token.with(|token| {
            token
                .as_ref()
                .map(|token| token.name.clone())
                .unwrap_or_default()
        })
    };
    let confirm = move |()| {
        let Some(token) = token.get_untracked() else {
            return;
        };
        let id = token.id.to_string();
        let revoke = async move { client::revoke_token(&id).await };
        work.run(revoke, move |()| {
            open.set(false);
            tokens.refetch();
            toasts.say(Tone::Good, format!("{} is revoked.", token.name));
        });
    };
    view! {
        <ConfirmDialog
            open
            title=Signal::derive(move || format!("Revoke {}?", name()))
            effect="Scripts that use it are refused at once."
            verb="Revoke token"
            on_confirm=confirm
            busy=work.busy
            error=work.error
        />
    }
}
