//! Editing the stages, from a template or typed.

mod more;
mod template;

use leptos::prelude::*;

use super::{
    draft::{
        Draft,
        stages::{StageDraft, words},
    },
    entry::Entry,
    form::{Form, Subject},
};
use crate::{
    components::{
        badge::{Badge, Tone},
        button::{Button, IconButton},
        each::{Each, entry},
        icon::Glyph,
        show::Show,
    },
    typed::at,
};
use more::{Shadowed, StageMore};
use template::Templates;

/// The template, and a row for each stage.
#[component]
pub(super) fn Stages(form: Form) -> impl IntoView {
    let rows = move || {
        let row = |id: u32| entry(id, move || view! { <StageRow form id /> }.into_any());
        form.draft
            .with(|draft| draft.stages.iter().map(|stage| row(stage.id)).collect())
    };
    let overall = move || {
        form.mistakes.with(|mistakes| {
            let all = mistakes.iter().filter(|detail| detail.path == "/stages");
            at(&all.cloned().collect::<Vec<_>>(), "/stages")
        })
    };
    view! {
        <section class="card" aria-labelledby="form-stages">
            <header class="card-head">
                <h2 id="form-stages">"Stages"</h2>
                <span class="tiny faint">"more people at each, the same ones stay"</span>
            </header>
            <div class="card-body stack">
                {(!form.fixed()).then(|| view! { <Templates form /> })}
                <div class="stages-editor" role="group" aria-label="Stages">
                    <ol class="stage-edits"><Each of=rows /></ol>
                    <p class="field-error" role="status">{overall}</p>
                    <div class="row wrap">
                        <Button small=true glyph=Glyph::Plus on_click=move |()| form.edit(Draft::add_stage) testid="add-stage">"Add a stage"</Button>
                        {(!form.fixed()).then(|| view! {
                            <Button small=true glyph=Glyph::Eye on_click=move |()| form.edit(Draft::add_shadow) testid="add-shadow">"Begin with a shadow stage"</Button>
                        })}
                    </div>
                </div>
            </div>
        </section>
    }
}

fn stage(draft: &Draft, id: u32) -> Option<&StageDraft> {
    draft.stages.iter().find(|stage| stage.id == id)
}

fn get(draft: &Draft, id: u32, of: fn(&StageDraft) -> &String) -> String {
    stage(draft, id).map_or_else(String::new, |stage| of(stage).clone())
}

fn set(draft: &mut Draft, id: u32, put: impl FnOnce(&mut StageDraft)) {
    if let Some(stage) = draft.stages.iter_mut().find(|stage| stage.id == id) {
        put(stage);
    }
}

#[component]
fn StageRow(form: Form, id: u32) -> impl IntoView {
    let index = Memo::new(move |_| {
        let position = |draft: &Draft| draft.stages.iter().position(|stage| stage.id == id);
        form.draft.with(position).unwrap_or(0)
    });
    let count = Memo::new(move |_| form.draft.with(|draft| draft.stages.len()));
    let last = Memo::new(move |_| index.get() + 1 == count.get());
    let fixed = Signal::derive(move || form.reached(index.get()));
    let place = move |member: &'static str| {
        Signal::derive(move || format!("/stages/{}/{member}", index.get()))
    };
    let number = move || index.get() + 1;
    let proof = Memo::new(move |_| {
        form.document.with(|document| {
            let document = document.as_ref();
            document.is_some_and(|document| {
                let stage = document.stages.get(index.get());
                stage.is_some_and(|stage| document.asks_for_evidence(stage))
            })
        })
    });
    let present = move || form.subject == Subject::Live(index.get());
    let awaits = Signal::derive(move || {
        let watched = form
            .draft
            .with(|draft| stage(draft, id).is_some_and(|stage| !stage.watch.trim().is_empty()));
        match (last.get(), watched) {
            (true, true) => "watched instead",
            (true, false) => "not: completes",
            (false, _) => "until advanced",
        }
    });
    let said = move || {
        form.draft
            .with(|draft| stage(draft, id).map(|stage| words(stage, last.get(), proof.get())))
    };
    let wrong = move || {
        form.mistakes
            .with(|all| at(all, &format!("/stages/{}", index.get())))
    };
    // A stage is one of the two kinds for as long as it lives.
    let (open, shadow) = form.draft.with_untracked(|draft| {
        let stage = stage(draft, id);
        (
            stage.is_some_and(StageDraft::says_more),
            stage.is_some_and(|stage| stage.shadow),
        )
    });
    let remove = move |()| form.edit(|draft| draft.remove_stage(id));
    let of = if shadow {
        "Units compared"
    } else {
        "Share of units"
    };
    let around = Signal::derive(move || format!("/stages/{}", index.get()));
    let more = if shadow {
        view! { <Shadowed form id place=around fixed /> }.into_any()
    } else {
        view! { <StageMore form id last place=around fixed /> }.into_any()
    };
    view! {
        <li class="stage-edit" data-testid="stage-edit" data-shadow=shadow.then_some("true") class:wrong=move || wrong().is_some()>
            <span class="stage-number number" aria-hidden="true">{number}</span>
            <div class="stage-edit-fields" role="group" aria-label=move || format!("Stage {}", number())>
                <Entry form id label=of unit="%" disabled=fixed testid="stage-weight" at=place("weight")
                    of=|draft, id| get(draft, id, |stage| &stage.weight)
                    put=|draft, id, text| set(draft, id, |stage| stage.weight = text) />
                <Entry form id label="Bakes for" placeholder=awaits disabled=fixed testid="stage-bake" at=place("min_bake")
                    of=|draft, id| get(draft, id, |stage| &stage.bake)
                    put=|draft, id, text| set(draft, id, |stage| stage.bake = text) />
                <Entry form id label="Name" placeholder="optional" disabled=fixed at=place("name")
                    of=|draft, id| get(draft, id, |stage| &stage.name)
                    put=|draft, id, text| set(draft, id, |stage| stage.name = text) />
            </div>
            <IconButton
                glyph=Glyph::Trash
                label=Signal::derive(move || format!("Remove stage {}", number()))
                on_click=remove
                disabled=Signal::derive(move || fixed.get() || count.get() < 2)
            />
            <details class="more stage-more" open=open>
                <summary class="small muted">
                    <Show when=present><Badge tone=Tone::Accent>"In force now"</Badge>" "</Show>
                    {shadow.then(|| view! { <Badge tone=Tone::Accent>"Shadow"</Badge> })}
                    <span class="number">{said}</span>
                    <span class="faint">"· more"</span>
                </summary>
                {more}
            </details>
        </li>
    }
}
