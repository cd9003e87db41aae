//! Editing the stages, from a template or typed.

use leptos::prelude::*;
use serin_api::entity::Entity;
use serin_engine::release::Template;

use super::{
    draft::{
        Draft, at,
        stages::{StageDraft, words},
    },
    entry::{Choice, Entry, options},
    form::Form,
};
use crate::{
    client,
    components::{
        button::{Button, IconButton},
        each::{Each, entry},
        field::Field,
        icon::Glyph,
        select::Select,
        show::Show,
    },
    query::Query,
};

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
                    <div>
                        <Button small=true glyph=Glyph::Plus on_click=move |()| form.edit(Draft::add_stage) testid="add-stage">"Add a stage"</Button>
                    </div>
                </div>
            </div>
        </section>
    }
}

/// What to begin with.
#[component]
fn Templates(form: Form) -> impl IntoView {
    let place = form.place;
    let templates = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::release_templates(&project).await },
    );
    let template = RwSignal::new(String::new());
    let choose = move |key: String, from: &[Entity<Template>]| {
        if let Some(found) = from.iter().find(|template| template.key == key) {
            form.edit(|draft| draft.choose(&found.document));
            template.set(key);
        }
    };
    crate::reactive::effect(move || {
        let Some(all) = templates.data() else { return };
        if form.draft.with_untracked(|draft| draft.stages.is_empty())
            && let Some(first) = first_choice(&all)
        {
            choose(first, &all);
            form.settle();
        }
    });
    let offered = move || {
        let all = templates.data().filter(|all| !all.is_empty())?;
        let mut options: Vec<(String, String)> = all
            .iter()
            .map(|known| (known.key.clone(), known.document.name.clone()))
            .collect();
        if template.with(String::is_empty) {
            options.insert(0, (String::new(), "As it is now".to_owned()));
        }
        let on_change = move |key: String| choose(key, &all);
        Some(view! {
            <Field label="Template">
                <Select options value=template on_change testid="new-release-template" />
            </Field>
        })
    };
    let about = move || {
        let key = template.get();
        let all = templates.data()?;
        let found = all.into_iter().find(|known| known.key == key)?;
        found.document.description
    };
    view! {
        <div class="template-row">
            {offered}
            <p class="small muted">{about}</p>
        </div>
    }
}

/// The template to begin with: the one that is made for most, else the first.
fn first_choice(templates: &[Entity<Template>]) -> Option<String> {
    let canary = templates.iter().find(|template| template.key == "canary");
    canary
        .or(templates.first())
        .map(|template| template.key.clone())
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
    let fixed = Signal::derive(move || form.reached.is_some_and(|reached| index.get() <= reached));
    let place = move |member: &'static str| {
        Signal::derive(move || format!("/stages/{}/{member}", index.get()))
    };
    let number = move || index.get() + 1;
    let said = move || {
        form.draft
            .with(|draft| stage(draft, id).map(|stage| words(stage, last.get())))
    };
    let wrong = move || {
        form.mistakes
            .with(|all| at(all, &format!("/stages/{}", index.get())))
    };
    let open = form
        .draft
        .with_untracked(|draft| stage(draft, id).is_some_and(StageDraft::says_more));
    let remove = move |()| form.edit(|draft| draft.stages.retain(|stage| stage.id != id));
    view! {
        <li class="stage-edit" data-testid="stage-edit" class:wrong=move || wrong().is_some()>
            <span class="stage-number number" aria-hidden="true">{number}</span>
            <div class="stage-edit-fields" role="group" aria-label=move || format!("Stage {}", number())>
                <Entry form id label="Share of units" unit="%" disabled=fixed testid="stage-weight" at=place("weight")
                    of=|draft, id| get(draft, id, |stage| &stage.weight)
                    put=|draft, id, text| set(draft, id, |stage| stage.weight = text) />
                <Entry form id label="Bakes for" placeholder="until advanced" disabled=fixed testid="stage-bake" at=place("min_bake")
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
                <summary class="small muted"><span class="number">{said}</span><span class="faint">"· more"</span></summary>
                <StageMore form id last place=Signal::derive(move || format!("/stages/{}", index.get())) fixed />
            </details>
        </li>
    }
}

/// What most stages do without.
#[component]
fn StageMore(
    form: Form,
    id: u32,
    last: Memo<bool>,
    place: Signal<String>,
    fixed: Signal<bool>,
) -> impl IntoView {
    let at =
        move |member: &'static str| Signal::derive(move || format!("{}/{member}", place.get()));
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
            <Choice form id label="For" options=segments disabled=fixed at=at("segment") testid="stage-segment"
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
    let by = options(&[
        ("", "Nobody has to"),
        ("editor", "An editor"),
        ("admin", "An admin"),
    ]);
    view! {
        <div class="form-pairs">
            <Entry form id label="At the most" placeholder="as long as it takes" disabled=fixed at=at("max_bake")
                hint="When evidence is still missing then, the policy says what follows."
                of=|draft, id| get(draft, id, |stage| &stage.max_bake)
                put=|draft, id, text| set(draft, id, |stage| stage.max_bake = text) />
            <Choice form id label="Approves leaving it" options=by disabled=fixed at=at("approval") testid="stage-approval"
                of=|draft, id| get(draft, id, |stage| &stage.approval)
                put=|draft, id, text| set(draft, id, |stage| stage.approval = text) />
            <Show when=move || last.get() fallback=early>{end()}</Show>
        </div>
    }
}
