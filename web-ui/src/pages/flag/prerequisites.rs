//! Other flags that must serve something first.

use crate::components::each::{Each, entry};
use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::flag::Prerequisite;

use super::editor::Editor;
use crate::{
    components::{
        button::{Button, IconButton, Look},
        icon::Glyph,
        select::Select,
    },
    shell::ProjectFlags,
};

/// All of them must hold.
#[component]
pub(crate) fn Prerequisites() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let indices = Memo::new(move |_| 0..editor.config.with(|config| config.prerequisites.len()));
    let add = move |()| {
        editor.config.update(|config| {
            config.prerequisites.push(Prerequisite {
                flag: String::new(),
                variations: Vec::new(),
            });
        });
    };
    let rows = move || {
        let row = |index| {
            entry(index, move || {
                view! { <PrerequisiteEditor index /> }.into_any()
            })
        };
        indices.get().map(row).collect()
    };
    view! {
        <ul class="targets">
            <Each of=rows />
        </ul>
        <Show when=move || indices.get().is_empty()>
            <p class="small faint">"None: this flag depends on no other."</p>
        </Show>
        <Show when=move || !editor.locked()>
            <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=add testid="add-prerequisite">"Add prerequisite"</Button>
        </Show>
    }
}

#[component]
fn PrerequisiteEditor(index: usize) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let flags = expect_context::<ProjectFlags>().0;
    let now = Memo::new(move |_| {
        editor.config.with(|config| {
            config
                .prerequisites
                .get(index)
                .cloned()
                .unwrap_or(Prerequisite {
                    flag: String::new(),
                    variations: Vec::new(),
                })
        })
    });
    let edit = move |change: &dyn Fn(&mut Prerequisite)| {
        editor.config.update(|config| {
            config
                .prerequisites
                .get_mut(index)
                .into_iter()
                .for_each(change);
        });
    };
    let locked = Signal::derive(move || editor.locked());
    let options = Signal::derive(move || {
        let own = editor.key();
        let mut options = vec![(String::new(), "choose a flag".to_owned())];
        let others = flags.with(|flags| {
            let others = flags
                .iter()
                .filter(|item| item.flag.key != own && !item.flag.document.archived);
            others
                .map(|item| (item.flag.key.clone(), item.flag.key.clone()))
                .collect::<Vec<_>>()
        });
        options.extend(others.unwrap_or_default());
        options
    });
    let variations = move || {
        let key = now.with(|now| now.flag.clone());
        flags
            .with(|flags| {
                let item = flags.iter().find(|item| item.flag.key == key)?;
                Some(
                    item.flag
                        .document
                        .variations
                        .iter()
                        .map(|variation| variation.key.clone())
                        .collect::<Vec<_>>(),
                )
            })
            .flatten()
            .unwrap_or_default()
    };
    let choices = move || {
        variations()
            .into_iter()
            .map(|key| {
                let (shown, toggled) = (key.clone(), key.clone());
                let pressed = move || now.with(|now| now.variations.contains(&key));
                let toggle = move |_| {
                    edit(&|prerequisite| match prerequisite
                        .variations
                        .iter()
                        .position(|other| *other == toggled)
                    {
                        Some(at) => {
                            prerequisite.variations.remove(at);
                        }
                        None => prerequisite.variations.push(toggled.clone()),
                    });
                };
                view! {
                    <button
                        type="button"
                        class="filter-chip"
                        class:active=pressed.clone()
                        aria-pressed=move || if pressed() { "true" } else { "false" }
                        disabled=move || locked.get()
                        on:click=toggle
                    >
                        {shown}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <li class="target">
            <span class="target-attribute">
                <Select
                    options
                    value=Signal::derive(move || now.with(|now| now.flag.clone()))
                    on_change=move |flag: String| edit(&|prerequisite| *prerequisite = Prerequisite { flag: flag.clone(), variations: Vec::new() })
                    label="Flag that must serve first"
                    disabled=locked
                />
            </span>
            <span class="keyword">"serves"</span>
            <span class="chips grow">{choices}</span>
            <Show when=move || !locked.get()>
                <IconButton
                    glyph=Glyph::Trash
                    label="Delete prerequisite"
                    on_click=move |()| editor.config.update(|config| { config.prerequisites.remove(index); })
                />
            </Show>
        </li>
    }
}
