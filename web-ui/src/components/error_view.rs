//! What failed, and what can be done.

use leptos::prelude::*;
use serin_api::error::codes;

use super::{
    button::Button,
    icon::{Glyph, Icon},
};
use crate::client::{Error, UNREACHABLE};

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
    let notice = |error: Error| {
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
    };
    view! { <div role="alert">{move || error.get().map(notice)}</div> }
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
