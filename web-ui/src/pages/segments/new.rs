//! Making a segment.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
    paths::encode,
};
use serin_engine::segment::SegmentDefinition;

use crate::{
    components::{
        dialog::Dialog,
        field::{Field, TextArea, TextInput},
    },
    pages::entity::{EntityForm, KeyField, KeyOf},
    place::Place,
    router::Router,
};

#[component]
pub(super) fn NewSegmentDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="New segment">
            <Form open />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let (place, router) = (Place::current(), Router::current());
    let text = || RwSignal::new(String::new());
    let (name, description) = (text(), text());
    let key = KeyOf::new(None, move || name.get());
    let change = move |()| {
        let some = |text: RwSignal<String>| {
            Some(text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let definition = SegmentDefinition {
            name: some(name),
            description: some(description),
            tags: Vec::new(),
        };
        Change {
            kind: EntityKind::Segment,
            environment: None,
            key: key.key.get(),
            action: Action::Create,
            document: serde_json::to_value(&definition).ok(),
            version: None,
        }
    };
    let done = move |key: String| {
        router.go(&untrack(|| {
            place.path(&format!("segments/{}", encode(&key)))
        }));
    };
    let complete = Signal::derive(move || key.is_complete());
    view! {
        <EntityForm open change complete action="Create segment" done overtaken=|()| ()>
            <Field label="Name">
                <TextInput value=name on_input=move |text| name.set(text) placeholder="Beta testers" testid="new-segment-name" autofocus=true />
            </Field>
            <KeyField of=key hint="What rules name; it cannot be changed later." testid="new-segment-key" />
            <Field label="Description">
                <TextArea value=description on_input=move |text| description.set(text) placeholder="Who they are." />
            </Field>
        </EntityForm>
    }
}
