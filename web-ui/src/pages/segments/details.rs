//! What people say about a segment, the same in all environments.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::{Entity, EntityKind},
    error::codes,
};
use serin_engine::segment::SegmentDefinition;

use super::page::Standing;
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextArea, TextInput},
        tag_input::TagInput,
        toast::Toasts,
    },
    place::Place,
    query::Query,
};

/// Edits name, description and tags.
#[component]
pub(super) fn DetailsDialog(
    open: RwSignal<bool>,
    data: RwSignal<Standing>,
    query: Query<Standing>,
) -> impl IntoView {
    view! {
        <Dialog open title="Edit details">
            <Form open data query />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>, data: RwSignal<Standing>, query: Query<Standing>) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    // What is edited is what was there when the dialog opened: a change of somebody else
    // is a conflict, and not overwritten.
    let before = data.with_untracked(|it| it.definition.clone());
    let key = before.key.clone();
    let text = |text: &Option<String>| RwSignal::new(text.clone().unwrap_or_default());
    let name = text(&before.document.name);
    let description = text(&before.document.description);
    let tags = RwSignal::new(before.document.tags.clone());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let edited = {
        let before = before.document.clone();
        move || definition(&name.get(), &description.get(), tags.get()) != before
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let after = definition(
            &name.get_untracked(),
            &description.get_untracked(),
            tags.get_untracked(),
        );
        let set = saving(place.project.get_untracked(), &before, &after);
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    query.refetch();
                    toasts.say(Tone::Good, "Saved.");
                    open.try_set(false);
                }
                Err(failed) if failed.code == codes::VERSION_CONFLICT => {
                    query.refetch();
                    let message = "Somebody else changed the details meanwhile. Close this, look at what stands now, and edit again.";
                    error.try_set(Some(client::failed(message.to_owned())));
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=error />
                <Field label="Name">
                    <TextInput value=name on_input=move |text| name.set(text) placeholder=key testid="segment-details-name" autofocus=true />
                </Field>
                <Field label="Description">
                    <TextArea value=description on_input=move |text| description.set(text) placeholder="Who they are." />
                </Field>
                <div class="field">
                    <span class="field-label">"Tags"</span>
                    <TagInput values=tags on_change=move |all| tags.set(all) label="tags" />
                </div>
                <p class="small muted">"The same in all environments. Nobody is moved by it."</p>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=busy disabled=Signal::derive(move || !edited()) testid="dialog-confirm">"Save details"</SubmitButton>
            </div>
        </form>
    }
}

/// A definition out of what was typed; what is blank is absent.
fn definition(name: &str, description: &str, tags: Vec<String>) -> SegmentDefinition {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    SegmentDefinition {
        name: some(name),
        description: some(description),
        tags,
    }
}

/// The change set that makes one definition of another: a patch of what differs, so that
/// members which this page does not know stay.
fn saving(
    project: String,
    before: &Entity<SegmentDefinition>,
    after: &SegmentDefinition,
) -> NewChangeSet {
    let was = &before.document;
    let mut patch = serde_json::Map::new();
    if was.name != after.name {
        patch.insert("name".to_owned(), serde_json::json!(after.name));
    }
    if was.description != after.description {
        patch.insert(
            "description".to_owned(),
            serde_json::json!(after.description),
        );
    }
    if was.tags != after.tags {
        patch.insert("tags".to_owned(), serde_json::json!(after.tags));
    }
    NewChangeSet {
        project,
        reason: None,
        changes: vec![Change {
            kind: EntityKind::Segment,
            environment: None,
            key: before.key.clone(),
            action: Action::Patch,
            document: Some(patch.into()),
            version: Some(before.version),
        }],
        dry_run: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored() -> Entity<SegmentDefinition> {
        serde_json::from_value(json!({
            "key": "beta", "version": 3, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob",
            "name": "Beta", "description": "who asked", "tags": ["a"],
        }))
        .unwrap()
    }

    #[test]
    fn only_what_differs_is_sent() {
        let after = definition(" Beta testers ", "who asked", vec!["a".to_owned()]);
        let set = saving("shop".to_owned(), &stored(), &after);
        let [change] = set.changes.as_slice() else {
            panic!("one change: {:?}", set.changes);
        };
        assert_eq!(change.document, Some(json!({"name": "Beta testers"})));
        assert_eq!((change.action, change.version), (Action::Patch, Some(3)));
    }

    #[test]
    fn what_is_blank_is_taken_away() {
        let after = definition("Beta", "  ", Vec::new());
        let set = saving("shop".to_owned(), &stored(), &after);
        assert_eq!(
            set.changes[0].document,
            Some(json!({"description": null, "tags": []}))
        );
    }
}
