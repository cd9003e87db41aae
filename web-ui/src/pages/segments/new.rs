//! Making a segment.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
};
use serin_engine::segment::SegmentDefinition;

use crate::{
    client,
    components::{
        button::{Button, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextArea, TextInput},
    },
    keys,
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
    let place = Place::current();
    let text = || RwSignal::new(String::new());
    let (name, typed, description) = (text(), text(), text());
    let key = Signal::derive(move || {
        let typed = typed.get();
        if typed.is_empty() {
            keys::slug(&name.get())
        } else {
            typed
        }
    });
    let problem = Signal::derive(move || keys::key_problem(&key.get()));
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let router = Router::current();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let some = |text: RwSignal<String>| {
            Some(text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let definition = SegmentDefinition {
            name: some(name),
            description: some(description),
            tags: Vec::new(),
        };
        let key = key.get_untracked();
        let change = Change {
            kind: EntityKind::Segment,
            environment: None,
            key: key.clone(),
            action: Action::Create,
            document: serde_json::to_value(&definition).ok(),
            version: None,
        };
        let set = NewChangeSet {
            project: place.project.get_untracked(),
            reason: None,
            changes: vec![change],
            dry_run: false,
        };
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    let path = untrack(|| {
                        place.path(&format!("segments/{}", serin_api::paths::encode(&key)))
                    });
                    router.go(&path);
                    open.try_set(false);
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                }
            }
            busy.try_set(false);
        });
    };
    let complete = move || !key.with(String::is_empty) && problem.with(Option::is_none);
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=error />
                <Field label="Name">
                    <TextInput value=name on_input=move |text| name.set(text) placeholder="Beta testers" testid="new-segment-name" autofocus=true />
                </Field>
                <Field label="Key" hint="What rules name; it cannot be changed later." error=problem>
                    <TextInput value=key on_input=move |text| typed.set(text) mono=true />
                </Field>
                <Field label="Description">
                    <TextArea value=description on_input=move |text| description.set(text) placeholder="Who they are." />
                </Field>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">"Create segment"</SubmitButton>
            </div>
        </form>
    }
}
