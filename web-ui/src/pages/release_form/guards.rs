//! Editing what watches over a release.

use leptos::prelude::*;
use serin_engine::release::MetricKind;

use super::{
    draft::{
        Draft,
        guards::{GuardDraft, words},
    },
    entry::{Choice, Entry, options, problem},
    form::Form,
};
use crate::components::{
    button::{Button, IconButton},
    combobox::Combobox,
    each::{Each, entry},
    empty::Empty,
    field::Field,
    icon::Glyph,
    segmented::Segmented,
    show::Show,
};

/// A row for each guard.
#[component]
pub(super) fn Guards(form: Form) -> impl IntoView {
    let none = Signal::derive(move || form.draft.with(|draft| draft.guards.is_empty()));
    let fixed = Signal::derive(move || form.fixed());
    let rows = move || {
        let row = |id: u32| entry(id, move || view! { <GuardRow form id /> }.into_any());
        form.draft
            .with(|draft| draft.guards.iter().map(|guard| row(guard.id)).collect())
    };
    let add = move || {
        view! {
            <Button small=true glyph=Glyph::Plus disabled=fixed on_click=move |()| form.edit(Draft::add_guard) testid="add-guard">"Add a guard"</Button>
        }
    };
    view! {
        <section class="card" aria-labelledby="form-guards">
            <header class="card-head">
                <h2 id="form-guards">"Guards"</h2>
                <span class="tiny faint">"what the candidate is compared by"</span>
            </header>
            <div class="card-body stack">
                <Show when=move || none.get()>
                    <Empty
                        glyph=Glyph::Shield
                        title="Nothing watches over it"
                        text="Time and people alone move it. A guard compares the candidate with the baseline by a metric, and rolls back by itself when it does harm."
                    >
                        {add()}
                    </Empty>
                </Show>
                <ol class="guard-edits"><Each of=rows /></ol>
                <Show when=move || !none.get()><div>{add()}</div></Show>
            </div>
        </section>
    }
}

fn guard(draft: &Draft, id: u32) -> Option<&GuardDraft> {
    draft.guards.iter().find(|guard| guard.id == id)
}

fn get(draft: &Draft, id: u32, of: fn(&GuardDraft) -> &String) -> String {
    guard(draft, id).map_or_else(String::new, |guard| of(guard).clone())
}

fn set(draft: &mut Draft, id: u32, put: impl FnOnce(&mut GuardDraft)) {
    if let Some(guard) = draft.guards.iter_mut().find(|guard| guard.id == id) {
        put(guard);
    }
}

#[component]
fn GuardRow(form: Form, id: u32) -> impl IntoView {
    let index = Memo::new(move |_| {
        let position = |draft: &Draft| draft.guards.iter().position(|guard| guard.id == id);
        form.draft.with(position).unwrap_or(0)
    });
    let number = move || index.get() + 1;
    let other = form
        .draft
        .with_untracked(|draft| guard(draft, id).is_some_and(|guard| guard.other.is_some()));
    let said = move || form.draft.with(|draft| guard(draft, id).map(words));
    let remove = move |()| form.edit(|draft| draft.guards.retain(|guard| guard.id != id));
    view! {
        <li class="guard-edit" data-testid="guard-edit">
            <div class="stack grow" role="group" aria-label=move || format!("Guard {}", number())>
                {(!other).then(|| view! { <MetricFields form id index /> })}
                <p class="small muted" role="status">{said}</p>
            </div>
            <IconButton
                glyph=Glyph::Trash
                label=Signal::derive(move || format!("Remove guard {}", number()))
                on_click=remove
                disabled=Signal::derive(move || form.fixed())
            />
        </li>
    }
}

