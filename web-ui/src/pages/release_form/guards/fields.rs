//! The fields of a guard, by the way that it judges.

use leptos::prelude::*;
use serin_engine::release::{Metric, MetricKind};

use super::{get, guard, set};
use crate::{
    components::{segmented::Segmented, show::Show},
    pages::release_form::{
        draft::guards::{GuardDraft, Way},
        entry::{Entry, MetricEntry, options},
        form::Form,
    },
};

/// What a guard of the form is about, for all of its fields.
#[derive(Clone, Copy)]
struct Guarded {
    form: Form,
    id: u32,
    index: Memo<usize>,
    way: Memo<Way>,
    /// Cannot be changed.
    fixed: Signal<bool>,
}

impl Guarded {
    /// The place of a member in the document.
    fn place(self, member: &'static str) -> Signal<String> {
        Signal::derive(move || format!("/guards/{}/{member}", self.index.get()))
    }

    fn edit(self, edit: impl FnOnce(&mut GuardDraft)) {
        self.form.edit(|draft| set(draft, self.id, edit));
    }

    /// Whether its metric has values, tracked.
    fn has_values(self) -> bool {
        let draft = self.form.draft;
        let key = draft.with(|draft| get(draft, self.id, |it| &it.metric));
        let metric = self.form.metric(&key);
        metric.is_some_and(|metric| metric.kind == MetricKind::Value)
    }
}

/// The way that it judges, the metric, and what goes with both.
#[component]
pub(super) fn GuardFields(form: Form, id: u32, index: Memo<usize>) -> impl IntoView {
    let of = move || {
        form.draft
            .with(|draft| guard(draft, id).map(|guard| guard.way))
    };
    let at = Guarded {
        form,
        id,
        index,
        way: Memo::new(move |_| of().unwrap_or_default()),
        fixed: Signal::derive(move || form.fixed()),
    };
    let way = Signal::derive(move || at.way.get().name().to_owned());
    let judge = move |name: String| at.edit(|guard| guard.judge(Way::of(&name)));
    let more = move || match at.way.get() {
        Way::Compare => view! { <Compared at /> }.into_any(),
        Way::Limit => view! { <Limited at /> }.into_any(),
        Way::Budget => view! { <Budgeted at /> }.into_any(),
    };
    view! {
        <div class="field">
            <span class="field-label">"Held against"</span>
            <Segmented
                label="Held against"
                options=vec![("compare", "Baseline"), ("limit", "Limit"), ("budget", "Error budget")]
                value=way
                disabled=at.fixed
                on_change=judge
            />
        </div>
        {more}
    }
}

#[component]
fn Named(at: Guarded, label: &'static str, placeholder: &'static str) -> impl IntoView {
    let Guarded { form, id, .. } = at;
    let value = Signal::derive(move || form.draft.with(|draft| get(draft, id, |it| &it.metric)));
    let choose = move |key: String| {
        let found = untrack(|| form.metric(&key));
        at.edit(|guard| guard.choose(key, found.as_ref()));
    };
    let fits = move |metric: Metric| at.way.get().fits(&metric);
    let place =
        Signal::derive(move || format!("/guards/{}/{}", at.index.get(), at.way.get().member()));
    view! {
        <MetricEntry form label value on_change=choose fits at=place placeholder disabled=at.fixed testid="guard-metric" />
    }
}

