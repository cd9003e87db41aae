//! Making a metric, and changing one.

use leptos::prelude::*;
use serin_api::error::Detail;
use serin_engine::release::Metric;

use super::{
    Shared,
    draft::{MetricDraft, change},
    source::Source,
};
use crate::{
    components::{
        badge::Tone,
        dialog::Dialog,
        field::{Field, TextArea, TextInput},
        segmented::Segmented,
        show::Show,
        toast::Toasts,
    },
    describe::metric,
    pages::entity::{EntityForm, KeyField, KeyOf},
    typed::at,
};

/// Asks for a new metric, or edits one.
#[component]
pub(super) fn MetricDialog(shared: Shared) -> impl IntoView {
    let title = Signal::derive(move || match shared.edited.get() {
        Some(metric) => format!("Edit {}", metric.key),
        None => "New metric".to_owned(),
    });
    view! { <Dialog open=shared.editing title wide=true><Form shared /></Dialog> }
}

/// What the fields share.
#[derive(Clone, Copy)]
pub(super) struct Typed {
    draft: RwSignal<MetricDraft>,
    read: Memo<(Metric, Vec<Detail>)>,
    /// What the server found wrong, until something is edited.
    refused: RwSignal<Vec<Detail>>,
}

impl Typed {
    fn of(draft: MetricDraft) -> Self {
        let draft = RwSignal::new(draft);
        Self {
            draft,
            read: Memo::new(move |_| draft.with(MetricDraft::read)),
            refused: RwSignal::default(),
        }
    }

    /// A part of what is typed, tracked.
    pub(super) fn get(self, of: fn(&MetricDraft) -> &String) -> Signal<String> {
        Signal::derive(move || self.draft.with(|draft| of(draft).clone()))
    }

    /// Whether something holds of it, tracked.
    pub(super) fn is(self, of: fn(&MetricDraft) -> bool) -> bool {
        self.draft.with(of)
    }

    /// What typing changes.
    pub(super) fn put(self, put: impl FnOnce(&mut MetricDraft)) {
        self.refused.update(Vec::clear);
        self.draft.update(put);
    }

    /// What is wrong at a place.
    pub(super) fn problem(self, place: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let refused = self.refused.with(|all| at(all, place));
            refused.or_else(|| self.read.with(|(_, mistakes)| at(mistakes, place)))
        })
    }

    /// The metric, tracked.
    pub(super) fn metric(self) -> Metric {
        self.read.with(|(metric, _)| metric.clone())
    }
}

#[component]
fn Form(shared: Shared) -> impl IntoView {
    let toasts = Toasts::current();
    // A change of somebody else is a conflict, and not overwritten.
    let before = StoredValue::new(shared.edited.get_untracked());
    let draft = before.with_value(|before| {
        let before = before.as_ref().map(|before| &before.document);
        before.map_or_else(MetricDraft::default, MetricDraft::of)
    });
    let typed = Typed::of(draft);
    let known = before.with_value(|before| before.as_ref().map(|before| before.key.clone()));
    let action = match known {
        None => "Create metric",
        Some(_) => "Save metric",
    };
    let key = KeyOf::new(known, move || typed.draft.with(|draft| draft.name.clone()));
    let complete = Signal::derive(move || {
        let edited = before.with_value(|before| {
            let before = before.as_ref().map(|before| &before.document);
            before != Some(&typed.metric())
        });
        let whole = typed.read.with(|(_, mistakes)| mistakes.is_empty());
        key.is_complete() && edited && whole
    });
    let change = move |()| {
        before.with_value(|before| change(key.key.get(), before.as_ref(), &typed.metric()))
    };
    let done = move |key: String| {
        shared.metrics.refetch();
        toasts.say(Tone::Good, format!("{key} is saved."));
    };
    view! {
        <EntityForm open=shared.editing change complete action done overtaken=move |()| shared.metrics.refetch() refused=typed.refused>
            <Fields typed key shared />
        </EntityForm>
    }
}

