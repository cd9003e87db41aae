//! Making a metric, and changing one.

use leptos::prelude::*;
use serde_json::Value;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::{Entity, EntityKind},
    error::codes,
};
use serin_engine::release::{Direction, Metric, MetricKind};

use super::{Shared, wording};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextArea, TextInput},
        segmented::Segmented,
        show::Show,
        toast::Toasts,
    },
    keys,
    place::Place,
};

/// Asks for a new metric, or edits one.
#[component]
pub(super) fn MetricDialog(shared: Shared) -> impl IntoView {
    let title = Signal::derive(move || match shared.edited.get() {
        Some(metric) => format!("Edit {}", metric.key),
        None => "New metric".to_owned(),
    });
    view! { <Dialog open=shared.editing title><Form shared /></Dialog> }
}

/// What is typed.
#[derive(Clone, Copy)]
struct Typed {
    key: RwSignal<String>,
    name: RwSignal<String>,
    kind: RwSignal<String>,
    unit: RwSignal<String>,
    direction: RwSignal<String>,
    description: RwSignal<String>,
    /// What the form does not show stays as it came.
    rest: StoredValue<Option<Metric>>,
}

impl Typed {
    fn of(before: Option<&Metric>) -> Self {
        let text = |text: Option<&String>| RwSignal::new(text.cloned().unwrap_or_default());
        let of = |part: fn(&Metric) -> Option<&String>| text(before.and_then(part));
        let kind = match before.map(|metric| metric.kind) {
            Some(MetricKind::Value) => "value",
            _ => "count",
        };
        let direction = match before.map(|metric| metric.direction) {
            Some(Direction::Down) => "down",
            _ => "up",
        };
        Self {
            key: RwSignal::default(),
            name: of(|metric| metric.name.as_ref()),
            kind: RwSignal::new(kind.to_owned()),
            unit: of(|metric| metric.unit.as_ref()),
            direction: RwSignal::new(direction.to_owned()),
            description: of(|metric| metric.description.as_ref()),
            rest: StoredValue::new(before.cloned()),
        }
    }

