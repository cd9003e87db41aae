//! The flag itself, the same in all environments: variations, and what people say about it.

use leptos::prelude::*;

use super::editor::{Editor, json};
use crate::components::{
    field::{Checkbox, Field, TextArea, TextInput},
    schema_editor::SchemaEditor,
    tag_input::TagInput,
    variation::color,
    variations_editor::{Schema, VariationsEditor},
};

/// The variations.
#[component]
pub(crate) fn Variations() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let existing = editor
        .base
        .with_untracked(|base| base.definition.document.variations.len());
    let colors = Signal::derive(move || {
        editor.definition.with(|definition| {
            editor.drafts.with(|drafts| {
                drafts
                    .iter()
                    .map(|draft| color(definition, &draft.key))
                    .collect::<Vec<_>>()
            })
        })
    });
    let kind = Signal::derive(move || editor.fields.with(|fields| fields.kind));
    let locked = Signal::derive(move || editor.locked());
    let schema = Schema {
        schema: Signal::derive(move || editor.definition.with(|it| it.schema.clone())),
        mistakes: editor.mistakes.into(),
    };
    let definition = Signal::derive(move || Some(editor.definition.with(json)));
    view! {
        <section class="card" aria-labelledby="variations-title" data-at="/variations">
            <div class="card-head">
                <h2 id="variations-title">"Variations"</h2>
                <span class="tiny faint">"the same in all environments"</span>
            </div>
            <div class="card-body">
                <VariationsEditor
                    kind
                    schema
                    drafts=editor.drafts
                    colors
                    existing=u32::try_from(existing).unwrap_or(u32::MAX)
                    disabled=locked
                />
                <SchemaEditor text=editor.schema kind drafts=editor.drafts mistakes=editor.mistakes definition disabled=locked />
            </div>
        </section>
    }
}

/// Name, description, tags, owner and who may evaluate it.
#[component]
pub(crate) fn Details() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let fields = editor.fields;
    let locked = Signal::derive(move || editor.locked());
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let name =
        Signal::derive(move || fields.with(|fields| fields.name.clone().unwrap_or_default()));
    let owner =
        Signal::derive(move || fields.with(|fields| fields.owner.clone().unwrap_or_default()));
    let description = Signal::derive(move || {
        fields.with(|fields| fields.description.clone().unwrap_or_default())
    });
    let tags = Signal::derive(move || fields.with(|fields| fields.tags.clone()));
    view! {
        <section class="card" aria-labelledby="details-title">
            <div class="card-head">
                <h2 id="details-title">"Details"</h2>
                <span class="tiny faint">"the same in all environments"</span>
            </div>
            <div class="card-body details">
                <Field label="Name">
                    <TextInput value=name on_input=move |text| fields.update(|fields| fields.name = some(text)) placeholder=editor.key() disabled=locked />
                </Field>
                <Field label="Owner">
                    <TextInput value=owner on_input=move |text| fields.update(|fields| fields.owner = some(text)) placeholder="team or person" disabled=locked />
                </Field>
                <div class="details-wide">
                    <Field label="Description">
                        <TextArea value=description on_input=move |text| fields.update(|fields| fields.description = some(text)) disabled=locked />
                    </Field>
                </div>
                <div class="field details-wide">
                    <span class="field-label">"Tags"</span>
                    <TagInput values=tags on_change=move |tags| fields.update(|fields| fields.tags = tags) label="tags" disabled=locked />
                </div>
                <div class="details-wide">
                    <Checkbox
                        checked=Signal::derive(move || fields.with(|fields| fields.client_visible))
                        on_change=move |on| fields.update(|fields| fields.client_visible = on)
                        label="Visible to client keys"
                        hint="Browsers and apps may evaluate it. Its values are public then."
                        disabled=locked
                    />
                </div>
            </div>
        </section>
    }
}
