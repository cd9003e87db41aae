//! The list of flags: what users get of each, at a glance.

mod bulk;
mod filter;
mod new_flag;
mod row;
mod toolbar;
mod window;

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::components::each::{Each, entry};
use crate::components::show::Show;
use leptos::{ev, prelude::*};
use serin_api::{entity::FlagListItem, usage::Usage};
use wasm_bindgen::JsCast;

use crate::{
    client,
    components::{
        button::{Button, Look},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        skeleton::SkeletonRows,
    },
    live::{Live, News, from_elsewhere},
    pages::{
        later,
        toggle::{ToggleDialog, Toggler},
    },
    place::Place,
    query::Query,
    router::Router,
    shell::ProjectFlags,
};
use bulk::BulkBar;
use filter::{Filter, Sort};
use new_flag::NewFlagDialog;
use row::Row;
use toolbar::Toolbar;
use window::{START, Sight};

/// How often evaluation counts are read again.
const USAGE_EVERY: Duration = Duration::from_secs(15);
/// How long a change by someone else stays marked.
const MARKED: Duration = Duration::from_secs(5);

/// What the rows share.
#[derive(Clone, Copy)]
pub(crate) struct List {
    pub(crate) items: Memo<Arc<HashMap<String, FlagListItem>>>,
    pub(crate) usage: Query<Usage>,
    /// Who else just changed a flag, by its key.
    pub(crate) arrived: RwSignal<HashMap<String, String>>,
    /// The keys of those that are chosen to be changed together.
    pub(crate) chosen: RwSignal<Vec<String>>,
}

impl List {
    /// Chooses a flag, or not any more.
    pub(crate) fn choose(self, key: &str, on: bool) {
        self.chosen.update(|chosen| {
            chosen.retain(|other| other != key);
            if on {
                chosen.push(key.to_owned());
            }
        });
    }
}

/// Reads the environment's usage, again and again.
pub(crate) fn usage_of(place: Place) -> Query<Usage> {
    let usage = Query::new(
        move || Some((place.project.get(), place.environment.get())),
        |(project, environment)| async move { client::usage(&project, &environment).await },
    );
    if let Ok(handle) = set_interval_with_handle(move || usage.refetch(), USAGE_EVERY) {
        on_cleanup(move || handle.clear());
    }
    usage
}

/// `/:project/:environment/flags`
#[component]
pub(crate) fn Flags() -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>().0;
    Toggler::provide();
    let creating = RwSignal::new(false);
    let ready =
        move |all: RwSignal<Vec<FlagListItem>>| view! { <Overview all creating /> }.into_any();
    let can_edit = Signal::derive(move || place.can_edit());
    view! {
        <div class="page">
            <header class="page-head">
                <h1>"Flags"</h1>
                <div class="actions">
                    <Button
                        look=Look::Primary
                        glyph=Glyph::Plus
                        on_click=move |()| creating.set(true)
                        disabled=Signal::derive(move || !can_edit.get())
                        testid="new-flag"
                    >
                        "New flag"
                    </Button>
                </div>
            </header>
            {loaded(flags, || view! { <SkeletonRows count=12 /> }.into_any(), ready)}
        </div>
        <NewFlagDialog open=creating />
        <ToggleDialog />
    }
}

/// Marks for a moment what others change.
fn mark_arrivals(arrived: RwSignal<HashMap<String, String>>) {
    expect_context::<Live>().subscribe(move |news| {
        let News::Changed(event) = news else { return };
        if !from_elsewhere(event) {
            return;
        }
        let keys: Vec<String> = event
            .entities
            .iter()
            .map(|entity| entity.key.clone())
            .collect();
        arrived.update(|arrived| {
            arrived.extend(keys.iter().map(|key| (key.clone(), event.author.clone())));
        });
        set_timeout(
            move || {
                arrived.try_update(|arrived| arrived.retain(|key, _| !keys.contains(key)));
            },
            MARKED,
        );
    });
}