#[component]
fn Fields(typed: Typed, key: KeyOf, shared: Shared) -> impl IntoView {
    let values = Signal::derive(move || typed.is(|draft| draft.values));
    let kind = Signal::derive(move || if values.get() { "value" } else { "count" }.to_owned());
    let about = move || {
        if values.get() {
            "How much there was, as milliseconds: whole distributions are compared. Programs report it."
        } else {
            "That something happened to a unit, as an error or an order: rates are compared."
        }
    };
    let direction = Signal::derive(move || {
        if typed.is(|draft| draft.down) {
            "down"
        } else {
            "up"
        }
        .to_owned()
    });
    let reported = move || typed.is(|draft| draft.values || !draft.asked);
    let unit = typed.problem("/unit");
    view! {
        <div class="new-flag-names">
            <Field label="Name">
                <TextInput value=typed.get(|draft| &draft.name) on_input=move |text| typed.put(|draft| draft.name = text) placeholder="Checkout errors" testid="metric-name" autofocus=true />
            </Field>
            <KeyField of=key hint="What programs report it by, and guards name; it cannot be changed later." testid="metric-key" />
        </div>
        <div class="form-pairs two">
            <div class="field">
                <span class="field-label">"What it is"</span>
                <Segmented label="What it is" options=vec![("count", "Counts"), ("value", "Values")] value=kind on_change=move |kind: String| typed.put(|draft| draft.values = kind == "value") />
                <span class="field-hint" role="status">{about}</span>
            </div>
            <div class="field">
                <span class="field-label">"Which way is bad"</span>
                <Segmented label="Which way is bad" options=vec![("up", "More of it"), ("down", "Less of it")] value=direction on_change=move |way: String| typed.put(|draft| draft.down = way == "down") />
            </div>
        </div>
        <Show when=move || values.get() fallback=move || view! { <Counted typed shared /> }>
            <Field label="Unit" hint="What values are measured in, for people." error=unit>
                <TextInput value=typed.get(|draft| &draft.unit) on_input=move |text| typed.put(|draft| draft.unit = text) placeholder="ms" />
            </Field>
        </Show>
        <Field label="Description">
            <TextArea value=typed.get(|draft| &draft.description) on_input=move |text| typed.put(|draft| draft.description = text) placeholder="What is counted, and when." />
        </Field>
        <Show when=reported>
            <p class="small muted">
                "Programs report it with "
                <code class="mono">{move || metric::call(&key.key.get(), typed.metric().kind)}</code>
            </p>
        </Show>
    }
}

/// What only counts have: a source, and an objective.
#[component]
fn Counted(typed: Typed, shared: Shared) -> impl IntoView {
    let source = Signal::derive(move || {
        if typed.is(|draft| draft.asked) {
            "prometheus"
        } else {
            "programs"
        }
        .to_owned()
    });
    let choose = move |from: String| typed.put(|draft| draft.asked = from == "prometheus");
    let problem = typed.problem("/objective");
    view! {
        <div class="field">
            <span class="field-label">"Who counts it"</span>
            <Segmented label="Who counts it" options=vec![("programs", "Programs, with the SDK"), ("prometheus", "Prometheus")] value=source on_change=choose testid="metric-source" />
        </div>
        <Show when=move || typed.is(|draft| draft.asked)><Source typed shared /></Show>
        <Field label="Objective" hint="The part that is to have no event, as 99.9 %. Guards can then hold a release while its error budget burns. Empty for none." error=problem>
            <span class="with-unit" data-wide="false">
                <TextInput value=typed.get(|draft| &draft.objective) on_input=move |text| typed.put(|draft| draft.objective = text) placeholder="none" mistake=problem at=Signal::stored("/objective".to_owned()) testid="metric-objective" />
                <span class="unit">"%"</span>
            </span>
        </Field>
    }
}
