//! What a template is called.

use leptos::prelude::*;

use super::{entry::Entry, form::Form};
use crate::{
    components::field::{Field, TextArea},
    pages::entity::{KeyField, KeyOf},
};

/// Name, key and description.
#[component]
pub(super) fn About(form: Form) -> impl IntoView {
    let key: KeyOf = expect_context();
    let description = Signal::derive(move || form.draft.with(|draft| draft.description.clone()));
    let describe = move |text: String| form.edit(|draft| draft.description = text);
    view! {
        <section class="card" aria-labelledby="form-about">
            <header class="card-head"><h2 id="form-about">"What it is for"</h2></header>
            <div class="card-body stack">
                <div class="form-pairs two">
                    <Entry form label="Name" placeholder="Careful" at=Signal::stored("/name".to_owned()) testid="template-name"
                        of=|draft, _| draft.name.clone() put=|draft, _, text| draft.name = text />
                    <KeyField of=key hint="What pipelines and documents name; it cannot be changed later." testid="template-key" />
                </div>
                <Field label="Description">
                    <TextArea value=description on_input=describe placeholder="When to begin with it." />
                </Field>
            </div>
        </section>
    }
}
