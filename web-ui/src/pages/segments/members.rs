//! Who is listed: included and excluded, searched and read by page, so that a hundred
//! thousand are as quick as ten.

mod coming;
mod listing;

use leptos::prelude::*;
use serin_api::segment::{ListSize, MemberList};

use self::{
    coming::Coming,
    listing::{Listing, Rows, read},
};
use super::{
    draft::{Draft, words},
    import::ImportDialog,
    number,
    page::Standing,
};
use crate::{
    client::MemberQuery,
    components::{
        button::Button, field::TextInput, icon::Glyph, loaded::loaded, select::Select, show::Show,
        skeleton::SkeletonRows,
    },
    place::Place,
    query::Query,
    reactive::Calm,
};

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct Looking {
    pub(super) list: RwSignal<MemberList>,
    /// Empty for the targeting key.
    pub(super) attribute: RwSignal<String>,
}

/// How many units the lists of one side have in all.
fn total(lists: &[ListSize], list: MemberList) -> usize {
    let lists = lists.iter().filter(|size| size.list == list);
    lists.map(|size| size.units).sum()
}

/// How many units one side lists by an attribute.
fn size(lists: &[ListSize], list: MemberList, attribute: &str) -> usize {
    let lists = lists.iter().filter(|size| size.list == list);
    let mut found = lists.filter(|size| size.attribute.as_deref().unwrap_or_default() == attribute);
    found.next().map_or(0, |size| size.units)
}

/// The attribute that one side lists most units by; the targeting key where it lists none.
fn fullest(lists: &[ListSize], list: MemberList) -> String {
    let mut most = (size(lists, list, ""), String::new());
    for other in lists.iter().filter(|size| size.list == list) {
        if other.units > most.0 {
            most = (other.units, other.attribute.clone().unwrap_or_default());
        }
    }
    most.1
}

/// The attributes that one side is listed by, with their sizes: the targeting key first, or
/// last where nobody is listed by it.
fn attributes(lists: &[ListSize], draft: &Draft, list: MemberList) -> Vec<(String, String)> {
    let stored = lists.iter().filter(|size| size.list == list);
    let drafted = draft.lists.iter().filter(|edits| edits.list == list);
    let mut names: Vec<String> = stored
        .map(|size| size.attribute.clone().unwrap_or_default())
        .chain(drafted.map(|edits| edits.attribute.clone()))
        .collect();
    let by_key = names.iter().any(String::is_empty);
    names.insert(if by_key { 0 } else { names.len() }, String::new());
    let mut known = Vec::<(String, String)>::new();
    for name in names {
        if known.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let units = number(size(lists, list, &name));
        let words = format!("{} ({units})", spoken(&name));
        known.push((name, words));
    }
    known
}

/// An attribute as people call it.
fn spoken(attribute: &str) -> &str {
    if attribute.is_empty() {
        "targetingKey"
    } else {
        attribute
    }
}

/// The lists of a segment.
#[component]
pub(super) fn Members(
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    locked: Signal<bool>,
) -> impl IntoView {
    let first = move |list: MemberList| {
        base.with_untracked(|base| fullest(&base.overview.document.lists, list))
    };
    let looking = Looking {
        list: RwSignal::new(MemberList::Included),
        attribute: RwSignal::new(first(MemberList::Included)),
    };
    let look_at = move |list: MemberList| {
        looking.list.set(list);
        looking.attribute.set(first(list));
    };
    let importing = RwSignal::new(false);
    let tab = move |list: MemberList, title: &'static str| {
        let chosen = move || looking.list.get() == list;
        let units = move || base.with(|base| number(total(&base.overview.document.lists, list)));
        let choose = move |_| look_at(list);
        view! {
            <button
                type="button"
                role="tab"
                class="member-tab"
                id=format!("tab-{}", words(list))
                aria-selected=move || chosen().to_string()
                aria-controls="members"
                tabindex=move || if chosen() { "0" } else { "-1" }
                data-testid=format!("members-{}", words(list))
                on:click=choose
            >
                {title} " " <span class="tiny number faint">{units}</span>
            </button>
        }
        .into_any()
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
            event.prevent_default();
            let other = match looking.list.get_untracked() {
                MemberList::Included => MemberList::Excluded,
                MemberList::Excluded => MemberList::Included,
            };
            look_at(other);
            if let Some(tab) = document().get_element_by_id(&format!("tab-{}", words(other))) {
                use wasm_bindgen::JsCast as _;
                if let Ok(tab) = tab.dyn_into::<web_sys::HtmlElement>() {
                    let _ = tab.focus();
                }
            }
        }
    };
    let about = move || match looking.list.get() {
        MemberList::Included => "Always in, whatever else holds.",
        MemberList::Excluded => "Out, unless they are included.",
    };
    let labelled = move || format!("tab-{}", words(looking.list.get()));
    view! {
        <section class="card members" aria-label="Members">
            <header class="card-head">
                <div class="row" role="tablist" aria-label="Which members" on:keydown=on_key>
                    {tab(MemberList::Included, "Included")}
                    {tab(MemberList::Excluded, "Excluded")}
                </div>
                <span class="tiny muted">{about}</span>
            </header>
            <div class="card-body stack" id="members" role="tabpanel" aria-labelledby=labelled>
                <List base draft locked looking importing />
            </div>
        </section>
        <ImportDialog open=importing base draft looking />
    }
}

