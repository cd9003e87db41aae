//! What an attribute is compared with, by an input that fits the operator.

use chrono::{DateTime, Utc};
use leptos::{ev, html, prelude::*};
use serin_engine::condition::Operator;
use wasm_bindgen::JsCast as _;

use super::{tree::Tree, try_out::TryOut};
use crate::{
    clock,
    components::{
        each::{Each, entry},
        show::Show,
        tag_input::TagInput,
    },
    conditions::{
        draft::{Id, Part},
        operator::{self, Input},
        surroundings::focus,
    },
};

/// The values of a comparison.
#[component]
pub(super) fn Values(tree: Tree, id: Id, op: Memo<Operator>) -> impl IntoView {
    let texts = Signal::derive(move || {
        let op = op.get();
        let values = tree.part(id, Part::values);
        values
            .iter()
            .map(|value| operator::text(op, value))
            .collect::<Vec<_>>()
    });
    let on_change = Callback::new(move |texts: Vec<String>| {
        let op = op.get_untracked();
        tree.change(id, &|part| {
            let values = operator::read_all(op, &texts, &part.values());
            part.set_values(values);
        });
    });
    let input = Memo::new(move |_| operator::input(op.get()));
    let at = tree.pointer(id, "/values");
    let mistakes = tree.mistakes(id, "/values");
    move || {
        let example = operator::example(op.get_untracked());
        match input.get() {
            Input::Nothing => ().into_any(),
            Input::Tags => view! {
                <span class="clause-values">
                    <TagInput values=texts on_change label="values" placeholder=example quoted=true mistakes at disabled=tree.locked testid="clause-values" />
                </span>
            }
            .into_any(),
            input => view! {
                <span class="clause-values">
                    <Scalars texts on_change input example at mistakes disabled=tree.locked />
                    {(input == Input::Patterns).then(|| view! { <TryOut tree id patterns=texts /> })}
                </span>
            }
            .into_any(),
        }
    }
}

/// A line for each value: numbers, dates, versions, patterns.
#[component]
fn Scalars(
    texts: Signal<Vec<String>>,
    on_change: Callback<Vec<String>>,
    input: Input,
    example: &'static str,
    at: Signal<String>,
    mistakes: Signal<Vec<(usize, String)>>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let count = Memo::new(move |_| texts.with(Vec::len).max(1));
    let put = move |index: usize, text: String| {
        let mut all = texts.get_untracked();
        match all.get_mut(index) {
            Some(value) => *value = text,
            None => all.push(text),
        }
        on_change.run(all);
    };
    let group = NodeRef::<html::Span>::new();
    // What was left empty goes, and short dates are made whole, once the focus leaves them
    // all: a line that was just added is empty and still to be filled in.
    let tidy = move |event: ev::FocusEvent| {
        let stays = group
            .try_get_untracked()
            .flatten()
            .zip(event.related_target())
            .is_some_and(|(group, to)| {
                let to = to.dyn_ref::<web_sys::Node>();
                to.is_some_and(|to| group.contains(Some(to)))
            });
        if stays {
            return;
        }
        // A line that is taken away loses the focus when it is gone already.
        let Some(before) = texts.try_get_untracked() else {
            return;
        };
        let mut all = before.clone();
        // An empty text in quotes is what an empty line is read as.
        all.retain(|text| !text.trim().is_empty() && text != "\"\"");
        if input == Input::Dates {
            for text in &mut all {
                *text = operator::whole_date(text);
            }
        }
        if all != before {
            on_change.run(all);
        }
    };
    let more = move || {
        let index = texts.with_untracked(Vec::len);
        put(index, String::new());
        let at = format!("{}/{index}", at.get_untracked());
        request_animation_frame(move || focus(&at));
    };
    let line = move |index: usize| {
        let text = Signal::derive(move || {
            let text = texts
                .with(|all| all.get(index).cloned())
                .unwrap_or_default();
            if text == "\"\"" { String::new() } else { text }
        });
        let wrong = Signal::derive(move || {
            mistakes.with(|all| {
                all.iter()
                    .find(|(wrong, _)| *wrong == index)
                    .map(|(_, said)| said.clone())
            })
        });
        let on_keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
            "Enter" if !text.get_untracked().trim().is_empty() => {
                event.prevent_default();
                more();
            }
            "Backspace" if index > 0 && text.with_untracked(String::is_empty) => {
                event.prevent_default();
                let mut all = texts.get_untracked();
                all.truncate(index);
                on_change.run(all);
                focus(&format!("{}/{}", at.get_untracked(), index - 1));
            }
            _ => {}
        };
        let picker = move || {
            view! {
                <input
                    type="datetime-local"
                    class="date-pick"
                    tabindex="-1"
                    step="1"
                    aria-label="Pick date and time, UTC"
                    title="Pick date and time, UTC"
                    disabled=move || disabled.get()
                    prop:value=move || text.with(|text| text.trim_end_matches(['Z', 'z']).to_owned())
                    on:change:target=move |event| put(index, operator::whole_date(&event.target().value()))
                />
            }
        };
        view! {
            <span class="scalar">
                {(index > 0).then(|| view! { <span class="keyword">"or"</span> })}
                <input
                    type="text"
                    class="input mono"
                    inputmode=if input == Input::Numbers { "decimal" } else { "text" }
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-label=if index == 0 { "Value".to_owned() } else { format!("Value {}", index + 1) }
                    aria-invalid=move || wrong.get().map(|_| "true")
                    title=move || wrong.get()
                    placeholder=example
                    data-testid="clause-value"
                    data-at=move || format!("{}/{index}", at.get())
                    disabled=move || disabled.get()
                    prop:value=move || text.get()
                    on:input:target=move |event| put(index, event.target().value())
                    on:keydown=on_keydown
                />
                {(input == Input::Dates).then(picker)}
            </span>
        }
        .into_any()
    };
    let lines = move || {
        (0..count.get())
            .map(|index| entry(index, move || line(index)))
            .collect()
    };
    let can_add = Signal::derive(move || !disabled.get() && !texts.with(Vec::is_empty));
    let words = move || {
        let first = texts.with(|all| all.first().cloned()).unwrap_or_default();
        let at = match first.parse::<f64>() {
            Ok(millis) => DateTime::from_timestamp_millis(millis as i64),
            Err(_) => DateTime::parse_from_rfc3339(&first)
                .ok()
                .map(|at| at.with_timezone(&Utc)),
        };
        at.filter(|_| input == Input::Dates).map(clock::exact)
    };
    view! {
        <span class="scalars" node_ref=group data-at=move || at.get() on:focusout=tidy>
            <Each of=lines />
            <Show when=can_add>
                <button
                    type="button"
                    class="scalar-more tiny"
                    data-testid="clause-value-more"
                    on:click=move |_| more()
                >
                    "or "
                    <span class="visually-hidden">"another value"</span>
                    <span aria-hidden="true">"…"</span>
                </button>
            </Show>
            <span class="tiny faint">{words}</span>
        </span>
    }
}
