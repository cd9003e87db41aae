//! A list of short texts: tags, targeted units, values of a condition.

use leptos::{ev, html, prelude::*};

use super::icon::{Glyph, Icon};

/// Adds texts one after the other; Enter, comma or leaving the field takes what was
/// typed, pasting a list takes all of it, Backspace in the empty field removes the last.
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
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let take = move || {
        let text = typed.get_untracked();
        let values = values.get_untracked();
        let more = with_typed(&values, &text);
        typed.set(String::new());
        if more != values {
            on_change.run(more);
        }
    };
    let on_keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
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
    let on_input = move |text: String| {
        let list = text.contains(['\n', '\t']);
        typed.set(text);
        if list {
            take();
        }
    };
    let chips = move || {
        values
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, value)| {
                let label = format!("Remove {value}");
                view! {
                    <li class="chip">
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
            })
            .collect_view()
    };
    view! {
        <div class="tag-input" class:disabled=move || disabled.get()>
            <ul class="tag-list" aria-label=label.clone()>{chips}</ul>
            <input
                type="text"
                node_ref=input
                aria-label=format!("Add to {label}")
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                disabled=move || disabled.get()
                prop:value=move || typed.get()
                on:input:target=move |event| on_input(event.target().value())
                on:keydown=on_keydown
                on:blur=move |_| take()
            />
        </div>
    }
}

/// The texts with what was typed; commas, tabs and new lines separate, doubles and white
/// space are dropped.
fn with_typed(values: &[String], typed: &str) -> Vec<String> {
    let mut all = values.to_vec();
    for text in typed.split([',', '\n', '\t']).map(str::trim) {
        if !text.is_empty() && !all.iter().any(|value| value == text) {
            all.push(text.to_owned());
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
        assert_eq!(with_typed(&values, " b, a,\nc ,, "), ["a", "b", "c"]);
        assert_eq!(with_typed(&values, "   "), ["a"]);
    }
}
