//! Views of the same thing, one at a time.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::field::fresh_id;

/// Tabs over a panel; arrow keys move between them.
#[component]
pub(crate) fn Tabs(
    /// What the tabs are about.
    #[prop(into)]
    label: String,
    /// Names and words of the tabs.
    tabs: Vec<(&'static str, &'static str)>,
    /// The name of the one that is shown.
    selected: RwSignal<String>,
    /// What is below them, by the selected name.
    panel: Callback<String, AnyView>,
) -> impl IntoView {
    let id = fresh_id("tabs");
    let list = NodeRef::<html::Div>::new();
    let names: Vec<&'static str> = tabs.iter().map(|(name, _)| *name).collect();
    let on_keydown = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => names.len() - 1,
            _ => return,
        };
        event.prevent_default();
        let at = names
            .iter()
            .position(|name| *name == selected.get_untracked())
            .unwrap_or(0);
        let next = (at + step) % names.len();
        selected.set(names[next].to_owned());
        let tab = list
            .get_untracked()
            .and_then(|list| list.children().item(next as u32))
            .and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(tab) = tab {
            let _ = tab.focus();
        }
    };
    let panel_id = format!("{id}-panel");
    let buttons = tabs
        .into_iter()
        .map(|(name, words)| {
            let chosen = move || selected.get() == name;
            view! {
                <button
                    type="button"
                    role="tab"
                    class="tab"
                    id=format!("{id}-{name}")
                    aria-selected=move || if chosen() { "true" } else { "false" }
                    aria-controls=panel_id.clone()
                    tabindex=move || if chosen() { "0" } else { "-1" }
                    on:click=move |_| selected.set(name.to_owned())
                >
                    {words}
                </button>
            }
        })
        .collect_view();
    let labelled_by = {
        let id = id.clone();
        move || format!("{id}-{}", selected.get())
    };
    view! {
        <div class="tabs">
            <div class="tab-list" role="tablist" aria-label=label node_ref=list on:keydown=on_keydown>
                {buttons}
            </div>
            <div role="tabpanel" id=format!("{id}-panel") aria-labelledby=labelled_by tabindex="0" class="tab-panel">
                {move || panel.run(selected.get())}
            </div>
        </div>
    }
}
