//! Units that get a variation by name.

use leptos::prelude::*;
use serin_engine::flag::Target;

use super::{
    editor::Editor,
    entries::{Back, Entries, Entry},
};
use crate::{
    components::{
        combobox::Combobox,
        select::Select,
        tag_input::TagInput,
        variation::{color, name},
    },
    conditions::Vocabulary,
};

/// The lists, in order; the first that names the unit decides.
#[component]
pub(crate) fn Targets() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let add = move |()| {
        let first = editor
            .definition
            .with_untracked(|definition| definition.variations.first().map(|v| v.key.clone()));
        let mut target = nothing();
        target.variation = first.unwrap_or_default();
        editor.config.update(|config| config.targets.push(target));
    };
    view! {
        <Entries
            count=Signal::derive(move || editor.config.with(|config| config.targets.len()))
            row=|index| view! { <Row index /> }.into_any()
            at="/targets"
            empty="None: name single users or organisations here, and they get a variation whatever the rules say."
            add="Add targets"
            on_add=add
            testid="add-target"
        />
    }
}

fn nothing() -> Target {
    Target {
        variation: String::new(),
        attribute: None,
        values: Vec::new(),
    }
}

#[component]
fn Row(index: usize) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let (config, mistakes) = (editor.config, editor.views.mistakes);
    let vocabulary = Vocabulary::current();
    let now = move || {
        config
            .with(|config| config.targets.get(index).cloned())
            .unwrap_or_else(nothing)
    };
    let edit = move |change: &dyn Fn(&mut Target)| {
        config.update(|config| config.targets.get_mut(index).into_iter().for_each(change));
    };
    let remove = move |()| {
        let removed = now();
        config.update(|config| drop(config.targets.remove(index)));
        let back: Back = Box::new(move || {
            config.try_update(|config| {
                let index = index.min(config.targets.len());
                config.targets.insert(index, removed.clone());
            });
        });
        back
    };
    let locked = Signal::derive(move || editor.locked());
    let options = Signal::derive(move || {
        editor.definition.with(|definition| {
            let named = |key: &String| (key.clone(), name(definition, key));
            definition
                .variations
                .iter()
                .map(|v| named(&v.key))
                .collect::<Vec<_>>()
        })
    });
    let variation = Signal::derive(move || now().variation);
    let on_attribute = move |text: String| {
        let attribute =
            Some(text.trim().to_owned()).filter(|text| !text.is_empty() && text != "targetingKey");
        edit(&|target| target.attribute.clone_from(&attribute));
    };
    let on_values = move |values: Vec<String>| edit(&|target| target.values.clone_from(&values));
    let dot = move || {
        editor
            .definition
            .with(|definition| color(definition, &variation.get()))
    };
    let at = move |member: &str| format!("/targets/{index}/{member}");
    view! {
        <Entry at=format!("/targets/{index}") what="list of targets" on_remove=remove color=Signal::derive(dot)>
            <span class="serve-choice">
                <span class="variation-dot" aria-hidden="true"></span>
                <Select
                    options
                    value=variation
                    on_change=move |key: String| edit(&|target| target.variation.clone_from(&key))
                    label="Targets get"
                    disabled=locked
                    testid="target-variation"
                />
            </span>
            <span class="keyword">"for"</span>
            <span class="target-attribute">
                <Combobox
                    label="Attribute of the targets"
                    value=Signal::derive(move || now().attribute.unwrap_or_default())
                    on_change=on_attribute
                    options=vocabulary.attributes
                    free=true
                    placeholder="targetingKey"
                    disabled=locked
                    mistake=Signal::derive(move || mistakes.at(&at("attribute")))
                    at=Signal::derive(move || at("attribute"))
                    testid="target-attribute"
                />
            </span>
            <span class="target-values">
                <TagInput
                    values=Signal::derive(move || now().values)
                    on_change=on_values
                    label="targets"
                    placeholder="user-1, user-2"
                    mistakes=Signal::derive(move || mistakes.within(&at("values")))
                    at=Signal::derive(move || at("values"))
                    disabled=locked
                    testid="target-values"
                />
            </span>
        </Entry>
    }
}