    /// The metric, tracked.
    fn metric(self) -> Metric {
        let some = |text: RwSignal<String>| {
            Some(text.get().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let kind = self.kind();
        let rest = self.rest.get_value();
        Metric {
            name: some(self.name),
            kind,
            unit: some(self.unit).filter(|_| kind == MetricKind::Value),
            direction: if self.direction.with(|way| way == "down") {
                Direction::Down
            } else {
                Direction::Up
            },
            source: rest.as_ref().and_then(|rest| rest.source.clone()),
            objective: rest.and_then(|rest| rest.objective),
            description: some(self.description),
        }
    }

    fn kind(self) -> MetricKind {
        if self.kind.with(|kind| kind == "value") {
            MetricKind::Value
        } else {
            MetricKind::Count
        }
    }

    /// The key that it gets where nobody types one, tracked.
    fn key(self) -> String {
        let typed = self.key.get();
        if typed.is_empty() {
            keys::slug(&self.name.get())
        } else {
            typed
        }
    }
}

/// The change that makes one metric of another; all of a new one.
fn change(key: String, before: Option<&Entity<Metric>>, after: &Metric) -> Change {
    let whole = serde_json::to_value(after).unwrap_or_default();
    let document = match before {
        None => whole,
        Some(before) => difference(
            &serde_json::to_value(&before.document).unwrap_or_default(),
            &whole,
        ),
    };
    Change {
        kind: EntityKind::Metric,
        environment: None,
        key,
        action: match before {
            None => Action::Create,
            Some(_) => Action::Patch,
        },
        document: Some(document),
        version: before.map(|before| before.version),
    }
}

/// A merge patch of what differs: members that this page does not know stay.
fn difference(before: &Value, after: &Value) -> Value {
    let mut patch = serde_json::Map::new();
    let none = serde_json::Map::new();
    let (before, after) = (
        before.as_object().unwrap_or(&none),
        after.as_object().unwrap_or(&none),
    );
    for (name, value) in after {
        if before.get(name) != Some(value) {
            patch.insert(name.clone(), value.clone());
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    patch.into()
}

#[component]
fn Form(shared: Shared) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    // A change of somebody else is a conflict, and not overwritten.
    let before = shared.edited.get_untracked();
    let typed = Typed::of(before.as_ref().map(|metric| &metric.document));
    let is_new = before.is_none();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let key = {
        let known = before.as_ref().map(|metric| metric.key.clone());
        Signal::derive(move || known.clone().unwrap_or_else(|| typed.key()))
    };
    let problem = Signal::derive(move || keys::key_problem(&key.get()));
    let complete = {
        let before = before.as_ref().map(|metric| metric.document.clone());
        move || {
            let key = !key.with(String::is_empty) && problem.with(Option::is_none);
            key && before.as_ref() != Some(&typed.metric())
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let change = untrack(|| change(key.get(), before.as_ref(), &typed.metric()));
        let named = change.key.clone();
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
                    shared.metrics.refetch();
                    toasts.say(Tone::Good, format!("{named} is saved."));
                    shared.editing.try_set(false);
                }
                Err(failed) if failed.code == codes::VERSION_CONFLICT => {
                    shared.metrics.refetch();
                    let message = "Somebody else changed it meanwhile. Close this, look at what stands now, and edit again.";
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
                <Fields typed key problem is_new />
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| shared.editing.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">
                    {if is_new { "Create metric" } else { "Save metric" }}
                </SubmitButton>
            </div>
        </form>
    }
}

#[component]
fn Fields(
    typed: Typed,
    key: Signal<String>,
    problem: Signal<Option<String>>,
    is_new: bool,
) -> impl IntoView {
    let values = Signal::derive(move || typed.kind() == MetricKind::Value);
    let about = move || {
        if values.get() {
            "How much there was, as milliseconds: whole distributions are compared."
        } else {
            "That something happened to a unit, as an error or an order: rates are compared."
        }
    };
    view! {
        <Field label="Name">
            <TextInput value=typed.name on_input=move |text| typed.name.set(text) placeholder="Checkout errors" testid="metric-name" autofocus=true />
        </Field>
        <Field label="Key" hint="What programs report it by; it cannot be changed later." error=problem>
            <TextInput value=key on_input=move |text| typed.key.set(text) mono=true disabled=Signal::stored(!is_new) testid="metric-key" />
        </Field>
        <div class="field">
            <span class="field-label">"What is reported"</span>
            <Segmented label="What is reported" options=vec![("count", "Counts"), ("value", "Values")] value=typed.kind on_change=move |kind| typed.kind.set(kind) />
            <span class="field-hint" role="status">{about}</span>
        </div>
        <Show when=move || values.get()>
            <Field label="Unit" hint="What values are measured in, for people.">
                <TextInput value=typed.unit on_input=move |text| typed.unit.set(text) placeholder="ms" />
            </Field>
        </Show>
        <div class="field">
            <span class="field-label">"Which way is bad"</span>
            <Segmented label="Which way is bad" options=vec![("up", "More of it"), ("down", "Less of it")] value=typed.direction on_change=move |way| typed.direction.set(way) />
        </div>
        <Field label="Description">
            <TextArea value=typed.description on_input=move |text| typed.description.set(text) placeholder="When programs report it." />
        </Field>
        <p class="small muted">"Programs report it with " <code class="mono">{move || wording::call(&key.get(), typed.kind())}</code></p>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_sent() {
        let before =
            json!({"kind": "count", "name": "Errors", "direction": "up", "description": "old"});
        let after = json!({"kind": "count", "name": "Errors", "direction": "down"});
        assert_eq!(
            difference(&before, &after),
            json!({"direction": "down", "description": null})
        );
    }

    #[test]
    fn a_new_one_is_sent_whole_and_an_edit_with_its_version() {
        let metric: Metric = serde_json::from_value(json!({"kind": "count"})).unwrap();
        let made = change("errors".to_owned(), None, &metric);
        assert_eq!((made.action, made.version), (Action::Create, None));
        assert_eq!(made.document.unwrap()["kind"], "count");
        let stored: Entity<Metric> = serde_json::from_value(json!({"key": "errors", "version": 3,
            "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob", "kind": "count", "unit": "x"}))
        .unwrap();
        let edit = change("errors".to_owned(), Some(&stored), &metric);
        assert_eq!((edit.action, edit.version), (Action::Patch, Some(3)));
        assert_eq!(edit.document, Some(json!({"unit": null})));
    }
}
