//! The example contexts with what each of them gets, one below the other.

use leptos::prelude::*;

use super::{Answer, Preview, examples::MOST, variation};
use crate::{
    components::{
        button::{Button, Look},
        each::{Each, entry},
        field::fresh_id,
        icon::{Glyph, Icon},
        show::Show,
    },
    pages::flag::editor::Editor,
};

/// The examples; the arrow keys walk through them.
#[component]
pub(super) fn ExampleList() -> impl IntoView {
    let preview = expect_context::<Preview>();
    let group = StoredValue::new(fresh_id("examples"));
    let rows = move || {
        let ids = preview
            .examples
            .all
            .with(|all| all.iter().map(|example| example.id).collect::<Vec<_>>());
        ids.into_iter()
            .map(|id| {
                entry(id, move || {
                    view! { <Row id group=group.get_value() /> }.into_any()
                })
            })
            .collect()
    };
    let full = move || preview.examples.all.with(|all| all.len() >= MOST);
    view! {
        <fieldset class="examples">
            <legend class="visually-hidden">"Example contexts, with what each gets"</legend>
            <Each of=rows />
        </fieldset>
        <Show when=move || !full()>
            <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=move |()| preview.examples.add() testid="example-add">"Add example"</Button>
        </Show>
    }
}

#[component]
fn Row(id: u32, group: String) -> impl IntoView {
    let preview = expect_context::<Preview>();
    let examples = preview.examples;
    let title = Memo::new(move |_| examples.get(id).map(|example| example.title()));
    let chosen = move || examples.chosen.get() == id;
    let answer = Memo::new(move |_| preview.answer(id));
    let got = move || match answer.get() {
        None => ().into_any(),
        Some(Err(_)) => view! {
            <span class="example-problem"><Icon glyph=Glyph::Warning size=12 />"unreadable"</span>
        }
        .into_any(),
        Some(Ok(answer)) => view! { <Got answer /> }.into_any(),
    };
    let why = move || match answer.get() {
        Some(Ok(answer)) => answer.story.short,
        _ => String::new(),
    };
    view! {
        <label class="example" class:chosen=chosen data-testid="example" data-example=move || title.get()>
            <input
                type="radio"
                name=group
                prop:checked=chosen
                on:change=move |_| examples.chosen.set(id)
            />
            <span class="example-name truncate">{move || title.get()}</span>
            <span class="example-got" data-testid="example-got">{got}</span>
            <span class="example-why tiny faint">{why}</span>
        </label>
    }
}

/// `off → on`, or only what it gets where the edits do not change that.
#[component]
fn Got(answer: Answer) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let named = move |key: Option<String>| match key {
        Some(key) => variation(key),
        None => view! { <span class="faint">"caller's default"</span> }.into_any(),
    };
    let before = answer.before.map(|before| {
        view! {
            <span class="example-before">{named(before)}</span>
            <Icon glyph=Glyph::Arrow size=12 />
            <span class="visually-hidden">" becomes "</span>
        }
    });
    // Read so that a renamed variation is renamed here too.
    editor.definition.track();
    view! { {before} {named(answer.story.variation)} }
}