#[component]
fn Compared(at: Guarded) -> impl IntoView {
    let Guarded {
        form, id, fixed, ..
    } = at;
    let bad = Signal::derive(move || {
        let down = form
            .draft
            .with(|draft| guard(draft, id).is_some_and(|guard| guard.down));
        if down { "down" } else { "up" }.to_owned()
    });
    let counts = move || !at.has_values();
    let tests = options(&[
        ("", "Which arm each event is of"),
        ("block", "Each arm's own outcomes"),
    ]);
    view! {
        <div class="form-pairs two">
            <Named at label="Metric" placeholder="checkout-errors" />
            <div class="field">
                <span class="field-label">"Which way is bad"</span>
                <Segmented
                    label="Which way is bad"
                    options=vec![("up", "More of it"), ("down", "Less of it")]
                    value=bad
                    disabled=fixed
                    on_change=move |way: String| at.edit(|guard| guard.down = way == "down")
                />
            </div>
        </div>
        <details class="more">
            <summary class="small muted">"Margin, safety and what follows"</summary>
            <div class="form-pairs">
                <Entry form id label="Margin, relative" unit="%" placeholder="0" disabled=fixed at=at.place("margin/relative") testid="guard-relative"
                    hint="So much worse than the baseline is still no harm."
                    of=|draft, id| get(draft, id, |guard| &guard.relative)
                    put=|draft, id, text| set(draft, id, |guard| guard.relative = text) />
                <Show when=counts>
                    <Entry form id label="Margin, absolute" unit="in 10\u{202f}000" placeholder="0" disabled=fixed at=at.place("margin/absolute")
                        hint="Whichever margin allows more counts: this one for what is rare."
                        of=|draft, id| get(draft, id, |guard| &guard.absolute)
                        put=|draft, id, text| set(draft, id, |guard| guard.absolute = text) />
                    <Safe at />
                    <Entry form id label="Compared by" options=tests disabled=fixed at=at.place("test")
                        hint="The first is right for counts of any kind. The second is sharper where more than a tenth of the units have the event."
                        of=|draft, id| guard(draft, id).filter(|guard| guard.block).map_or("", |_| "block").to_owned()
                        put=|draft, id, text| set(draft, id, |guard| guard.block = text == "block") />
                </Show>
                <Follows at />
            </div>
        </details>
    }
}

#[component]
fn Limited(at: Guarded) -> impl IntoView {
    let Guarded {
        form, id, fixed, ..
    } = at;
    view! {
        <div class="form-pairs two">
            <Named at label="Metric" placeholder="pricing-mismatch" />
            <Entry form id label="Limit" unit="in 10\u{202f}000" placeholder="10" disabled=fixed at=at.place("limit") testid="guard-limit"
                hint="For what the baseline cannot have, as results that differ from its own."
                of=|draft, id| get(draft, id, |guard| &guard.limit)
                put=|draft, id, text| set(draft, id, |guard| guard.limit = text) />
        </div>
        <details class="more">
            <summary class="small muted">"Safety and what follows"</summary>
            <div class="form-pairs"><Safe at /><Follows at /></div>
        </details>
    }
}

/// Proof of safety, which only counts have.
#[component]
fn Safe(at: Guarded) -> impl IntoView {
    view! {
        <Entry form=at.form id=at.id label="Waits for proof of less than" unit="% worse" placeholder="does not wait" disabled=at.fixed at=at.place("require_safe") testid="guard-safe"
            hint="No stage is left before so much can be ruled out."
            of=|draft, id| get(draft, id, |guard| &guard.require_safe)
            put=|draft, id, text| set(draft, id, |guard| guard.require_safe = text) />
    }
}

/// What follows from harm that the guard sees.
#[component]
fn Follows(at: Guarded) -> impl IntoView {
    let actions = options(&[
        ("", "As the policy says"),
        ("rollback", "Roll back"),
        ("hold", "Hold until a person decides"),
        ("notify", "Only tell"),
    ]);
    let hint = "Guards that roll back share the false alarms between them; the others act alone.";
    view! { <Acts at label="What follows from harm" actions hint testid="guard-follows" /> }
}

#[component]
fn Budgeted(at: Guarded) -> impl IntoView {
    let actions = options(&[
        ("hold", "Hold while it burns"),
        ("rollback", "It is harm, as the policy says"),
        ("notify", "Only tell, once"),
    ]);
    view! {
        <div class="form-pairs two">
            <Named at label="Objective" placeholder="checkout-availability" />
            <Acts at label="While the budget burns" actions testid="guard-burns" />
        </div>
    }
}

/// What it does, of the actions that there are for it.
#[component]
fn Acts(
    at: Guarded,
    label: &'static str,
    actions: Signal<Vec<(String, String)>>,
    #[prop(optional)] hint: &'static str,
    testid: &'static str,
) -> impl IntoView {
    view! {
        <Entry form=at.form id=at.id label options=actions disabled=at.fixed at=at.place("action") testid hint
            of=|draft, id| get(draft, id, |guard| &guard.action)
            put=|draft, id, text| set(draft, id, |guard| guard.action = text) />
    }
}