#[component]
fn Overview(all: RwSignal<Vec<FlagListItem>>, creating: RwSignal<bool>) -> impl IntoView {
    let place = Place::current();
    let items = Memo::new(move |_| {
        let items = all
            .get()
            .into_iter()
            .map(|item| (item.flag.key.clone(), item))
            .collect();
        Arc::new(items)
    });
    let arrived = RwSignal::new(HashMap::new());
    mark_arrivals(arrived);
    let list = List {
        items,
        usage: usage_of(place),
        arrived,
        chosen: RwSignal::new(Vec::new()),
    };
    let (filter, sort) = in_address();
    let shown = Memo::new(move |_| {
        let (filter, sort) = (filter.get(), sort.get());
        // Counts move all the time; only the order by counts follows them.
        let usage = if sort == Sort::Evaluated {
            list.usage.data()
        } else {
            None
        };
        all.with(|all| {
            filter::visible(all, usage.as_ref(), &place.environment.get(), &filter, sort)
        })
    });
    let none_at_all = Memo::new(move |_| all.with(Vec::is_empty));
    crate::reactive::effect(later::usable);
    let empty = move || {
        view! {
            <div class="card">
                <Empty
                    glyph=Glyph::Flag
                    title="No flag yet"
                    text="A flag decides at run time what users get: turn it on for everyone, for a few by name or rule, or for a percentage that grows stage by stage."
                >
                    <Button look=Look::Primary glyph=Glyph::Plus on_click=move |()| creating.set(true)>
                        "New flag"
                    </Button>
                </Empty>
            </div>
        }
    };
    view! {
        <Show when=move || !none_at_all.get() fallback=empty>
            <Toolbar all filter sort count=Signal::derive(move || shown.with(Vec::len)) />
            <Table list shown filter />
            <BulkBar list shown />
        </Show>
    }
}

/// Filter and order, which the address has too: it can be shared, and going back finds the
/// same flags.
fn in_address() -> (RwSignal<Filter>, RwSignal<Sort>) {
    let router = Router::current();
    let read = move || Filter::of_query(|name| router.query(name));
    let (filter, sort) = untrack(read);
    let (filter, sort) = (RwSignal::new(filter), RwSignal::new(sort));
    crate::reactive::effect(move || {
        let (wanted, order) = read();
        if filter.with_untracked(|filter| *filter != wanted) {
            filter.set(wanted);
        }
        if sort.get_untracked() != order {
            sort.set(order);
        }
    });
    crate::reactive::effect(move || {
        let (now, order) = (filter.get(), sort.get());
        if untrack(read) != (now.clone(), order) {
            let path = router.path_untracked();
            router.replace(&format!("{path}{}", now.query(order)));
        }
    });
    (filter, sort)
}