#[component]
fn List(
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    locked: Signal<bool>,
    looking: Looking,
    importing: RwSignal<bool>,
) -> impl IntoView {
    let place = Place::current();
    let (typed, search) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (calm, pages) = (Calm::new(), StoredValue::new(1_usize));
    let on_search = move |text: String| {
        typed.set(text);
        calm.after(200, move || {
            search.set(typed.get_untracked().trim().to_owned());
        });
    };
    let version = Memo::new(move |_| base.with(|base| base.overview.version));
    let asked = move || {
        pages.set_value(1);
        let key = base.with(|base| base.definition.key.clone());
        let query = MemberQuery {
            project: place.project.get(),
            environment: place.environment.get(),
            segment: key,
            list: looking.list.get(),
            attribute: looking.attribute.get(),
            search: search.get(),
        };
        Some((query, version.get()))
    };
    let listing = Query::new(asked, move |(query, _)| read(query, pages.get_value()));
    let options = Signal::derive(move || {
        let list = looking.list.get();
        base.with(|base| draft.with(|draft| attributes(&base.overview.document.lists, draft, list)))
    });
    let several = move || options.with(|options| options.len() > 1);
    // Nobody by this attribute, and somebody by another.
    let elsewhere = Signal::derive(move || {
        let (list, attribute) = (looking.list.get(), looking.attribute.get());
        let all = base.with(|base| total(&base.overview.document.lists, list));
        (all > 0).then(|| spoken(&attribute).to_owned())
    });
    let ready = move |data: RwSignal<Listing>| {
        let more = move |()| {
            pages.update_value(|pages| *pages += 1);
            listing.refetch();
        };
        view! { <Rows data draft locked search elsewhere on_more=Callback::new(more) /> }.into_any()
    };
    view! {
        <div class="row wrap member-tools">
            <span class="member-search">
                <TextInput
                    value=typed
                    on_input=on_search
                    label="Search members"
                    placeholder="Search members"
                    kind="search"
                    testid="member-search"
                />
            </span>
            <Show when=several>
                <Select
                    options
                    value=looking.attribute
                    on_change=move |name| looking.attribute.set(name)
                    label="Listed by"
                />
            </Show>
            <span class="push"></span>
            <Button
                glyph=Glyph::Plus
                on_click=move |()| importing.set(true)
                disabled=locked
                testid="add-members"
            >
                "Add or upload…"
            </Button>
        </div>
        <Coming draft looking />
        {loaded(listing, || view! { <SkeletonRows count=4 height=32 /> }.into_any(), ready)}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(list: MemberList, attribute: Option<&str>, units: usize) -> ListSize {
        ListSize {
            list,
            attribute: attribute.map(str::to_owned),
            units,
        }
    }

    #[test]
    fn a_list_opens_where_most_are() {
        let lists = [
            sized(MemberList::Included, Some("org.id"), 2),
            sized(MemberList::Included, Some("email"), 3),
            sized(MemberList::Excluded, None, 1),
            sized(MemberList::Excluded, Some("plan"), 1),
        ];
        assert_eq!(fullest(&lists, MemberList::Included), "email");
        assert_eq!(fullest(&lists, MemberList::Excluded), "");
        assert_eq!(fullest(&[], MemberList::Included), "");
        let shown = attributes(&lists, &Draft::of(&[]), MemberList::Included);
        assert_eq!(shown.last().unwrap().1, "targetingKey (0)");
        assert_eq!(shown.len(), 3);
    }

    #[test]
    fn attributes_with_their_sizes_and_those_to_come() {
        let lists = [
            sized(MemberList::Included, Some("org.id"), 2),
            sized(MemberList::Included, None, 100_000),
            sized(MemberList::Excluded, Some("plan"), 1),
        ];
        let mut draft = Draft::of(&[]);
        draft.add(MemberList::Included, "email", vec!["a".to_owned()], 0);
        let said = attributes(&lists, &draft, MemberList::Included);
        let said: Vec<_> = said
            .iter()
            .map(|(name, words)| (name.as_str(), words.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("", "targetingKey (100\u{202f}000)"),
                ("org.id", "org.id (2)"),
                ("email", "email (0)")
            ]
        );
        assert_eq!(total(&lists, MemberList::Included), 100_002);
    }
}
