//! The caller's own API tokens.

use leptos::prelude::*;
use serin_api::session::{NewToken, Token};

use super::credential::{self, Draft, Listed, Making, RevokeDialog, Revoked, Revoking, Words};
use crate::{
    client,
    components::{
        button::{Button, Look},
        dialog::Dialog,
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        secret::Snippet,
        skeleton::SkeletonRows,
    },
    place::Place,
    query::Query,
};

const WORDS: Words = Words {
    what: "token",
    hint: "What uses it.",
    example: "deploy pipeline",
};

/// `…/settings/tokens`
#[component]
pub(crate) fn Tokens() -> impl IntoView {
    let tokens = Query::new(|| Some(()), |()| client::tokens());
    let (creating, revoking) = (RwSignal::new(false), RwSignal::new(None::<Revoking>));
    let ready = move |data: RwSignal<Vec<Token>>| {
        let table = move || table(data.get(), revoking);
        view! { {table} }.into_any()
    };
    let revoke =
        |id: String| -> Revoked { Box::pin(async move { client::revoke_token(&id).await }) };
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
        <RevokeDialog words=WORDS chosen=revoking revoke done=move |()| tokens.refetch() />
    }
}

fn table(tokens: Vec<Token>, chosen: RwSignal<Option<Revoking>>) -> AnyView {
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
    let row = |token: Token| {
        let listed = Listed {
            id: token.id.to_string(),
            name: token.name,
            prefix: token.prefix,
            kind: None,
            last_used_at: token.last_used_at,
            expires_at: token.expires_at,
            created_at: token.created_at,
            created_by: None,
            effect: "Scripts that use it are refused at once.".to_owned(),
        };
        credential::row(listed, "token-row", chosen, Signal::stored(false))
    };
    let rows: Vec<AnyView> = tokens.into_iter().map(row).collect();
    super::table(&["Name", "Last used", "Expires", "Made", ""], rows)
}

#[component]
fn NewTokenForm(open: RwSignal<bool>, tokens: Query<Vec<Token>>) -> impl IntoView {
    let place = Place::current();
    let draft = Draft::new("90");
    let make = move |()| {
        let token = NewToken {
            name: draft.name(),
            expires_at: draft.expires_at(),
        };
        draft.work.run(client::create_token(token), move |made| {
            draft.made.set(Some((made.token.name, made.secret)));
            tokens.refetch();
        });
    };
    let usage = move || {
        let secret = draft.made.get_untracked().map(|(_, secret)| secret);
        let origin = window().location().origin().unwrap_or_default();
        let path = serin_api::paths::flags(&place.project.get_untracked());
        let text = format!(
            "curl -H 'Authorization: Bearer {}' '{origin}{path}'",
            secret.unwrap_or_default()
        );
        view! { <Snippet text what="snippet" /> }
    };
    view! { <Making words=WORDS open draft make usage /> }
}
