//! Search, filters and order of the list.

use crate::components::show::Show;
use leptos::{ev, html, prelude::*};
use serin_api::entity::FlagListItem;
use wasm_bindgen::JsCast;

use super::filter::{self, Filter, Sort};
use crate::{
    components::{
        icon::{Glyph, Icon},
        menu::Menu,
        select::Select,
    },
    variations::{KINDS, kind_name},
};

/// The search field with filter chips; `/` goes to it.
#[component]
pub(crate) fn Toolbar(
    all: RwSignal<Vec<FlagListItem>>,
    filter: RwSignal<Filter>,
    sort: RwSignal<Sort>,
    count: Signal<usize>,
) -> impl IntoView {
    let search = NodeRef::<html::Input>::new();
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if event.key() == "/"
            && !is_typing(&event)
            && let Some(search) = search.get_untracked()
        {
            event.prevent_default();
            let _ = search.focus();
            search.select();
        }
    });
    on_cleanup(move || shortcut.remove());
    let on_keydown = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            filter.update(|filter| filter.text.clear());
        } else if event.key() == "ArrowDown" {
            focus_first_row(&event);
        }
    };
    let count = move || match count.get() {
        1 => "1 flag".to_owned(),
        count => format!("{count} flags"),
    };
    let order = Signal::derive(move || {
        Sort::ALL
            .iter()
            .find(|(order, ..)| *order == sort.get())
            .map_or("", |(_, name, _)| name)
            .to_owned()
    });
    let orders: Vec<_> = Sort::ALL
        .iter()
        .map(|(_, name, words)| ((*name).to_owned(), (*words).to_owned()))
        .collect();
    let on_sort = move |name: String| {
        if let Some((order, ..)) = Sort::ALL.iter().find(|(_, other, _)| *other == name) {
            sort.set(*order);
        }
    };
    view! {
        <div class="toolbar" role="search">
            <label class="search-field">
                <Icon glyph=Glyph::Search />
                <input
                    type="search"
                    node_ref=search
                    aria-label="Search flags"
                    placeholder="Search by name, key, tag or owner"
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="flag-search"
                    prop:value=move || filter.read().text.clone()
                    on:input:target=move |event| filter.update(|filter| filter.text = event.target().value())
                    on:keydown=on_keydown
                />
                <kbd aria-hidden="true">"/"</kbd>
            </label>
            <Chips all filter />
            <span class="push row">
                <span class="small faint number" role="status">{count}</span>
                <span class="sort-select"><Select options=orders value=order on_change=on_sort label="Order" /></span>
            </span>
        </div>
    }
}

#[component]
fn Chips(all: RwSignal<Vec<FlagListItem>>, filter: RwSignal<Filter>) -> impl IntoView {
    let state = move || {
        filter
            .read()
            .enabled
            .map_or("State", |on| if on { "On" } else { "Off" })
            .to_owned()
    };
    let states = move || {
        [
            (None, "Any state"),
            (Some(true), "On"),
            (Some(false), "Off"),
        ]
        .map(|(value, words)| {
            (
                words.to_owned(),
                filter.read().enabled == value,
                Callback::new(move |()| filter.update(|f| f.enabled = value)),
            )
        })
        .to_vec()
    };
    let kind = move || filter.read().kind.map_or("Type", kind_name).to_owned();
    let kinds = move || {
        let any = (
            "Any type".to_owned(),
            filter.read().kind.is_none(),
            Callback::new(move |()| filter.update(|f| f.kind = None)),
        );
        let each = KINDS.map(|(kind, _, words)| {
            (
                words.to_owned(),
                filter.read().kind == Some(kind),
                Callback::new(move |()| filter.update(|f| f.kind = Some(kind))),
            )
        });
        [any].into_iter().chain(each).collect()
    };
    let tag = move || {
        filter
            .read()
            .tag
            .clone()
            .unwrap_or_else(|| "Tag".to_owned())
    };
    let tags = move || {
        let any = (
            "Any tag".to_owned(),
            filter.read().tag.is_none(),
            Callback::new(move |()| filter.update(|f| f.tag = None)),
        );
        let each = all.with(|all| filter::tags(all)).into_iter().map(|tag| {
            let chosen = filter.read().tag.as_ref() == Some(&tag);
            let words = tag.clone();
            (
                words,
                chosen,
                Callback::new(move |()| filter.update(|f| f.tag = Some(tag.clone()))),
            )
        });
        [any].into_iter().chain(each).collect()
    };
    let narrowed = Memo::new(move |_| filter.read().narrows());
    view! {
        <div class="chips">
            <ChoiceChip label=Signal::derive(state) active=Signal::derive(move || filter.read().enabled.is_some()) choices=Signal::derive(states) />
            <ChoiceChip label=Signal::derive(kind) active=Signal::derive(move || filter.read().kind.is_some()) choices=Signal::derive(kinds) />
            <ChoiceChip label=Signal::derive(tag) active=Signal::derive(move || filter.read().tag.is_some()) choices=Signal::derive(tags) />
            <ToggleChip words="In release" pressed=Signal::derive(move || filter.read().releasing) on_press=move |()| filter.update(|f| f.releasing = !f.releasing) />
            <ToggleChip words="Archived" pressed=Signal::derive(move || filter.read().archived) on_press=move |()| filter.update(|f| f.archived = !f.archived) />
            <Show when=move || narrowed.get()>
                <button type="button" class="chip-clear" on:click=move |_| filter.set(Filter::default())>"Clear"</button>
            </Show>
        </div>
    }
}

/// A choice: its words, whether it is the present one, and taking it.
type Choice = (String, bool, Callback<()>);

#[component]
fn ChoiceChip(
    label: Signal<String>,
    active: Signal<bool>,
    choices: Signal<Vec<Choice>>,
) -> impl IntoView {
    let trigger = move || {
        view! {
            <span class="filter-chip" class:active=move || active.get()>
                {move || label.get()}
                <Icon glyph=Glyph::Chevron size=10 />
            </span>
        }
    };
    let entries = move || {
        choices
            .get()
            .into_iter()
            .map(|(words, chosen, choose)| {
                view! {
                    <button
                        type="button"
                        class="menu-item"
                        data-closes
                        aria-pressed=if chosen { "true" } else { "false" }
                        on:click=move |_| choose.run(())
                    >
                        <span class="truncate grow">{words}</span>
                        {chosen.then(|| view! { <Icon glyph=Glyph::Check /> })}
                    </button>
                }
            })
            .collect_view()
    };
    view! { <Menu trigger=ViewFn::from(trigger) class="chip-trigger">{entries}</Menu> }
}

#[component]
fn ToggleChip(
    words: &'static str,
    pressed: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="filter-chip"
            class:active=move || pressed.get()
            aria-pressed=move || if pressed.get() { "true" } else { "false" }
            on:click=move |_| on_press.run(())
        >
            {words}
        </button>
    }
}

/// Whether the key press is part of a text.
fn is_typing(event: &ev::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let text =
        target.is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false));
    let in_dialog = document()
        .query_selector("dialog[open]")
        .ok()
        .flatten()
        .is_some();
    text || in_dialog || event.ctrl_key() || event.meta_key() || event.alt_key()
}

fn focus_first_row(event: &ev::KeyboardEvent) {
    let first = document()
        .query_selector(".flag-list .flag-link")
        .ok()
        .flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        // The list would move on by one row otherwise.
        event.stop_propagation();
        let _ = first.focus();
    }
}
