//! The bar of unsaved edits of a segment.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::error::codes;

use super::{
    conflict::ConflictDialog,
    draft::Draft,
    impact::{Impact, Moves},
    page::{Standing, history, saving},
};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        icon::{Glyph, Icon},
        toast::Toasts,
    },
    conditions::focus,
    engine::Mistake,
    pages::saving::{ProductionNotice, Why},
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
    /// What others saved, where it and the edits do not fit together.
    theirs: Memo<Option<Standing>>,
    /// What keeps the edits from being saved.
    mistakes: Memo<Vec<Mistake>>,
    impact: Impact,
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
    let comparing = RwSignal::new(false);
    // What cannot be saved as it stands is chosen first.
    crate::reactive::effect(move || {
        if theirs.with(Option::is_some) && open.get() {
            open.set(false);
            comparing.set(true);
        }
    });
    let on_chosen = move |()| {
        if edited.get_untracked() {
            open.set(true);
        } else {
            toasts.say(Tone::Neutral, "Nothing of yours is left to save.");
            focus_heading();
        }
    };
    let review = move |()| {
        let conflict = theirs.with_untracked(Option::is_some);
        let dialog = if conflict { comparing } else { open };
        dialog.set(true);
    };
    let discard = move |()| {
        let (edits, of) = (draft.get_untracked(), base.get_untracked());
        let fresh = data.get_untracked();
        draft.set(Draft::of(&fresh.overview.document.rules));
        base.set(fresh);
        focus_heading();
        let back = move || {
            // Over what stands by then, as if they had never been gone.
            draft.try_set(edits.clone());
            base.try_set(of.clone());
            data.try_update(|_| ());
        };
        toasts.undoable("Your edits are dropped.", Box::new(back));
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // What one sees is what one decides on: edits of the base.
        let here = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        let set = base.with_untracked(|standing| {
            draft.with_untracked(|draft| saving(here, standing, draft, &reason.get_untracked()))
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
                    focus_heading();
                }
                Err(failed) if failed.code == codes::VERSION_CONFLICT => {
                    query.refetch();
                    let message = "Somebody else saved first; what they changed is kept. Look at what yours changes now, and save again.";
                    error.set(Some(client::failed(message.to_owned())));
                }
                Err(failed) => error.set(Some(failed)),
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
        theirs.get().map(|theirs| {
            let href = history(place, &theirs.definition.key);
            view! {
                <div class="notice" data-tone="warn" data-testid="overtaken">
                    <Icon glyph=Glyph::Warning />
                    <p class="small">
                        <span class="strong">{theirs.overview.updated_by}</span>
                        " changed the rules meanwhile, too: "
                        <a class="link" href=href>"see what changed"</a>
                        ". Saving asks whose are to hold."
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
                    <Button look=Look::Primary disabled=unfit on_click=review testid="save-review">"Save…"</Button>
                </div>
                <Moves impact />
            </div>
        </Show>
        <Dialog open title>
            <form on:submit=save>
                <div class="dialog-body">
                    <ErrorNotice error=error />
                    <ul class="stack-s">{sentences}</ul>
                    <Moves impact />
                    <Show when=move || place.production()>
                        <ProductionNotice effect="Flags that name the segment follow." />
                    </Show>
                    <Why reason autofocus=true />
                </div>
                <div class="dialog-foot">
                    <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                    <SubmitButton busy=busy testid="save-confirm">"Save"</SubmitButton>
                </div>
            </form>
        </Dialog>
        <ConflictDialog open=comparing base draft theirs on_chosen />
    }
}

/// Moves the focus to the page's heading, without scrolling: what had it is gone.
fn focus_heading() {
    use wasm_bindgen::{JsCast as _, JsValue};
    request_animation_frame(|| {
        let heading = document().query_selector("[data-testid=segment-name]");
        let Ok(Some(heading)) = heading else { return };
        // By name: the typed way would be one more part of the browser's whole surface.
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
        if let Ok(focus) = js_sys::Reflect::get(&heading, &"focus".into())
            && let Ok(focus) = focus.dyn_into::<js_sys::Function>()
        {
            let _ = focus.call1(&heading, &options);
        }
    });
}
