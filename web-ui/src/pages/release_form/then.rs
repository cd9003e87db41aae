//! Editing what follows in other environments.

use leptos::prelude::*;

use super::{
    draft::{
        Draft,
        then::{ThenDraft, place, words},
    },
    entry::Entry,
    form::Form,
};
use crate::components::{
    button::{Button, IconButton},
    each::{Each, entry},
    icon::Glyph,
    show::Show,
};

/// A row for each release that follows, with a sentence above.
#[component]
pub(super) fn ThenFields(form: Form) -> impl IntoView {
    let named = move |key: &str| match key {
        "" => "…".to_owned(),
        key => {
            let all = form.place.environments().into_iter();
            let mut found = all.filter(|known| known.key == key);
            found.next().map_or_else(|| key.to_owned(), |it| it.name)
        }
    };
    let said = move || form.draft.with(|draft| words(&draft.then, named));
    let open = form.draft.with_untracked(|draft| !draft.then.is_empty());
    let rows = move || {
        let row = |id: u32| entry(id, move || view! { <ThenRow form id /> }.into_any());
        form.draft
            .with(|draft| draft.then.iter().map(|then| row(then.id)).collect())
    };
    // Where it has not been yet.
    let free = Memo::new(move |_| {
        let here = form.place.environment.get();
        let been = form.draft.with(|draft| {
            let then = draft.then.iter().map(|then| then.environment.clone());
            then.chain([here]).collect::<Vec<_>>()
        });
        let all = form.place.environments().into_iter();
        let mut free = all.filter(|known| !been.contains(&known.key));
        free.next().map(|known| known.key)
    });
    let add = move |()| {
        if let Some(environment) = free.get_untracked() {
            form.edit(|draft| draft.add_then(environment));
        }
    };
    view! {
        <section class="card" aria-labelledby="form-then">
            <header class="card-head"><h2 id="form-then">"What follows"</h2></header>
            <div class="card-body">
                <details class="more" open=open>
                    <summary class="small muted" data-testid="then-words">{said}</summary>
                    <div class="stack">
                        <ol class="stack"><Each of=rows /></ol>
                        <Show
                            when=move || free.with(Option::is_some)
                            fallback=|| view! { <p class="small muted">"It has been in every environment by then."</p> }
                        >
                            <div><Button small=true glyph=Glyph::Plus on_click=add testid="add-then">"Add an environment"</Button></div>
                        </Show>
                    </div>
                </details>
            </div>
        </section>
    }
}

fn get(draft: &Draft, id: u32, of: fn(&ThenDraft) -> String) -> String {
    let then = draft.then.iter().find(|then| then.id == id);
    then.map_or_else(String::new, of)
}

fn set(draft: &mut Draft, id: u32, put: impl FnOnce(&mut ThenDraft)) {
    if let Some(then) = draft.then.iter_mut().find(|then| then.id == id) {
        put(then);
    }
}

#[component]
fn ThenRow(form: Form, id: u32) -> impl IntoView {
    let index = Memo::new(move |_| {
        let position = |draft: &Draft| draft.then.iter().position(|then| then.id == id);
        form.draft.with(position).unwrap_or(0)
    });
    let at = move |member: &'static str| Signal::derive(move || place(index.get(), member));
    let environments = Signal::derive(move || {
        let all = form.place.environments().into_iter();
        all.map(|known| (known.key, known.name)).collect::<Vec<_>>()
    });
    let templates = Signal::derive(move || {
        let same = (String::new(), "As the one before".to_owned());
        let all = form.templates.data().unwrap_or_default().into_iter();
        let all = all.map(|known| (known.key, known.document.name));
        std::iter::once(same).chain(all).collect::<Vec<_>>()
    });
    let starts = super::entry::options(&[
        ("", "By itself, as soon as it may"),
        ("manual", "A person starts it"),
    ]);
    let remove = move |()| form.edit(|draft| draft.then.retain(|then| then.id != id));
    view! {
        <li class="then-edit" data-testid="then-edit">
            <Entry form id label="Then in" options=environments at=at("environment") testid="then-environment"
                of=|draft, id| get(draft, id, |then| then.environment.clone())
                put=|draft, id, text| set(draft, id, |then| then.environment = text) />
            <Entry form id label="How it goes on there" options=templates at=at("template") testid="then-template"
                of=|draft, id| get(draft, id, |then| then.template.clone())
                put=|draft, id, text| set(draft, id, |then| then.template = text) />
            <Entry form id label="Starts" options=starts at=at("start") testid="then-start"
                of=|draft, id| get(draft, id, |then| if then.by_hand { "manual" } else { "" }.to_owned())
                put=|draft, id, text| set(draft, id, |then| then.by_hand = text == "manual") />
            <IconButton
                glyph=Glyph::Trash
                label=Signal::derive(move || format!("Remove what follows {}", index.get() + 1))
                on_click=remove
            />
        </li>
    }
}
