//! Editing what watches over a release.

mod fields;

use leptos::prelude::*;

use super::{
    draft::{
        Draft,
        guards::{GuardDraft, words},
    },
    form::Form,
};
use crate::components::{
    button::{Button, IconButton},
    each::{Each, entry},
    empty::Empty,
    icon::Glyph,
    show::Show,
};
use fields::GuardFields;

/// A row for each guard.
#[component]
pub(super) fn Guards(form: Form) -> impl IntoView {
    let none = Signal::derive(move || form.draft.with(|draft| draft.guards.is_empty()));
    let fixed = Signal::derive(move || form.fixed());
    let rows = move || {
        let row = |id: u32| entry(id, move || view! { <GuardRow form id /> }.into_any());
        form.draft
            .with(|draft| draft.guards.iter().map(|guard| row(guard.id)).collect())
    };
    let add = move || {
        view! {
            <Button small=true glyph=Glyph::Plus disabled=fixed on_click=move |()| form.edit(Draft::add_guard) testid="add-guard">"Add a guard"</Button>
        }
    };
    view! {
        <section class="card" aria-labelledby="form-guards">
            <header class="card-head">
                <h2 id="form-guards">"Guards"</h2>
                <span class="tiny faint">"what it is judged by"</span>
            </header>
            <div class="card-body stack">
                <Show when=move || none.get()>
                    <Empty
                        glyph=Glyph::Shield
                        title="Nothing watches over it"
                        text="Time and people alone move it. A guard compares the candidate with the baseline by a metric, and rolls back by itself when it does harm."
                    >
                        {add()}
                    </Empty>
                </Show>
                <ol class="guard-edits"><Each of=rows /></ol>
                <Show when=move || !none.get()><div>{add()}</div></Show>
            </div>
        </section>
    }
}

fn guard(draft: &Draft, id: u32) -> Option<&GuardDraft> {
    draft.guards.iter().find(|guard| guard.id == id)
}

fn get(draft: &Draft, id: u32, of: fn(&GuardDraft) -> &String) -> String {
    guard(draft, id).map_or_else(String::new, |guard| of(guard).clone())
}

fn set(draft: &mut Draft, id: u32, put: impl FnOnce(&mut GuardDraft)) {
    if let Some(guard) = draft.guards.iter_mut().find(|guard| guard.id == id) {
        put(guard);
    }
}

#[component]
fn GuardRow(form: Form, id: u32) -> impl IntoView {
    let index = Memo::new(move |_| {
        let position = |draft: &Draft| draft.guards.iter().position(|guard| guard.id == id);
        form.draft.with(position).unwrap_or(0)
    });
    let number = move || index.get() + 1;
    let said = move || form.draft.with(|draft| guard(draft, id).map(words));
    let remove = move |()| form.edit(|draft| draft.guards.retain(|guard| guard.id != id));
    view! {
        <li class="guard-edit" data-testid="guard-edit">
            <div class="stack grow" role="group" aria-label=move || format!("Guard {}", number())>
                <GuardFields form id index />
                <p class="small muted" role="status">{said}</p>
            </div>
            <IconButton
                glyph=Glyph::Trash
                label=Signal::derive(move || format!("Remove guard {}", number()))
                on_click=remove
                disabled=Signal::derive(move || form.fixed())
            />
        </li>
    }
}
