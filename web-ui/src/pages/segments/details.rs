//! What people say about a segment, the same in all environments.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change},
    entity::{Entity, EntityKind},
};
use serin_engine::segment::SegmentDefinition;

use super::page::Standing;
use crate::{
    components::{
        badge::Tone,
        dialog::Dialog,
        field::{Field, TextArea, TextInput},
        tag_input::TagInput,
        toast::Toasts,
    },
    pages::entity::EntityForm,
    patch::difference,
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
    let toasts = Toasts::current();
    // What is edited is what was there when the dialog opened: a change of somebody else
    // is a conflict, and not overwritten.
    let before = StoredValue::new(data.with_untracked(|it| it.definition.clone()));
    let Entity { key, document, .. } = before.get_value();
    let text = |text: Option<String>| RwSignal::new(text.unwrap_or_default());
    let (name, description) = (text(document.name), text(document.description));
    let tags = RwSignal::new(document.tags);
    let typed = move || definition(&name.get(), &description.get(), tags.get());
    let edited = Signal::derive(move || before.with_value(|before| typed() != before.document));
    let change = move |()| before.with_value(|before| saving(before, &typed()));
    let done = move |_| {
        query.refetch();
        toasts.say(Tone::Good, "Saved.");
    };
    view! {
        <EntityForm open change complete=edited action="Save details" done overtaken=move |()| query.refetch()>
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
        </EntityForm>
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

/// The change that makes one definition of another.
fn saving(before: &Entity<SegmentDefinition>, after: &SegmentDefinition) -> Change {
    let value = |definition: &SegmentDefinition| serde_json::to_value(definition);
    let was = value(&before.document).unwrap_or_default();
    Change {
        kind: EntityKind::Segment,
        environment: None,
        key: before.key.clone(),
        action: Action::Patch,
        document: Some(difference(&was, &value(after).unwrap_or_default())),
        version: Some(before.version),
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
        let change = saving(&stored(), &after);
        assert_eq!(change.document, Some(json!({"name": "Beta testers"})));
        assert_eq!((change.action, change.version), (Action::Patch, Some(3)));
    }

    #[test]
    fn what_is_blank_is_taken_away() {
        let after = definition("Beta", "  ", Vec::new());
        let Some(patch) = saving(&stored(), &after).document else {
            panic!("nothing is sent");
        };
        assert_eq!(patch["description"], json!(null));
        // An empty list and none at all are the same.
        assert!(patch["tags"].is_null() || patch["tags"] == json!([]));
    }
}
