//! A flag's value schema: made from the values that are there, or written as JSON.

use leptos::prelude::*;
use serde_json::Value;
use serin_engine::flag::FlagType;

use super::{
    button::{Button, Look},
    field::TextArea,
    icon::Glyph,
    show::Show,
    toast::Toasts,
};
use crate::{
    engine::{Engine, Mistake, Subject},
    value_schema,
    variations::VariationDraft,
};

/// The schema as it is typed; absent where the flag has none.
#[component]
pub(crate) fn SchemaEditor(
    /// Its text.
    text: RwSignal<Option<String>>,
    /// The type of the values.
    #[prop(into)]
    kind: Signal<FlagType>,
    /// The values that a first schema is made from.
    drafts: RwSignal<Vec<VariationDraft>>,
    /// What the engine finds wrong in the flag.
    mistakes: RwSignal<Vec<Mistake>>,
    /// The flag as it would be saved; absent where that cannot be told.
    #[prop(into)]
    definition: Signal<Option<Value>>,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let there = Memo::new(move |_| text.with(Option::is_some));
    let toasts = Toasts::current();
    // What was written by hand can be had back.
    let replace = move |said: &str, new: Option<String>| {
        let before = text.get_untracked();
        if before == new {
            return;
        }
        text.set(new);
        if before.is_some() {
            let back = move || drop(text.try_set(before.clone()));
            toasts.undoable(said, Box::new(back));
        }
    };
    let make = move |()| {
        let made = drafts.with_untracked(|all| value_schema::of_drafts(kind.get_untracked(), all));
        let made = value_schema::text(&made);
        replace("The value schema is made anew.", Some(made));
    };
    let none = move || {
        view! {
            <p class="small muted">"None: any value of the type is taken. A JSON Schema says which values make sense, and makes a form of them."</p>
            <Show when=move || !disabled.get()>
                <div class="row wrap">
                    <Button look=Look::Plain small=true glyph=Glyph::Plus on_click=make testid="schema-make">"Make one from the variations"</Button>
                    <Button look=Look::Quiet small=true on_click=move |()| text.set(Some("{}".to_owned())) testid="schema-write">"Write one as JSON"</Button>
                </div>
            </Show>
        }
    };
    let value = Signal::derive(move || text.get().unwrap_or_default());
    let problem = move || text.with(|text| problem(text.as_deref(), &mistakes.get()));
    view! {
        <section class="schema-editor stack-s" aria-label="Value schema" data-testid="schema-editor" data-at="/schema">
            <h3 class="field-label">"Value schema"</h3>
            <Show when=move || there.get() fallback=none>
                <Judge definition mistakes />
                <TextArea value on_input=move |typed| text.set(Some(typed)) label="Value schema, as JSON" mono=true rows=6 disabled testid="schema-text" />
                <span class="field-error" role="status" data-testid="schema-problem">{problem}</span>
                <Show when=move || !disabled.get()>
                    <div class="row wrap">
                        <Button look=Look::Quiet small=true glyph=Glyph::Retry on_click=make testid="schema-anew">"Make anew from the variations"</Button>
                        <Button look=Look::Quiet small=true glyph=Glyph::Trash on_click=move |()| replace("The value schema is removed.", None) testid="schema-remove">"Remove"</Button>
                    </div>
                </Show>
            </Show>
        </section>
    }
}

/// What is wrong with the schema itself.
fn problem(text: Option<&str>, mistakes: &[Mistake]) -> Option<String> {
    if let Err(broken) = value_schema::read(text?) {
        let at = broken.at;
        let at = at.map_or_else(String::new, |(line, column)| {
            format!(" Line {line}, column {column}:")
        });
        return Some(format!("Not a schema yet.{at} {}.", broken.message));
    }
    mistakes.iter().find_map(|mistake| {
        let place = mistake.path.strip_prefix("/schema")?;
        let at = if place.is_empty() {
            String::new()
        } else {
            format!("At {place}: ")
        };
        Some(format!("{at}{}.", mistake.message))
    })
}

/// Asks the engine about the flag for as long as it has a schema.
#[component]
fn Judge(definition: Signal<Option<Value>>, mistakes: RwSignal<Vec<Mistake>>) -> impl IntoView {
    let answer = Engine::current().follow(
        move || definition.get(),
        |engine, definition| engine.check(Subject::Flag { definition }),
    );
    crate::reactive::effect(move || {
        // Where the engine cannot be had, the server is still to be asked by saving.
        let found = answer.with(|answer| match answer {
            Some(Ok(found)) => found.clone(),
            _ => Vec::new(),
        });
        if mistakes.with_untracked(|known| *known != found) {
            mistakes.set(found);
        }
    });
    on_cleanup(move || {
        mistakes.try_update(Vec::clear);
    });
}
