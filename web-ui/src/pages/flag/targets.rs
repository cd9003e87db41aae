//! Units that get a variation by name.

use crate::components::each::{Each, entry};
use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::flag::Target;

use super::editor::Editor;
use crate::components::{
    button::{Button, IconButton, Look},
    field::TextInput,
    icon::Glyph,
    select::Select,
    tag_input::TagInput,
    variation::{color, name},
};

/// The lists, in order; the first that names the unit decides.
#[component]
pub(crate) fn Targets() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let indices = Memo::new(move |_| 0..editor.config.with(|config| config.targets.len()));
    let add = move |()| {
        let first = editor
            .definition
            .with_untracked(|definition| definition.variations.first().map(|v| v.key.clone()));
        let target = Target {
            variation: first.unwrap_or_default(),
            attribute: None,
            values: Vec::new(),
        };
        editor.config.update(|config| config.targets.push(target));
    };
    let rows = move || {
        let row = |index| entry(index, move || view! { <TargetEditor index /> }.into_any());
        indices.get().map(row).collect()
    };
    view! {
        <ul class="targets">
            <Each of=rows />
        </ul>
        <Show when=move || indices.get().is_empty()>
            <p class="small faint">"None: name single users or organisations here, and they get a variation whatever the rules say."</p>
        </Show>
        <Show when=move || !editor.locked()>
            <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=add testid="add-target">"Add targets"</Button>
        </Show>
    }
}

#[component]
fn TargetEditor(index: usize) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let target = Memo::new(move |_| {
        editor
            .config
            .with(|config| config.targets.get(index).cloned())
    });
    let edit = move |change: &dyn Fn(&mut Target)| {
        editor
            .config
            .update(|config| config.targets.get_mut(index).into_iter().for_each(change));
    };
    let locked = Signal::derive(move || editor.locked());
    let options = Signal::derive(move || {
        editor.definition.with(|definition| {
            definition
                .variations
                .iter()
                .map(|v| (v.key.clone(), name(definition, &v.key)))
                .collect::<Vec<_>>()
        })
    });
    let variation = Signal::derive(move || {
        target.with(|target| {
            target
                .as_ref()
                .map_or_else(String::new, |target| target.variation.clone())
        })
    });
    let attribute = Signal::derive(move || {
        target.with(|target| {
            target
                .as_ref()
                .and_then(|target| target.attribute.clone())
                .unwrap_or_default()
        })
    });
    let values = Signal::derive(move || {
        target.with(|target| {
            target
                .as_ref()
                .map_or_else(Vec::new, |target| target.values.clone())
        })
    });
    let on_attribute = move |text: String| {
        let attribute =
            Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "targetingKey");
        edit(&|target| target.attribute.clone_from(&attribute));
    };
    let on_values = move |values: Vec<String>| edit(&|target| target.values.clone_from(&values));
    view! {
        <li class="target" data-variation-color=move || editor.definition.with(|definition| color(definition, &variation.get()))>
            <span class="serve-choice">
                <span class="variation-dot" aria-hidden="true"></span>
                <Select options value=variation on_change=move |key: String| edit(&|target| target.variation.clone_from(&key)) label="Targets get" disabled=locked />
            </span>
            <span class="keyword">"for"</span>
            <span class="target-attribute">
                <TextInput value=attribute on_input=on_attribute label="Attribute of the targets" placeholder="targetingKey" mono=true disabled=locked />
            </span>
            <span class="target-values">
                <TagInput values on_change=on_values label="targets" placeholder="user-1, user-2" disabled=locked />
            </span>
            <Show when=move || !locked.get()>
                <IconButton
                    glyph=Glyph::Trash
                    label="Delete these targets"
                    on_click=move |()| editor.config.update(|config| { config.targets.remove(index); })
                />
            </Show>
        </li>
    }
}
