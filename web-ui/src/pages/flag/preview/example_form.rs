//! The chosen example, as fields or as JSON.

use leptos::prelude::*;

use super::Preview;
use crate::components::{
    button::IconButton,
    field::{Field, TextArea, TextInput},
    icon::Glyph,
    segmented::Segmented,
    show::Show,
};

/// Edits the chosen example; every edit is kept.
#[component]
pub(super) fn ExampleForm() -> impl IntoView {
    let examples = expect_context::<Preview>().examples;
    let chosen = Memo::new(move |_| examples.get(examples.chosen.get()).unwrap_or_default());
    let edit = move |change: Box<dyn FnOnce(&mut super::examples::Example)>| {
        examples.edit(examples.chosen.get_untracked(), change);
    };
    let of = move |part: fn(&super::examples::Example) -> String| {
        Signal::derive(move || chosen.with(part))
    };
    let mode = of(|example| {
        if example.json.is_some() {
            "json"
        } else {
            "fields"
        }
        .to_owned()
    });
    let problem = Signal::derive(move || chosen.with(|example| example.context().err()));
    let turn = move |mode: String| {
        edit(Box::new(move |example| {
            let to_json = mode == "json";
            if example.json.is_some() != to_json {
                *example = example.turned(to_json);
            }
        }));
    };
    let fields = move || {
        view! {
            <Field label="Targeting key">
                <TextInput value=of(|example| example.key.clone()) on_input=move |text| edit(Box::new(move |example| example.key = text)) mono=true testid="preview-key" />
            </Field>
            <Field label="Attributes, one a line" error=problem>
                <TextArea value=of(|example| example.lines.clone()) on_input=move |text| edit(Box::new(move |example| example.lines = text)) mono=true rows=2 placeholder="country = DE" testid="preview-lines" />
            </Field>
        }
    };
    let raw = move || {
        view! {
            <Field label="Context" error=problem>
                <TextArea value=of(|example| example.json.clone().unwrap_or_default()) on_input=move |text| edit(Box::new(move |example| example.json = Some(text))) mono=true rows=4 testid="preview-json" />
            </Field>
        }
    };
    let lone = Signal::derive(move || examples.all.with(|all| all.len() < 2));
    view! {
        <div class="example-form stack">
            <div class="row">
                <span class="grow">
                    <TextInput value=of(|example| example.name.clone()) on_input=move |text| edit(Box::new(move |example| example.name = text)) label="Name of the example" placeholder="Name this example" testid="example-name" />
                </span>
                <Segmented label="How the context is typed" options=vec![("fields", "Fields"), ("json", "JSON")] value=mode on_change=turn />
                <IconButton glyph=Glyph::Trash label="Remove example" on_click=move |()| examples.remove(examples.chosen.get_untracked()) disabled=lone testid="example-remove" />
            </div>
            <Show when=move || mode.get() == "json" fallback=fields>{raw()}</Show>
        </div>
    }
}
