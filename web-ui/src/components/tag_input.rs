//! A list of short texts: tags, targeted units, values of a condition.

use std::collections::HashSet;

use leptos::{ev, html, prelude::*};

use super::icon::{Glyph, Icon};

/// How many texts are shown one by one; the rest of a long list is counted.
const SHOWN: usize = 100;

/// Adds texts one after the other; Enter, comma or leaving the field takes what was
/// typed, pasting a list takes all of it, Backspace in the empty field removes the last.
/// Quotes keep a comma inside a text.
#[component]
pub(crate) fn TagInput(
    /// The texts.
    #[prop(into)]
    values: Signal<Vec<String>>,
    /// The texts after an edit.
    #[prop(into)]
    on_change: Callback<Vec<String>>,
    /// What they are.
    #[prop(into)]
    label: String,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Whether quotes belong to the texts.
    #[prop(optional)]
    quoted: bool,
    /// What is wrong with texts, by their positions.
    #[prop(optional, into)]
    mistakes: Signal<Vec<(usize, String)>>,
    /// The place in the document that it is for.
    #[prop(optional, into)]
    at: Signal<String>,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests, on the field.
    #[prop(optional, into)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let take = move || {
        // A field that is taken away loses the focus when it is gone already.
        let (Some(text), Some(values)) = (typed.try_get_untracked(), values.try_get_untracked())
        else {
            return;
        };
        let more = with_typed(&values, &text, quoted);
        typed.set(String::new());
        if more != values {
            on_change.run(more);
        }
    };
    let on_keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "," if typed.with_untracked(|text| is_open(text)) => {}
        // What is left by Escape is not left behind.
        "Escape" => take(),
        "Enter" | "," => {
            event.prevent_default();
            take();
        }
        "Backspace" if typed.with_untracked(String::is_empty) => {
            let mut rest = values.get_untracked();
            if rest.pop().is_some() {
                on_change.run(rest);
            }
        }
        _ => {}
    };
    let remove = move |index: usize| {
        let mut rest = values.get_untracked();
        if index < rest.len() {
            rest.remove(index);
            on_change.run(rest);
        }
        if let Some(input) = input.get_untracked() {
            let _ = input.focus();
        }
    };
    // A line of text drops the line breaks of what is pasted: they are what separates.
    let on_paste = move |event: ev::ClipboardEvent| {
        let Some(text) = pasted(&event).filter(|text| text.contains(['\n', '\t'])) else {
            return;
        };
        event.prevent_default();
        typed.update(|typed| typed.push_str(&text));
        take();
    };
    let chip = move |index: usize, value: String| {
        let label = format!("Remove {value}");
        let wrong = move || {
            let mistake = |all: &Vec<(usize, String)>| {
                let mine = all.iter().find(|(at, _)| *at == index);
                mine.map(|(_, message)| message.clone())
            };
            mistakes.with(mistake)
        };
        let is_wrong = move || wrong().is_some();
        view! {
            <li class="chip" class:bad=is_wrong title=wrong>
                <span class="truncate">{value}</span>
                <button
                    type="button"
                    aria-label=label
                    disabled=move || disabled.get()
                    on:click=move |_| remove(index)
                >
                    <Icon glyph=Glyph::Close size=10 />
                </button>
            </li>
        }
    };
    let chips = move || {
        let shown = values.with(|values| values.iter().take(SHOWN).cloned().collect::<Vec<_>>());
        let all = shown.into_iter().enumerate();
        all.map(|(index, value)| chip(index, value)).collect_view()
    };
    let more = move || {
        let hidden = values.with(Vec::len).saturating_sub(SHOWN);
        (hidden > 0)
            .then(|| view! { <li class="chip-more tiny muted">{format!("and {hidden} more")}</li> })
    };
    let invalid = move || mistakes.with(|all| (!all.is_empty()).then_some("true"));
    view! {
        <div class="tag-input" class:disabled=move || disabled.get() data-invalid=invalid>
            <ul class="tag-list" aria-label=label.clone()>{chips} {more}</ul>
            <input
                type="text"
                node_ref=input
                aria-label=format!("Add to {label}")
                aria-invalid=invalid
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                data-testid=testid
                data-at=move || Some(at.get()).filter(|at| !at.is_empty())
                disabled=move || disabled.get()
                prop:value=move || typed.get()
                on:input:target=move |event| typed.set(event.target().value())
                on:paste=on_paste
                on:keydown=on_keydown
                on:blur=move |_| take()
            />
        </div>
    }
}

/// The text that a paste brings.
fn pasted(event: &ev::Event) -> Option<String> {
    let get = |of: &wasm_bindgen::JsValue, name: &str| {
        js_sys::Reflect::get(of, &wasm_bindgen::JsValue::from_str(name)).ok()
    };
    let data = get(event, "clipboardData")?;
    let read = js_sys::Function::from(get(&data, "getData")?);
    read.call1(&data, &wasm_bindgen::JsValue::from_str("text"))
        .ok()?
        .as_string()
}

/// Whether the last of the typed texts is in quotes that are still open.
fn is_open(typed: &str) -> bool {
    texts(typed)
        .last()
        .is_some_and(|last| last.starts_with('"') && unquoted(last).is_none())
}

/// The typed texts: commas, tabs and new lines separate, but not within quotes.
fn texts(typed: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut in_quotes, mut escaped) = (0, false, false);
    for (at, c) in typed.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' if in_quotes => in_quotes = false,
            '"' if typed[start..at].trim().is_empty() => in_quotes = true,
            // Quotes end with their line: a forgotten one must not swallow the list.
            '\n' => in_quotes = false,
            _ => {}
        }
        if !in_quotes && matches!(c, ',' | '\t' | '\n') {
            found.push(typed[start..at].trim());
            start = at + 1;
        }
    }
    found.push(typed[start..].trim());
    found
}

fn unquoted(text: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()?
        .as_str()
        .map(str::to_owned)
}

/// The texts with what was typed; doubles and white space around them are dropped.
fn with_typed(values: &[String], typed: &str, quoted: bool) -> Vec<String> {
    let mut all = values.to_vec();
    let mut seen: HashSet<String> = values.iter().cloned().collect();
    for text in texts(typed) {
        if text.is_empty() {
            continue;
        }
        let text = unquoted(text)
            .filter(|_| !quoted)
            .unwrap_or_else(|| text.to_owned());
        if seen.insert(text.clone()) {
            all.push(text);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_lists_are_taken_apart_and_doubles_dropped() {
        let values = vec!["a".to_owned()];
        assert_eq!(with_typed(&values, " b, a,\nc ,, ", false), ["a", "b", "c"]);
        assert_eq!(with_typed(&values, "   ", false), ["a"]);
    }

    #[test]
    fn quotes_keep_commas_inside() {
        assert_eq!(with_typed(&[], r#""a, b", c"#, false), ["a, b", "c"]);
        assert_eq!(
            with_typed(&[], r#""a, \"b", 5"""#, true),
            [r#""a, \"b""#, r#"5"""#]
        );
        assert_eq!(with_typed(&[], "\"a\nb", false), ["\"a", "b"]);
        assert!(is_open(r#"x, "a"#));
        assert!(!is_open(r#""a""#));
    }
}
