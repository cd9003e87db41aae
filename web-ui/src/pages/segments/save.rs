//! The bar of unsaved edits of a segment.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::error::codes;

use super::{
    draft::Draft,
    page::{Standing, history, saving},
};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextInput},
        icon::{Glyph, Icon},
        toast::Toasts,
    },
    conditions::focus,
    engine::Mistake,
    place::Place,
    query::Query,
};

/// Says what will change, and saves it with a reason.
#[component]
pub(super) fn SaveBar(
    base: RwSignal<Standing>,
    data: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    edited: Memo<bool>,
    query: Query<Standing>,
    /// What keeps the edits from being saved.
    mistakes: Memo<Vec<Mistake>>,
) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    let open = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<client::Error>));
    let said = move || {
        base.with(|base| draft.with(|draft| draft.sentences(&base.overview.document.rules)))
    };
    let sentences = move || {
        said()
            .into_iter()
            .map(|line| view! { <li>{line}</li> }.into_any())
            .collect::<Vec<_>>()
    };
    // Somebody saved while there are edits here.
    let overtaken = Memo::new(move |_| {
        let (seen, stands) = (
            base.with(|it| it.overview.version),
            data.with(|it| it.overview.version),
        );
        (seen < stands).then(|| data.with(|it| it.overview.updated_by.clone()))
    });
    let discard = move |()| {
        let fresh = data.get_untracked();
        draft.set(Draft::of(&fresh.overview.document.rules));
        base.set(fresh);
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // What one sees is what one decides on: over the newest that is known here.
        let set = data.with_untracked(|standing| {
            draft.with_untracked(|draft| saving(place, standing, draft, &reason.get_untracked()))
        });
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(applied) => {
                    let version = applied.changes.first().map(|change| change.version);
                    base.update(|base| {
                        base.overview.document.rules = draft.with_untracked(Draft::rules);
                        base.overview.version = version.unwrap_or(base.overview.version);
                    });
                    draft.update(|draft| draft.lists.clear());
                    reason.set(String::new());
                    open.set(false);
                    query.refetch();
                    toasts.say(Tone::Good, "Saved, and in force.");
                }
                Err(failed) => {
                    if failed.code == codes::VERSION_CONFLICT {
                        query.refetch();
                    }
                    error.set(Some(failed));
                }
            }
            busy.set(false);
        });
    };
    let title = Signal::derive(move || {
        let environment = place
            .environment_details()
            .map_or_else(String::new, |it| it.name);
        format!("Save in {environment}?")
    });
    let warning = move || {
        overtaken.get().map(|who| {
            let href = history(place, &base.with(|base| base.definition.key.clone()));
            view! {
                <div class="notice" data-tone="warn" data-testid="conflict">
                    <Icon glyph=Glyph::Warning />
                    <p class="small">
                        <span class="strong">{who}</span>
                        " saved another version meanwhile: "
                        <a class="link" href=href>"see what changed"</a>
                        ". Saving now puts yours over it; discarding takes theirs."
                    </p>
                </div>
            }
            .into_any()
        })
    };
    let wrong = move || {
        let first = mistakes.with(|all| all.first().cloned())?;
        let words = first.message.clone();
        let go = move |_| focus(&first.path);
        let button = view! {
            <button type="button" class="link small" data-testid="save-problem" on:click=go>{words}</button>
        };
        Some(button.into_any())
    };
    let unfit = Signal::derive(move || mistakes.with(|all| !all.is_empty()));
    view! {
        <Show when=move || edited.get()>
            <div class="segment-save card" role="region" aria-label="Unsaved edits" data-testid="save-bar">
                {warning}
                <div class="row wrap">
                    <ul class="small grow">{sentences}</ul>
                    {wrong}
                    <Button on_click=discard testid="cancel-edits">"Discard"</Button>
                    <Button look=Look::Primary disabled=unfit on_click=move |()| open.set(true) testid="save-review">"Save…"</Button>
                </div>
            </div>
        </Show>
        <Dialog open title>
            <form on:submit=save>
                <div class="dialog-body">
                    <ErrorNotice error=error />
                    {warning}
                    <ul class="stack-s">{sentences}</ul>
                    <Show when=move || place.production()>
                        <p class="small muted">"This is production: flags that name the segment follow at once."</p>
                    </Show>
                    <Field label="Why (for the history, optional)">
                        <TextInput value=reason on_input=move |text| reason.set(text) testid="save-comment" autofocus=true />
                    </Field>
                </div>
                <div class="dialog-foot">
                    <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                    <SubmitButton busy=busy testid="save-confirm">"Save"</SubmitButton>
                </div>
            </form>
        </Dialog>
    }
}
