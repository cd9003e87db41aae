//! A document as JSON text, edited.

use leptos::{html, prelude::*};
use serde_json::Value;

use super::{
    button::{Button, Look},
    icon::{Glyph, Icon},
    show::Show,
};
use crate::json_text::{Broken, Text, Texts, offset, parse};

/// A document's text. What can be read is handed on with every keystroke; what cannot
/// stays as it is typed, with the place of the mistake.
#[component]
pub(crate) fn JsonEditor(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// The document.
    value: Signal<Value>,
    /// Takes the document after an edit, or says why not.
    #[prop(into)]
    on_change: Callback<Value, Result<(), Broken>>,
    /// Where typed texts are kept.
    texts: RwSignal<Texts>,
    /// What it is known by among them.
    #[prop(into)]
    name: Signal<String>,
    /// Mistakes that are known of the document, in words.
    #[prop(optional, into)]
    mistakes: Signal<Vec<String>>,
    /// The place in the document that it is for.
    #[prop(optional, into)]
    at: Signal<String>,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let kept = move || kept(texts, &name.get());
    let shown = Signal::derive(move || value.with(|value| shown(kept(), value)));
    let broken = Signal::derive(move || kept().and_then(|text| text.broken));
    let on_input = move |text: String| {
        let read = parse(&text).and_then(|value| on_change.run(value));
        let name = name.get_untracked();
        texts.update(|texts| {
            texts.retain(|(other, _)| *other != name);
            let broken = read.err();
            texts.push((name, Text { text, broken }));
        });
    };
    // A text that is read says no more than the document itself.
    let mine = StoredValue::new(name.get_untracked());
    on_cleanup(move || {
        let mine = mine.try_get_value().unwrap_or_default();
        texts.try_update(|texts| {
            texts.retain(|(name, text)| *name != mine || text.broken.is_some());
        });
    });
    let go = move |()| {
        let place = broken.with_untracked(|broken| broken.as_ref().and_then(|it| it.at));
        if let (Some((line, column)), Some(area)) = (place, area.get_untracked()) {
            let at = shown.with_untracked(|text| offset(text, line, column));
            let _ = area.focus();
            // Only an element of another kind has no selection.
            let _ = area.set_selection_range(at, at + 1);
        }
    };
    let placed =
        Signal::derive(move || broken.with(|it| it.as_ref().is_some_and(|it| it.at.is_some())));
    let words = move || {
        broken.get().map(|Broken { at, message }| match at {
            Some((line, column)) => format!("Line {line}, column {column}: {message}."),
            None => format!("{message}."),
        })
    };
    let drop_text = move |()| {
        let name = name.get_untracked();
        texts.update(|texts| texts.retain(|(other, _)| *other != name));
    };
    let is_broken = Signal::derive(move || broken.with(Option::is_some));
    let found = move || {
        let line = |words: String| view! { <li class="json-mistake">{words}</li> };
        // While the text cannot be read, they are of an older one.
        let all = if is_broken.get() {
            Vec::new()
        } else {
            mistakes.get()
        };
        all.into_iter().take(5).map(line).collect_view()
    };
    view! {
        <div class="json-editor">
            <textarea
                class="input mono"
                node_ref=area
                rows="8"
                spellcheck="false"
                autocapitalize="off"
                aria-label=move || label.get()
                aria-invalid=move || is_broken.get().then_some("true")
                data-testid="json-text"
                data-at=move || at.get()
                disabled=move || disabled.get()
                prop:value=move || shown.get()
                on:input:target=move |event| on_input(event.target().value())
            ></textarea>
            <div class="json-state small" role="status">
                <Show when=is_broken>
                    <p class="row wrap" data-testid="json-mistake">
                        <Icon glyph=Glyph::Warning size=14 />
                        <span class="json-mistake">{words}</span>
                        <span class="muted">"Nothing of it is lost, and nothing of it counts yet."</span>
                        <Show when=placed>
                            <Button look=Look::Quiet small=true on_click=go testid="json-go">"Go there"</Button>
                        </Show>
                        <Button look=Look::Quiet small=true on_click=drop_text testid="json-drop">"Drop this text"</Button>
                    </p>
                </Show>
                <ul>{found}</ul>
            </div>
        </div>
    }
}

/// A text that is kept under a name, tracked.
pub(crate) fn kept(texts: RwSignal<Texts>, name: &str) -> Option<Text> {
    texts.with(|texts| {
        let mine = texts.iter().find(|(other, _)| other == name);
        mine.map(|(_, text)| text.clone())
    })
}

/// What is shown: what was typed, unless the document has become another since.
fn shown(kept: Option<Text>, value: &Value) -> String {
    match kept {
        Some(text)
            if text.broken.is_some() || parse(&text.text).is_ok_and(|it| same(&it, value)) =>
        {
            text.text
        }
        _ => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

/// Whether two documents say the same: numbers by value, and what says nothing left out.
fn same(a: &Value, b: &Value) -> bool {
    let says = |value: &Value| {
        !matches!(value, Value::Null | Value::Bool(false)) && *value != Value::Array(Vec::new())
    };
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let in_b = |(name, value): (&String, &Value)| match b.get(name) {
                Some(other) => same(value, other),
                None => !says(value),
            };
            a.iter().all(in_b)
                && b.iter()
                    .all(|(name, value)| a.contains_key(name) || !says(value))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_typed_stays_as_it_is_typed() {
        let text = |text: &str, broken: Option<Broken>| {
            Some(Text {
                text: text.to_owned(),
                broken,
            })
        };
        let value = json!({"a": [1]});
        assert_eq!(
            shown(text("{\"a\":[1.0], \"b\": null}", None), &value),
            "{\"a\":[1.0], \"b\": null}"
        );
        assert_eq!(
            shown(text("{\"a\":", Some(Broken::whole("x"))), &value),
            "{\"a\":"
        );
        // Someone else changed it.
        assert_eq!(
            shown(text("{\"a\": [2]}", None), &value),
            "{\n  \"a\": [\n    1\n  ]\n}"
        );
    }
}
