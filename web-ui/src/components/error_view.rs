//! What failed, and what can be done.

use leptos::prelude::*;
use serin_api::error::codes;

use super::{
    button::Button,
    icon::{Glyph, Icon},
    owners::Owners,
};
use crate::{
    client::{Error, UNREACHABLE},
    describe::in_use::{ADVICE, InUse},
    shell::ProjectFlags,
};

/// A view that could not be shown: what failed and a way to try again.
#[component]
pub(crate) fn ErrorView(
    /// What failed.
    error: Error,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let title = title(&error.code);
    let again = error.code != codes::FORBIDDEN;
    view! {
        <div class="empty" role="alert">
            <span class="empty-glyph bad"><Icon glyph=glyph(&error.code) size=24 /></span>
            <h2>{title}</h2>
            <p>{error.message}</p>
            {(!error.request_id.is_empty())
                .then(|| view! { <p class="tiny faint mono">{format!("request {}", error.request_id)}</p> })}
            {again.then(|| view! { <Button glyph=Glyph::Retry on_click=retry>"Try again"</Button> })}
        </div>
    }
}

/// What went wrong with a form or an action, every mistake by its place.
#[component]
pub(crate) fn ErrorNotice(
    /// What failed; nothing is shown where absent.
    #[prop(into)]
    error: Signal<Option<Error>>,
) -> impl IntoView {
    let flags = use_context::<ProjectFlags>();
    let blocked = move |error: &Error| {
        let known = flags.and_then(|flags| flags.0.with(|flags| InUse::of(flags, error)));
        known.flatten().or_else(|| InUse::of(&[], error))
    };
    let notice = move |error: Error| {
        if let Some(found) = blocked(&error) {
            return in_use(found);
        }
        let details = error.details.into_iter();
        view! {
            <div class="notice" data-tone="bad">
                <Icon glyph=Glyph::Warning />
                <div class="stack-s">
                    <p>{error.message}</p>
                    <ul class="stack-s small">
                        {details
                            .map(|detail| {
                                view! {
                                    <li>
                                        <code class="faint">{detail.path}</code>
                                        " "
                                        {detail.message}
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </div>
            </div>
        }
        .into_any()
    };
    view! { <div role="alert">{move || error.get().map(notice)}</div> }
}

/// What stands in the way, with links to the releases, and what to do about them.
fn in_use(found: InUse) -> AnyView {
    let unknown = (found.unknown && found.owners.is_empty())
        .then(|| view! { <p class="small">"It is one that this page does not know of yet."</p> });
    let others = found.others.into_iter();
    let others = others
        .map(|other| view! { <li>{other}</li> })
        .collect_view();
    view! {
        <div class="notice" data-tone="bad">
            <Icon glyph=Glyph::Warning />
            <div class="stack-s">
                <p>"Nothing was changed: a live release stands in the way."</p>
                <Owners of=found.owners />
                {unknown}
                <ul class="stack-s small">{others}</ul>
                <p>{ADVICE}</p>
            </div>
        </div>
    }
    .into_any()
}

fn title(code: &str) -> &'static str {
    match code {
        UNREACHABLE => "The server cannot be reached",
        codes::NOT_FOUND => "There is nothing here",
        codes::FORBIDDEN => "This takes another role",
        codes::UNAUTHENTICATED => "You are signed out",
        _ => "This could not be loaded",
    }
}

fn glyph(code: &str) -> Glyph {
    match code {
        codes::FORBIDDEN => Glyph::Shield,
        codes::NOT_FOUND => Glyph::Search,
        _ => Glyph::Warning,
    }
}
