//! Signing in, and the gate before everything else.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{error::codes, paths::encode};

use crate::{
    client,
    components::{
        button::SubmitButton,
        error_view::ErrorView,
        field::{Field, TextInput},
        icon::{Glyph, Icon, Mark},
    },
    router::Router,
    session::{CurrentSession, Known},
};

/// Shows its children to those who are signed in, and sends the others to sign in.
#[component]
pub(crate) fn RequireSession(children: ChildrenFn) -> impl IntoView {
    let session = expect_context::<CurrentSession>();
    let router = Router::current();
    let nobody = Memo::new(move |_| session.0.get() == Known::Nobody);
    crate::reactive::effect(move || {
        if nobody.get() {
            let here = router.path_untracked();
            let target = if here == "/" {
                "/sign-in".to_owned()
            } else {
                format!("/sign-in?to={}", encode(&here))
            };
            router.replace(&target);
        }
    });
    let signed_in = Memo::new(move |_| session.user().is_some());
    let unreachable = move || match session.0.get() {
        Known::Unreachable(error) => {
            Some(view! { <main><ErrorView error retry=move |()| session.ask() /></main> })
        }
        _ => None,
    };
    view! {
        <Show when=move || signed_in.get() fallback=unreachable>
            {children()}
        </Show>
    }
}

/// `/sign-in`
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let session = expect_context::<CurrentSession>();
    let router = Router::current();
    let username = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    crate::reactive::effect(move || {
        if session.user().is_some() {
            let to = untrack(|| router.query("to")).filter(|to| is_inside(to));
            router.replace(to.as_deref().unwrap_or("/"));
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            match client::sign_in(username.get_untracked(), password.get_untracked()).await {
                Ok(signed_in) => session.signed_in(signed_in),
                Err(failed) => error.set(Some(words(&failed))),
            }
            busy.set(false);
        });
    };
    view! {
        <main class="sign-in">
            <form class="sign-in-card" on:submit=submit>
                <Mark size=44 />
                <h1>"Sign in to Serin"</h1>
                <p class="muted small">"Feature flags and canary releases, run by you."</p>
                <Field label="Username">
                    <TextInput
                        value=username
                        on_input=move |text| username.set(text)
                        autocomplete="username"
                        testid="sign-in-username"
                        autofocus=true
                    />
                </Field>
                <Field label="Password">
                    <TextInput
                        kind="password"
                        value=password
                        on_input=move |text| password.set(text)
                        autocomplete="current-password"
                        testid="sign-in-password"
                    />
                </Field>
                <div role="alert" class="sign-in-error">
                    {move || error.get().map(|error| view! { <Icon glyph=Glyph::Warning /> <span>{error}</span> })}
                </div>
                <SubmitButton
                    busy=busy
                    disabled=Signal::derive(move || username.with(String::is_empty) || password.with(String::is_empty))
                    testid="sign-in-submit"
                >
                    {move || if busy.get() { "Signing in…" } else { "Sign in" }}
                </SubmitButton>
            </form>
        </main>
    }
}

/// Whether an address is a path of ours: an address elsewhere would let a link lead
/// people away with the sign-in.
fn is_inside(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.contains('\\')
}

fn words(error: &client::Error) -> String {
    match error.code.as_str() {
        codes::UNAUTHENTICATED => "This username and password do not go together.".to_owned(),
        codes::RATE_LIMITED => "Too many attempts. Wait a minute and try again.".to_owned(),
        _ => error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed_after_signing_in() {
        assert!(is_inside("/shop/production/flags"));
        for outside in [
            "//evil.example",
            "https://evil.example",
            "",
            "/\\evil.example",
        ] {
            assert!(!is_inside(outside), "{outside:?}");
        }
    }
}
