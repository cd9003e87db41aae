//! Other flags that must serve something first.

use leptos::prelude::*;
use serin_engine::flag::Prerequisite;

use super::{
    editor::Editor,
    entries::{Back, Entries, Entry},
};
use crate::conditions::Requirement;

/// All of them must hold.
#[component]
pub(crate) fn Prerequisites() -> impl IntoView {
    let config = expect_context::<Editor>().config;
    let add = move |()| config.update(|config| config.prerequisites.push(nothing()));
    view! {
        <Entries
            count=Signal::derive(move || config.with(|config| config.prerequisites.len()))
            row=|index| view! { <Row index /> }.into_any()
            at="/prerequisites"
            empty="None: this flag depends on no other."
            add="Add prerequisite"
            on_add=add
            testid="add-prerequisite"
        />
    }
}

fn nothing() -> Prerequisite {
    Prerequisite {
        flag: String::new(),
        variations: Vec::new(),
    }
}

#[component]
fn Row(index: usize) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let (config, mistakes) = (editor.config, editor.views.mistakes);
    let at = format!("/prerequisites/{index}");
    let here = at.clone();
    let now = move || {
        config
            .with(|config| config.prerequisites.get(index).cloned())
            .unwrap_or_else(nothing)
    };
    let on_change = move |(flag, variations): (String, Vec<String>)| {
        config.update(|config| {
            if let Some(prerequisite) = config.prerequisites.get_mut(index) {
                *prerequisite = Prerequisite { flag, variations };
            }
        });
    };
    let remove = move |()| {
        let removed = now();
        config.update(|config| drop(config.prerequisites.remove(index)));
        let back: Back = Box::new(move || {
            config.try_update(|config| {
                let index = index.min(config.prerequisites.len());
                config.prerequisites.insert(index, removed.clone());
            });
        });
        back
    };
    view! {
        <Entry at=at.clone() what="prerequisite" on_remove=remove>
            <Requirement
                flag=Signal::derive(move || now().flag)
                variations=Signal::derive(move || now().variations)
                on_change
                but=Signal::derive(move || editor.key())
                disabled=Signal::derive(move || editor.locked())
                at=Signal::stored(here)
                mistake=Signal::derive(move || mistakes.at(&format!("{at}/flag")))
            >
                <span class="keyword">"serves"</span>
            </Requirement>
        </Entry>
    }
}