#[component]
fn MetricFields(form: Form, id: u32, index: Memo<usize>) -> impl IntoView {
    let place = move |member: &'static str| {
        Signal::derive(move || format!("/guards/{}/{member}", index.get()))
    };
    let fixed = Signal::derive(move || form.fixed());
    let metric = Signal::derive(move || form.draft.with(|draft| get(draft, id, |it| &it.metric)));
    let known = Signal::derive(move || {
        let all = form.metrics.data().unwrap_or_default().into_iter();
        all.map(|metric| (metric.key, metric.document.name.unwrap_or_default()))
            .collect::<Vec<_>>()
    });
    let choose = move |key: String| {
        let found = untrack(|| form.metric(&key));
        form.edit(|draft| set(draft, id, |guard| guard.choose(key, found.as_ref())));
    };
    let values = Signal::derive(move || {
        let metric = form.metric(&metric.get());
        metric.is_some_and(|metric| metric.kind == MetricKind::Value)
    });
    let create = move || form.place.path("metrics?new=1");
    let mistake = problem(form, place("metric"));
    let bad = Signal::derive(move || {
        let down = form
            .draft
            .with(|draft| guard(draft, id).is_some_and(|guard| guard.down));
        if down { "down" } else { "up" }.to_owned()
    });
    view! {
        <div class="form-pairs two">
            <div class="field">
                <Field label="Metric" error=mistake>
                    <Combobox label="Metric" value=metric on_change=choose options=known disabled=fixed mistake at=place("metric") placeholder="checkout-errors" testid="guard-metric" />
                </Field>
                <a class="link tiny" href=create target="_blank">"Create a metric"</a>
            </div>
            <div class="field">
                <span class="field-label">"Which way is bad"</span>
                <Segmented
                    label="Which way is bad"
                    options=vec![("up", "More of it"), ("down", "Less of it")]
                    value=bad
                    disabled=fixed
                    on_change=move |way: String| form.edit(|draft| set(draft, id, |guard| guard.down = way == "down"))
                />
            </div>
        </div>
        <details class="more">
            <summary class="small muted">"Margin, safety and what follows"</summary>
            <div class="form-pairs">
                <Entry form id label="Margin, relative" unit="%" placeholder="0" disabled=fixed at=place("margin/relative") testid="guard-relative"
                    hint="So much worse than the baseline is still no harm."
                    of=|draft, id| get(draft, id, |guard| &guard.relative)
                    put=|draft, id, text| set(draft, id, |guard| guard.relative = text) />
                <Counted form id values place fixed />
                <Choice form id label="What follows from harm" options=actions() disabled=fixed at=place("action")
                    hint="Guards that roll back share the false alarms between them; the others act alone."
                    of=|draft, id| get(draft, id, |guard| &guard.action)
                    put=|draft, id, text| set(draft, id, |guard| guard.action = text) />
            </div>
        </details>
    }
}

fn actions() -> Signal<Vec<(String, String)>> {
    options(&[
        ("", "As the policy says"),
        ("rollback", "Roll back"),
        ("hold", "Hold until a person decides"),
        ("notify", "Only tell"),
    ])
}

/// What only counts have.
#[component]
fn Counted<P>(
    form: Form,
    id: u32,
    values: Signal<bool>,
    place: P,
    fixed: Signal<bool>,
) -> impl IntoView
where
    P: Fn(&'static str) -> Signal<String> + Copy + Send + Sync + 'static,
{
    view! {
        <Show when=move || !values.get()>
            <Entry form id label="Margin, absolute" unit="in 10\u{202f}000" placeholder="0" disabled=fixed at=place("margin/absolute")
                hint="Whichever margin allows more counts: this one for what is rare."
                of=|draft, id| get(draft, id, |guard| &guard.absolute)
                put=|draft, id, text| set(draft, id, |guard| guard.absolute = text) />
            <Entry form id label="Waits for proof of less than" unit="% worse" placeholder="does not wait" disabled=fixed at=place("require_safe") testid="guard-safe"
                hint="No stage is left before so much can be ruled out."
                of=|draft, id| get(draft, id, |guard| &guard.require_safe)
                put=|draft, id, text| set(draft, id, |guard| guard.require_safe = text) />
        </Show>
    }
}
