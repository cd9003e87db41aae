//! Making a flag.

use leptos::prelude::*;
use serde_json::Value;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
};
use serin_engine::{
    flag::{FlagDefinition, FlagType, Lifetime},
    json::read,
};

use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Checkbox, Field, TextArea, TextInput},
        schema_editor::SchemaEditor,
        segmented::Segmented,
        tag_input::TagInput,
        toast::Toasts,
        variation::color,
        variations_editor::{Schema, VariationsEditor},
    },
    engine::Mistake,
    keys,
    place::Place,
    router::Router,
    shell::ProjectFlags,
    value_schema,
    variations::{self, KINDS, VariationDraft},
};

/// Asks for a name, a type and variations; a new flag is off everywhere.
#[component]
pub(crate) fn NewFlagDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="New flag" wide=true>
            <Form open />
        </Dialog>
    }
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    edited_key: RwSignal<Option<String>>,
    kind: RwSignal<FlagType>,
    variations: RwSignal<Vec<VariationDraft>>,
    schema: RwSignal<Option<String>>,
    mistakes: RwSignal<Vec<Mistake>>,
    description: RwSignal<String>,
    tags: RwSignal<Vec<String>>,
    client_visible: RwSignal<bool>,
}

impl Draft {
    fn new() -> Self {
        Self {
            name: RwSignal::default(),
            edited_key: RwSignal::default(),
            kind: RwSignal::new(FlagType::Boolean),
            variations: RwSignal::new(variations::template(FlagType::Boolean)),
            schema: RwSignal::default(),
            mistakes: RwSignal::default(),
            description: RwSignal::default(),
            tags: RwSignal::default(),
            client_visible: RwSignal::default(),
        }
    }

    fn key(self) -> String {
        self.edited_key
            .get()
            .unwrap_or_else(|| keys::slug(&self.name.get()))
    }

    /// The value schema; absent where there is none, or where it is not one yet.
    fn schema(self) -> Option<Value> {
        self.schema
            .with(|text| value_schema::read(text.as_deref()?).ok())
    }

    /// The flag; absent where the variations or the schema have mistakes.
    fn definition(self) -> Option<FlagDefinition> {
        let (kind, name) = (self.kind.get(), self.name.get());
        if self.schema().is_none() && self.schema.with(Option::is_some) {
            return None;
        }
        let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(FlagDefinition {
            kind,
            variations: self
                .variations
                .with(|drafts| variations::read(kind, drafts))?,
            name: some(name),
            description: some(self.description.get()),
            schema: self.schema(),
            tags: self.tags.get(),
            owner: None,
            lifetime: Lifetime::default(),
            client_visible: self.client_visible.get(),
            salt: None,
            archived: false,
        })
    }
}

/// The colours that the drafts will have.
fn draft_colors(draft: Draft) -> Vec<String> {
    let kind = draft.kind.get();
    draft.variations.with(|drafts| {
        let json = drafts.iter().map(|draft| {
            let value = variations::read_value(kind, &draft.value).unwrap_or_default();
            serde_json::json!({ "key": draft.id.to_string(), "value": value })
        });
        let flag = serde_json::json!({ "type": kind, "variations": json.collect::<Vec<_>>() });
        let flag: Option<FlagDefinition> = read(flag).ok();
        drafts
            .iter()
            .map(|draft| {
                flag.as_ref()
                    .map_or_else(String::new, |flag| color(flag, &draft.id.to_string()))
            })
            .collect()
    })
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let draft = Draft::new();
    let (place, flags, toasts) = (
        Place::current(),
        expect_context::<ProjectFlags>(),
        Toasts::current(),
    );
    let router = Router::current();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let key = Signal::derive(move || draft.key());
    let problem = Signal::derive(move || {
        let key = key.get();
        let taken = flags
            .0
            .with(|flags| flags.iter().any(|item| item.flag.key == key))
            .unwrap_or(false);
        if taken {
            Some("Another flag has this key.".to_owned())
        } else {
            keys::key_problem(&key)
        }
    });
    let complete = move || {
        !key.with(String::is_empty)
            && problem.get().is_none()
            && draft.mistakes.with(Vec::is_empty)
            && draft.definition().is_some()
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(definition) = untrack(|| draft.definition()) else {
            return;
        };
        let Ok(document) = serde_json::to_value(&definition) else {
            return;
        };
        let (key, project) = (key.get_untracked(), place.project.get_untracked());
        busy.set(true);
        crate::reactive::spawn(async move {
            let change = Change {
                kind: EntityKind::Flag,
                environment: None,
                key: key.clone(),
                action: Action::Create,
                document: Some(document),
                version: None,
            };
            match client::apply(NewChangeSet {
                project,
                reason: None,
                changes: vec![change],
                dry_run: false,
            })
            .await
            {
                Ok(_) => {
                    flags.0.refetch();
                    open.set(false);
                    toasts.say(
                        Tone::Good,
                        format!("{key} is there, off in every environment."),
                    );
                    router.go(&untrack(|| place.flag_path(&key)));
                }
                Err(failed) => error.set(Some(failed)),
            }
            busy.set(false);
        });
    };
    let kind_name = Signal::derive(move || {
        KINDS
            .iter()
            .find(|(kind, ..)| *kind == draft.kind.get())
            .map_or("", |(_, name, _)| name)
            .to_owned()
    });
    let on_kind = move |name: String| {
        if let Some((kind, ..)) = KINDS.iter().find(|(_, other, _)| *other == name) {
            draft.variations.set(variations::template(*kind));
            draft.schema.set(None);
            draft.kind.set(*kind);
        }
    };
    let schema = Schema {
        schema: Signal::derive(move || draft.schema()),
        mistakes: draft.mistakes.into(),
    };
    let definition = Signal::derive(move || serde_json::to_value(draft.definition()?).ok());
    view! {
        <form on:submit=submit data-testid="new-flag-form">
            <div class="dialog-body">
                <ErrorNotice error=error />
                <div class="new-flag-names">
                    <Field label="Name">
                        <TextInput value=draft.name on_input=move |text| draft.name.set(text) placeholder="New checkout" testid="new-flag-name" autofocus=true />
                    </Field>
                    <Field label="Key" hint="What code asks for; it cannot be changed later." error=problem>
                        <TextInput value=key on_input=move |text| draft.edited_key.set(Some(text)) mono=true testid="new-flag-key" />
                    </Field>
                </div>
                <div class="field">
                    <span class="field-label">"Type"</span>
                    <div>
                        <Segmented label="Type" options=KINDS.map(|(_, name, words)| (name, words)).to_vec() value=kind_name on_change=on_kind />
                    </div>
                </div>
                <div class="field">
                    <span class="field-label">"Variations"</span>
                    <VariationsEditor kind=draft.kind drafts=draft.variations colors=Signal::derive(move || draft_colors(draft)) schema />
                    <SchemaEditor text=draft.schema kind=draft.kind drafts=draft.variations mistakes=draft.mistakes definition />
                </div>
                <Field label="Description">
                    <TextArea value=draft.description on_input=move |text| draft.description.set(text) placeholder="What it does, and when it can go." />
                </Field>
                <div class="field">
                    <span class="field-label">"Tags"</span>
                    <TagInput values=draft.tags on_change=move |tags| draft.tags.set(tags) label="tags" placeholder="checkout, web" />
                </div>
                <Checkbox
                    checked=draft.client_visible
                    on_change=move |on| draft.client_visible.set(on)
                    label="Visible to client keys"
                    hint="Browsers and apps may evaluate it. Its values are public then."
                />
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">"Create flag"</SubmitButton>
            </div>
        </form>
    }
}