#[component]
fn Table(list: List, shown: Memo<Vec<String>>, filter: RwSignal<Filter>) -> impl IntoView {
    let (built, height) = (RwSignal::new((0, START)), RwSignal::new(0.0));
    let look = move || {
        let Some(sight) = sight() else { return };
        let now = window::rows(sight, shown.with_untracked(Vec::len));
        if built.get_untracked() != now {
            built.set(now);
        }
        if height.get_untracked() != sight.row {
            height.set(sight.row);
        }
    };
    let place = Place::current();
    crate::reactive::effect(move || {
        shown.track();
        place.environment.track();
        request_animation_frame(look);
    });
    let scrolled = window_event_listener(ev::scroll, move |_| look());
    let resized = window_event_listener(ev::resize, move |_| look());
    on_cleanup(move || {
        scrolled.remove();
        resized.remove();
    });
    let rows = move || {
        let (first, last) = built.get();
        shown.with(|shown| {
            let last = last.min(shown.len());
            shown[first.min(last)..last].to_vec()
        })
    };
    // The rows that are not built leave their room.
    let room = move |rows: usize| format!("{}px", rows as f64 * height.get());
    let above = move || room(built.get().0);
    let below = move || room(shown.with(Vec::len).saturating_sub(built.get().1));
    // With the heading.
    let total = move || (shown.with(Vec::len) + 1).to_string();
    let none = move || {
        view! {
            <Empty glyph=Glyph::Filter title="No flag fits" text="None of the flags here answers to this search and these filters.">
                <Button on_click=move |()| filter.set(Filter::default())>"Clear search and filters"</Button>
            </Empty>
        }
    };
    let entries = move || {
        let rows = rows().into_iter();
        rows.map(|key| {
            entry(key.clone(), move || {
                view! { <Row list flag=key shown /> }.into_any()
            })
        })
        .collect()
    };
    view! {
        <div class="card flag-list" role="table" aria-label="Flags" aria-rowcount=total on:keydown=walk>
            <div role="rowgroup">
                <div class="flag-row flag-head" role="row">
                    <span role="columnheader" class="c-choose"><ChooseAll list shown /></span>
                    <span role="columnheader" class="c-toggle"><span class="visually-hidden">"On or off"</span></span>
                    <span role="columnheader" class="c-name">"Flag"</span>
                    <span role="columnheader" class="c-kind">"Type"</span>
                    <span role="columnheader" class="c-serves">"Serves here"</span>
                    <span role="columnheader" class="c-tags">"Tags"</span>
                    <span role="columnheader" class="c-owner">"Owner"</span>
                    <span role="columnheader" class="c-usage">"Last 24 h"</span>
                    <span role="columnheader" class="c-changed">"Changed"</span>
                    <span role="columnheader" class="c-others">"Elsewhere"</span>
                </div>
            </div>
            <div role="rowgroup" class="flag-rows" style:padding-top=above style:padding-bottom=below>
                <Each of=entries />
            </div>
            <Show when=move || shown.with(Vec::is_empty)>{none()}</Show>
        </div>
    }
}

/// Chooses all flags that are shown, or none.
#[component]
fn ChooseAll(list: List, shown: Memo<Vec<String>>) -> impl IntoView {
    let place = Place::current();
    let how_many = Memo::new(move |_| {
        let is_chosen = |key: &&String| list.chosen.with(|chosen| chosen.contains(key));
        shown.with(|shown| (shown.iter().filter(is_chosen).count(), shown.len()))
    });
    let choose = move |all: bool| {
        let keys = if all {
            shown.get_untracked()
        } else {
            Vec::new()
        };
        list.chosen.set(keys);
    };
    view! {
        <input
            type="checkbox"
            aria-label="Choose all flags that are shown"
            data-testid="choose-all"
            disabled=move || !place.can_edit()
            prop:checked=move || matches!(how_many.get(), (chosen, all) if chosen == all && all > 0)
            prop:indeterminate=move || matches!(how_many.get(), (chosen, all) if chosen > 0 && chosen < all)
            on:change:target=move |event| choose(event.target().checked())
        />
    }
}

/// Where the rows are; absent where there are none.
fn sight() -> Option<Sight> {
    let find = |css: &str| document().query_selector(css).ok().flatten();
    let row = find(".flag-rows > .flag-row")?.get_bounding_client_rect();
    let height = window().inner_height().ok()?.as_f64()?;
    Some(Sight {
        top: find(".flag-rows")?.get_bounding_client_rect().top(),
        height,
        row: row.height(),
    })
}

/// Arrow keys (and j, k) go from row to row.
fn walk(event: ev::KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" | "j" => 1_i32,
        "ArrowUp" | "k" => -1,
        _ => return,
    };
    let Ok(names) = document().query_selector_all(".flag-list .flag-link") else {
        return;
    };
    let row = document()
        .active_element()
        .and_then(|active| active.closest(".flag-row").ok().flatten());
    let count = i32::try_from(names.length()).unwrap_or(0);
    let at = (0..count).find(|&i| {
        let name = names.get(i as u32);
        row.as_ref()
            .zip(name)
            .is_some_and(|(row, name)| row.contains(Some(&name)))
    });
    let next = at.map_or(0, |at| at + step);
    let name = u32::try_from(next).ok().and_then(|next| names.get(next));
    if let Some(name) = name.and_then(|name| name.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        let _ = name.focus();
    }
}
