//! What most stages do without, and what a shadow stage reports.

use leptos::prelude::*;
use serin_engine::release::{Metric, MetricKind};

use super::{get, set};
use crate::{
    components::show::Show,
    pages::release_form::{
        entry::{Entry, MetricEntry, options, problem},
        form::Form,
    },
};

/// Segment, longest bake, approval; watch and holdback of the last one.
#[component]
pub(super) fn StageMore(
    form: Form,
    id: u32,
    last: Memo<bool>,
    place: Signal<String>,
    fixed: Signal<bool>,
) -> impl IntoView {
    let at = member(place);
    let segments = Signal::derive(move || {
        let mut all = vec![(String::new(), "Everybody".to_owned())];
        let known = form.segments.data().unwrap_or_default();
        all.extend(known.into_iter().map(|segment| {
            let words = segment.document.name.unwrap_or_else(|| segment.key.clone());
            (segment.key, words)
        }));
        // One that there is none of is shown too: it is what is to be mended.
        let chosen = form
            .draft
            .with(|draft| get(draft, id, |stage| &stage.segment));
        if !all.iter().any(|(key, _)| *key == chosen) {
            all.push((chosen.clone(), chosen));
        }
        all
    });
    let early = move || {
        view! {
            <Entry form id label="For" options=segments disabled=fixed at=at("segment") testid="stage-segment"
                hint="A segment goes ahead of the others, like the staff."
                of=|draft, id| get(draft, id, |stage| &stage.segment)
                put=|draft, id, text| set(draft, id, |stage| stage.segment = text) />
        }
        .into_any()
    };
    let end = move || {
        view! {
            <Entry form id label="Watched for" placeholder="not" disabled=fixed at=at("watch")
                hint="In place of a bake: everybody has it, and harm still takes it back."
                of=|draft, id| get(draft, id, |stage| &stage.watch)
                put=|draft, id, text| set(draft, id, |stage| stage.watch = text) />
            <Entry form id label="Held back" unit="%" placeholder="0" disabled=fixed at=at("holdback")
                hint="Stay with the baseline until it is complete, so that both can still be compared."
                of=|draft, id| get(draft, id, |stage| &stage.holdback)
                put=|draft, id, text| set(draft, id, |stage| stage.holdback = text) />
        }
        .into_any()
    };
    view! {
        <div class="form-pairs">
            <Ends form id place fixed />
            <Show when=move || last.get() fallback=early>{end()}</Show>
        </div>
    }
}

/// How long at the most, and who has to agree.
#[component]
fn Ends(form: Form, id: u32, place: Signal<String>, fixed: Signal<bool>) -> impl IntoView {
    let at = member(place);
    let by = options(&[
        ("", "Nobody has to"),
        ("editor", "An editor"),
        ("admin", "An admin"),
    ]);
    view! {
        <Entry form id label="At the most" placeholder="as long as it takes" disabled=fixed at=at("max_bake")
            hint="When evidence is still missing then, the policy says what follows."
            of=|draft, id| get(draft, id, |stage| &stage.max_bake)
            put=|draft, id, text| set(draft, id, |stage| stage.max_bake = text) />
        <Entry form id label="Approves leaving it" options=by disabled=fixed at=at("approval") testid="stage-approval"
            of=|draft, id| get(draft, id, |stage| &stage.approval)
            put=|draft, id, text| set(draft, id, |stage| stage.approval = text) />
    }
}

/// What a shadow stage reports, and when it ends.
#[component]
pub(super) fn Shadowed(
    form: Form,
    id: u32,
    place: Signal<String>,
    fixed: Signal<bool>,
) -> impl IntoView {
    let at = member(place);
    // What is wrong with it as a whole, and not with one of its metrics.
    let whole = move || {
        let place = format!("{}/shadow", place.get());
        form.mistakes.with(|all| {
            let mut all = all.iter();
            all.any(|detail| detail.path == place)
                .then(|| problem(form, Signal::stored(place.clone())).get())
                .flatten()
        })
    };
    let mismatch =
        Signal::derive(move || form.draft.with(|draft| get(draft, id, |it| &it.mismatch)));
    let latency = Signal::derive(move || form.draft.with(|draft| get(draft, id, |it| &it.latency)));
    let counted = |metric: Metric| metric.kind == MetricKind::Count && metric.source.is_none();
    let timed = |metric: Metric| metric.kind == MetricKind::Value;
    view! {
        <p class="small muted shadow-about">
            "Programs that call " <code class="mono">"client.shadow"</code>
            " do it both ways for these units, keep the baseline's result, and report whether the candidate's differs."
        </p>
        <p class="field-error" role="status">{whole}</p>
        <div class="form-pairs">
            <MetricEntry form label="Counts results that differ" value=mismatch fits=counted disabled=fixed at=at("shadow/mismatch") placeholder="pricing-mismatch" testid="stage-mismatch"
                hint="A guard that limits it comes with it."
                on_change=move |key: String| form.edit(|draft| draft.choose_mismatch(id, key)) />
            <MetricEntry form label="Times both ways" value=latency fits=timed disabled=fixed at=at("shadow/latency") placeholder="nothing" testid="stage-latency"
                hint="In milliseconds; a guard may compare them."
                on_change=move |key: String| form.edit(|draft| set(draft, id, |stage| stage.latency = key)) />
            <Ends form id place fixed />
        </div>
    }
}

/// The places of a stage's members in the document.
fn member(place: Signal<String>) -> impl Fn(&'static str) -> Signal<String> + Copy {
    move |member| Signal::derive(move || format!("{}/{member}", place.get()))
}
