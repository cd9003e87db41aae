//! Editing the stages of a new release.

use leptos::prelude::*;
use serin_api::error::Detail;

use super::{
    form::Form,
    stages::{StageDraft, at, bake_words, with_another},
};
use crate::components::{
    button::{Button, IconButton},
    each::{Each, entry},
    icon::Glyph,
};

/// A row for each stage.
#[component]
pub(crate) fn StagesEditor(form: Form, mistakes: Memo<Vec<Detail>>) -> impl IntoView {
    let rows = move || {
        let row = |id: u32| {
            entry(id, move || {
                view! { <StageRow form mistakes id /> }.into_any()
            })
        };
        form.stages
            .with(|stages| stages.iter().map(|stage| row(stage.id)).collect())
    };
    let overall = move || {
        mistakes.with(|mistakes| {
            let all = mistakes.iter().filter(|detail| detail.path == "/stages");
            at(&all.cloned().collect::<Vec<_>>(), "/stages")
        })
    };
    let add = move |()| form.edit_stages(|stages| *stages = with_another(stages));
    view! {
        <div class="stages-editor" role="group" aria-label="Stages">
            <div class="stage-edit stage-edit-head tiny faint" aria-hidden="true">
                <span></span>
                <span>"Share of units"</span>
                <span>"Bakes for"</span>
                <span>"Name"</span>
                <span></span>
            </div>
            <ol class="stage-edits">
                <Each of=rows />
            </ol>
            <p class="field-error" role="status">{overall}</p>
            <div>
                <Button small=true glyph=Glyph::Plus on_click=add>"Add a stage"</Button>
            </div>
        </div>
    }
}

#[component]
fn StageRow(form: Form, mistakes: Memo<Vec<Detail>>, id: u32) -> impl IntoView {
    let index = Memo::new(move |_| {
        form.stages
            .with(|stages| stages.iter().position(|stage| stage.id == id))
            .unwrap_or(0)
    });
    let count = Memo::new(move |_| form.stages.with(Vec::len));
    let text = move |of: fn(&StageDraft) -> &String| {
        Signal::derive(move || {
            form.stages.with(|stages| {
                let stage = stages.iter().find(|stage| stage.id == id);
                stage.map_or_else(String::new, |stage| of(stage).clone())
            })
        })
    };
    let edit = move |put: fn(&mut StageDraft, String), text: String| {
        form.edit_stages(|stages| {
            if let Some(stage) = stages.iter_mut().find(|stage| stage.id == id) {
                put(stage, text);
            }
        });
    };
    let number = move || index.get() + 1;
    let problem = Memo::new(move |_| {
        mistakes.with(|mistakes| at(mistakes, &format!("/stages/{}", index.get())))
    });
    let wrong = move |member: &'static str| {
        let path = format!("/stages/{}/{member}", index.get());
        mistakes
            .with(|mistakes| at(mistakes, &path))
            .is_some()
            .then_some("true")
    };
    let (weight, bake, name) = (text(|s| &s.weight), text(|s| &s.bake), text(|s| &s.name));
    let words = move || bake_words(&bake.get(), index.get() + 1 == count.get());
    let remove = move |()| form.edit_stages(|stages| stages.retain(|stage| stage.id != id));
    view! {
        <li class="stage-edit" data-testid="stage-edit">
            <span class="stage-number number" aria-hidden="true">{number}</span>
            <span class="with-unit">
                <input
                    class="input number"
                    inputmode="decimal"
                    aria-label=move || format!("Stage {}: percent of units", number())
                    aria-invalid=move || wrong("weight")
                    data-testid="stage-weight"
                    prop:value=move || weight.get()
                    on:input:target=move |event| edit(|stage, text| stage.weight = text, event.target().value())
                />
                <span class="unit" aria-hidden="true">"%"</span>
            </span>
            <span class="stage-bake">
                <input
                    class="input number"
                    placeholder="until advanced"
                    aria-label=move || format!("Stage {}: bake time, like 30m", number())
                    aria-invalid=move || wrong("min_bake")
                    data-testid="stage-bake"
                    prop:value=move || bake.get()
                    on:input:target=move |event| edit(|stage, text| stage.bake = text, event.target().value())
                />
                <span class="tiny faint">{words}</span>
            </span>
            <input
                class="input"
                placeholder=move || format!("Stage {}", number())
                aria-label=move || format!("Stage {}: name", number())
                aria-invalid=move || wrong("name")
                prop:value=move || name.get()
                on:input:target=move |event| edit(|stage, text| stage.name = text, event.target().value())
            />
            <IconButton
                glyph=Glyph::Trash
                label=Signal::derive(move || format!("Remove stage {}", number()))
                on_click=remove
                disabled=Signal::derive(move || count.get() < 2)
            />
            <p class="field-error stage-problem" role="status">{move || problem.get()}</p>
        </li>
    }
}
