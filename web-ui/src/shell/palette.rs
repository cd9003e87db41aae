//! Going anywhere by name: `Ctrl K`.

use crate::components::show::Show;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use crate::{
    components::icon::{Glyph, Icon},
    matching,
    place::{Place, address},
    router::Router,
    shell::ProjectFlags,
};

/// How many results are shown.
const SHOWN: usize = 12;

#[derive(Clone, PartialEq)]
struct Entry {
    glyph: Glyph,
    words: String,
    key: String,
    href: String,
}

/// The search over flags and pages.
#[component]
pub(crate) fn Palette(open: RwSignal<bool>) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    crate::reactive::effect(move || {
        if let Some(dialog) = node.get() {
            match (open.get(), dialog.open()) {
                (true, false) => {
                    let _ = dialog.show_modal();
                }
                (false, true) => dialog.close(),
                _ => {}
            }
        }
    });
    let shortcut = window_event_listener(ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            open.update(|open| *open = !*open);
        }
    });
    on_cleanup(move || shortcut.remove());
    view! {
        <dialog
            class="palette"
            node_ref=node
            aria-label="Search"
            data-testid=move || open.get().then_some("palette")
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // A click beside the panel lands on the dialog itself.
                if event.target() == event.current_target() {
                    open.set(false);
                }
            }
        >
            <Show when=move || open.get()>
                <Finder open />
            </Show>
        </dialog>
    }
}

#[component]
fn Finder(open: RwSignal<bool>) -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>().0;
    let text = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let all = pages(place).into_iter().chain(
            flags
                .with(|flags| {
                    flags
                        .iter()
                        .map(|item| flag_entry(place, item))
                        .collect::<Vec<_>>()
                })
                .unwrap_or_default(),
        );
        matching::best(
            &text.get(),
            all,
            |entry| [entry.words.as_str(), entry.key.as_str()],
            SHOWN,
        )
    });
    let router = Router::current();
    let go = move |href: &str| {
        open.set(false);
        router.go(href);
    };
    let go = StoredValue::new_local(go);
    let on_keydown = move |event: ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                let href = found
                    .with_untracked(|found| found.get(at.get_untracked()).map(|e| e.href.clone()));
                if let Some(href) = href {
                    go.with_value(|go| go(&href));
                }
            }
            _ => return,
        }
        event.prevent_default();
        request_animation_frame(reveal);
    };
    let items = move || {
        found
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                let href = entry.href.clone();
                let differs = entry.key != entry.words;
                view! {
                    <li
                        class="palette-item"
                        role="option"
                        id=format!("palette-{index}")
                        aria-selected=move || if at.get() == index { "true" } else { "false" }
                        on:mousemove=move |_| at.set(index)
                        on:click=move |_| go.with_value(|go| go(&href))
                    >
                        <Icon glyph=entry.glyph />
                        <span class="truncate">{entry.words}</span>
                        {differs.then(|| view! { <span class="truncate tiny faint mono push">{entry.key}</span> })}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="palette-input">
            <Icon glyph=Glyph::Search size=18 />
            <input
                type="text"
                role="combobox"
                aria-label="Search flags and pages"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=move || format!("palette-{}", at.get())
                placeholder="Search flags and pages"
                autocomplete="off"
                spellcheck="false"
                autofocus=true
                on:input:target=move |event| {
                    text.set(event.target().value());
                    at.set(0);
                }
                on:keydown=on_keydown
            />
            <kbd>"Esc"</kbd>
        </div>
        <ul class="palette-list" role="listbox" id="palette-list" aria-label="Results">{items}</ul>
        <Show when=move || found.with(Vec::is_empty)>
            <p class="palette-none">"Nothing of this name here."</p>
        </Show>
    }
}

/// Brings the chosen entry into view.
fn reveal() {
    let chosen = document()
        .query_selector(".palette-item[aria-selected=true]")
        .ok()
        .flatten();
    if let Some(chosen) = chosen.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        chosen.scroll_into_view_with_bool(false);
    }
}

fn pages(place: Place) -> Vec<Entry> {
    let mut entries: Vec<_> = [
        ("flags", "Flags", Glyph::Flag),
        ("segments", "Segments", Glyph::Segment),
        ("releases", "Releases", Glyph::Release),
        ("releases/templates", "Release templates", Glyph::Release),
        ("metrics", "Metrics", Glyph::Metric),
        ("changes", "Changes", Glyph::Change),
        ("audit", "Audit", Glyph::Audit),
        ("settings/keys", "SDK keys", Glyph::Key),
        ("settings/webhooks", "Webhooks", Glyph::Arrow),
        ("settings", "Settings", Glyph::Settings),
    ]
    .into_iter()
    .map(|(path, words, glyph)| Entry {
        glyph,
        words: words.to_owned(),
        key: words.to_owned(),
        href: place.path(path),
    })
    .collect();
    let project = place.project.get();
    entries.extend(place.environments().into_iter().map(|environment| Entry {
        glyph: if environment.production {
            Glyph::Shield
        } else {
            Glyph::Arrow
        },
        href: address(&project, &environment.key, "flags"),
        words: format!("Go to {}", environment.name),
        key: environment.key,
    }));
    entries
}

fn flag_entry(place: Place, item: &serin_api::entity::FlagListItem) -> Entry {
    let key = item.flag.key.clone();
    Entry {
        glyph: if item.flag.document.archived {
            Glyph::Archive
        } else {
            Glyph::Flag
        },
        words: item
            .flag
            .document
            .name
            .clone()
            .unwrap_or_else(|| key.clone()),
        href: place.flag_path(&key),
        key,
    }
}
