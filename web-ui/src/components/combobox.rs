//! A field with suggestions: one of many by typing a few letters of it.

use leptos::{ev, html, prelude::*};

use super::{
    each::{Each, entry},
    field::fresh_id,
    menu::opens_up,
    show::Show,
};
use crate::matching;

/// How many suggestions are shown.
const SHOWN: usize = 8;

/// A line of text with suggestions below it. The arrow keys walk through them, Enter takes
/// one, Escape closes them.
#[component]
pub(crate) fn Combobox(
    /// What it is.
    #[prop(into)]
    label: String,
    /// What is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Something else is.
    #[prop(into)]
    on_change: Callback<String>,
    /// The suggestions, with words beside them.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Whether any other text will do.
    #[prop(optional)]
    free: bool,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What is wrong with it.
    #[prop(optional, into)]
    mistake: Signal<Option<String>>,
    /// The place in the document that it is for.
    #[prop(optional, into)]
    at: Signal<String>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    let open = RwSignal::new(false);
    let active = RwSignal::new(None::<usize>);
    let list = StoredValue::new(fresh_id("options"));
    let text = move || typed.get().unwrap_or_else(|| value.get());
    let found = Memo::new(move |_| {
        let sought = typed.get().unwrap_or_default();
        matching::best(
            &sought,
            options.get(),
            |(key, words)| [key.as_str(), words.as_str()],
            SHOWN,
        )
    });
    let shown = Signal::derive(move || {
        let said = found.with(|found| matches!(&found[..], [(only, _)] if *only == value.get()));
        open.get() && !said && found.with(|found| !found.is_empty())
    });
    let (field, listed) = (NodeRef::<html::Span>::new(), NodeRef::<html::Ul>::new());
    let up = opens_up(shown, move || {
        let (field, list) = (field.try_get_untracked()??, listed.try_get_untracked()??);
        Some((field.into(), list.into()))
    });
    let choose = move |key: String| {
        typed.set(None);
        open.set(false);
        active.set(None);
        if key != value.get_untracked() {
            on_change.run(key);
        }
    };
    let on_input = move |text: String| {
        open.set(true);
        active.set((!free && !text.trim().is_empty()).then_some(0));
        typed.set(Some(text.clone()));
        if free {
            on_change.run(text);
        }
    };
    let walk = move |step: usize| {
        open.set(true);
        let count = found.with_untracked(Vec::len).max(1);
        active.update(|at| {
            *at = Some(match at {
                Some(at) => (*at + step) % count,
                None if step == 1 => 0,
                None => count - 1,
            });
        });
    };
    let on_keydown = move |event: ev::KeyboardEvent| {
        if event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => walk(1),
            "ArrowUp" => walk(found.with_untracked(Vec::len).max(1) - 1),
            "Enter" => {
                let at = active.get_untracked().filter(|_| shown.get_untracked());
                let key = at.and_then(|at| {
                    found.with_untracked(|found| found.get(at).map(|(key, _)| key.clone()))
                });
                match key {
                    Some(key) => choose(key),
                    None => open.set(false),
                }
            }
            "Escape" if shown.get_untracked() => {
                event.stop_propagation();
                open.set(false);
                active.set(None);
                return event.prevent_default();
            }
            _ => return,
        }
        event.prevent_default();
    };
    let on_blur = move || {
        // A field that is taken away loses the focus when it is gone already.
        if typed.try_get_untracked().is_none() {
            return;
        }
        open.set(false);
        active.set(None);
        let Some(text) = typed.get_untracked().filter(|_| !free) else {
            return typed.set(None);
        };
        let named = options.with_untracked(|all| {
            let same = |name: &str| name.eq_ignore_ascii_case(text.trim());
            let key = all.iter().find(|(key, words)| same(key) || same(words));
            key.map(|(key, _)| key.clone())
        });
        match named {
            Some(key) => choose(key),
            None => typed.set(None),
        }
    };
    let entries = move || {
        let option = |(index, (key, words)): (usize, (String, String))| {
            entry(format!("{index} {key}"), move || {
                let chosen = key.clone();
                view! {
                    <li
                        role="option"
                        class="combobox-option"
                        id=format!("{}-{index}", list.get_value())
                        aria-selected=move || if active.get() == Some(index) { "true" } else { "false" }
                        on:mousedown=move |event| event.prevent_default()
                        on:click=move |_| choose(chosen.clone())
                    >
                        <span class="mono truncate">{key}</span>
                        <span class="tiny faint truncate push">{words}</span>
                    </li>
                }
                .into_any()
            })
        };
        let found = found.get();
        found.into_iter().enumerate().map(option).collect()
    };
    view! {
        <span class="combobox" node_ref=field>
            <input
                type="text"
                class="input mono"
                role="combobox"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-label=label.clone()
                aria-autocomplete="list"
                aria-expanded=move || if shown.get() { "true" } else { "false" }
                aria-controls=list.get_value()
                aria-activedescendant=move || {
                    active.get().filter(|_| shown.get()).map(|at| format!("{}-{at}", list.get_value()))
                }
                aria-invalid=move || mistake.get().map(|_| "true")
                title=move || mistake.get()
                placeholder=placeholder
                data-testid=testid
                data-at=move || Some(at.get()).filter(|at| !at.is_empty())
                disabled=move || disabled.get()
                prop:value=text
                on:input:target=move |event| on_input(event.target().value())
                on:click=move |_| open.set(true)
                on:focus=move |_| open.set(value.with_untracked(String::is_empty))
                on:blur=move |_| on_blur()
                on:keydown=on_keydown
            />
            <ul
                class="combobox-list"
                class:up=up
                node_ref=listed
                role="listbox"
                id=list.get_value()
                aria-label=label
                hidden=move || !shown.get()
            >
                <Show when=move || open.get()><Each of=entries /></Show>
            </ul>
        </span>
    }
}
