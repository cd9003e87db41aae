//! Who is listed: included and excluded, searched and read by page, so that a hundred
//! thousand are as quick as ten.

use leptos::prelude::*;
use serin_api::segment::{ListSize, Member, MemberList};

use super::{
    draft::{Draft, words},
    import::ImportDialog,
    number,
    page::Standing,
};
use crate::{
    client::{self, MemberQuery},
    components::{
        button::{Button, IconButton, Look},
        each::{Each, entry},
        field::TextInput,
        icon::Glyph,
        loaded::loaded,
        select::Select,
        show::Show,
        skeleton::SkeletonRows,
    },
    place::Place,
    query::Query,
    reactive::Calm,
};

/// How many units that are still to come are shown.
const SHOWN: usize = 50;

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct Looking {
    pub(super) list: RwSignal<MemberList>,
    /// Empty for the targeting key.
    pub(super) attribute: RwSignal<String>,
}

/// What was read of a list.
#[derive(Clone, PartialEq)]
struct Listing {
    matches: usize,
    items: Vec<Member>,
    more: bool,
}

async fn read(query: MemberQuery, pages: usize) -> Result<Listing, client::Error> {
    let (mut items, mut matches, mut cursor) = (Vec::new(), 0, None);
    for page in 0..pages {
        if page > 0 && cursor.is_none() {
            break;
        }
        let answer = client::segment_members(&query, cursor).await?;
        matches = answer.matches;
        items.extend(answer.items);
        cursor = answer.next_cursor;
    }
    let more = cursor.is_some();
    Ok(Listing {
        matches,
        items,
        more,
    })
}

/// How many units the lists of one side have in all.
fn total(lists: &[ListSize], list: MemberList) -> usize {
    let lists = lists.iter().filter(|size| size.list == list);
    lists.map(|size| size.units).sum()
}

/// The attributes that one side is listed by, the targeting key always, with their sizes.
fn attributes(lists: &[ListSize], draft: &Draft, list: MemberList) -> Vec<(String, String)> {
    let size = |attribute: &str| {
        let mut lists = lists.iter().filter(|size| size.list == list);
        let found = lists.find(|size| size.attribute.as_deref().unwrap_or_default() == attribute);
        found.map_or(0, |size| size.units)
    };
    let mut names = vec![String::new()];
    let stored = lists.iter().filter(|size| size.list == list);
    let drafted = draft.lists.iter().filter(|edits| edits.list == list);
    let others = stored
        .map(|size| size.attribute.clone().unwrap_or_default())
        .chain(drafted.map(|edits| edits.attribute.clone()));
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let spoken = |name: String| {
        let shown = if name.is_empty() {
            "targetingKey"
        } else {
            &name
        };
        let words = format!("{shown} ({})", number(size(&name)));
        (name, words)
    };
    names.into_iter().map(spoken).collect()
}

/// The lists of a segment.
#[component]
pub(super) fn Members(
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    locked: Signal<bool>,
) -> impl IntoView {
    let looking = Looking {
        list: RwSignal::new(MemberList::Included),
        attribute: RwSignal::new(String::new()),
    };
    let importing = RwSignal::new(false);
    let tab = move |list: MemberList, title: &'static str| {
        let chosen = move || looking.list.get() == list;
        let units = move || base.with(|base| number(total(&base.overview.document.lists, list)));
        let choose = move |_| {
            looking.list.set(list);
            looking.attribute.set(String::new());
        };
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
            looking.list.set(other);
            looking.attribute.set(String::new());
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
    let ready = move |data: RwSignal<Listing>| {
        let more = move |()| {
            pages.update_value(|pages| *pages += 1);
            listing.refetch();
        };
        view! { <Rows data draft locked looking search on_more=Callback::new(more) /> }.into_any()
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

/// Who is to come with the next save.
#[component]
fn Coming(draft: RwSignal<Draft>, looking: Looking) -> impl IntoView {
    let here = move || (looking.list.get(), looking.attribute.get());
    let coming = move || {
        let (list, attribute) = here();
        draft.with(|draft| {
            draft
                .list(list, &attribute)
                .map_or(0, |edits| edits.add.len())
        })
    };
    let any = Memo::new(move |_| coming() > 0);
    let rows = move || {
        let (list, attribute) = here();
        let units: Vec<String> = draft.with(|draft| {
            let units = draft
                .list(list, &attribute)
                .map(|edits| edits.add.iter().take(SHOWN));
            units.into_iter().flatten().cloned().collect()
        });
        let row = move |unit: String| {
            let (shown, label) = (unit.clone(), format!("Do not add {unit}"));
            entry(unit.clone(), move || {
                let back = move |()| {
                    let (list, attribute) = (
                        looking.list.get_untracked(),
                        looking.attribute.get_untracked(),
                    );
                    draft.update(|draft| draft.remove(list, &attribute, &unit));
                };
                view! {
                    <li class="member" data-change="add">
                        <code class="truncate">{shown}</code>
                        <IconButton glyph=Glyph::Close label=Signal::derive(move || label.clone()) on_click=back />
                    </li>
                }
                .into_any()
            })
        };
        units.into_iter().map(row).collect()
    };
    let rest = move || match coming() {
        n if n > SHOWN => format!("and {} more", number(n - SHOWN)),
        _ => String::new(),
    };
    let none = move |()| {
        let (list, attribute) = (
            looking.list.get_untracked(),
            looking.attribute.get_untracked(),
        );
        draft.update(|draft| draft.drop_additions(list, &attribute));
    };
    view! {
        <Show when=move || any.get()>
            <div class="member-coming" data-testid="members-coming">
                <p class="row small">
                    <span class="strong">{move || number(coming())} " to be added on saving"</span>
                    <span class="push"></span>
                    <Button look=Look::Quiet small=true on_click=none>"Add none"</Button>
                </p>
                <ul class="member-rows"><Each of=rows /></ul>
                <p class="tiny muted">{rest}</p>
            </div>
        </Show>
    }
}

#[component]
fn Rows(
    data: RwSignal<Listing>,
    draft: RwSignal<Draft>,
    locked: Signal<bool>,
    looking: Looking,
    search: RwSignal<String>,
    on_more: Callback<()>,
) -> impl IntoView {
    let said = move || {
        let matches = data.with(|data| data.matches);
        match (matches, search.with(String::is_empty)) {
            (0, true) => "Nobody is listed here.".to_owned(),
            (0, false) => "No member matches.".to_owned(),
            (n, false) => format!("{} found", number(n)),
            (_, true) => String::new(),
        }
    };
    let rows = move || {
        let items = data.with(|data| data.items.clone());
        items
            .into_iter()
            .map(|member| {
                entry(
                    format!("{:?}{:?}{}", member.list, member.attribute, member.unit),
                    move || view! { <Row member draft locked /> }.into_any(),
                )
            })
            .collect()
    };
    let shown = move || data.with(|data| (data.items.len(), data.matches, data.more));
    let rest = move || {
        let (shown, all, _) = shown();
        format!("{} of {} shown", number(shown), number(all))
    };
    let _ = looking;
    view! {
        <p class="small muted" role="status" data-testid="members-said">{said}</p>
        <ul class="member-rows" aria-label="Members"><Each of=rows /></ul>
        <Show when=move || shown().2>
            <div class="row">
                <span class="tiny muted number">{rest}</span>
                <Button small=true on_click=move |()| on_more.run(())>"Show more"</Button>
            </div>
        </Show>
    }
}

#[component]
fn Row(member: Member, draft: RwSignal<Draft>, locked: Signal<bool>) -> impl IntoView {
    let (list, unit) = (member.list, StoredValue::new(member.unit.clone()));
    let attribute = StoredValue::new(member.attribute.unwrap_or_default());
    let going = Memo::new(move |_| {
        draft.with(|draft| {
            let edits = attribute.with_value(|attribute| draft.list(list, attribute));
            edits.is_some_and(|edits| unit.with_value(|unit| edits.remove.contains(unit)))
        })
    });
    let toggle = move |()| {
        let (attribute, unit) = (attribute.get_value(), unit.get_value());
        let going = going.get_untracked();
        draft.update(|draft| {
            if going {
                draft.keep(list, &attribute, &unit);
            } else {
                draft.remove(list, &attribute, &unit);
            }
        });
    };
    let label = Signal::derive(move || {
        let verb = if going.get() { "Keep" } else { "Remove" };
        unit.with_value(|unit| format!("{verb} {unit}"))
    });
    let trash = move || {
        let glyph = if going.get() {
            Glyph::Plus
        } else {
            Glyph::Trash
        };
        view! { <IconButton glyph label on_click=toggle disabled=locked /> }.into_any()
    };
    view! {
        <li class="member" data-testid="member" data-change=move || going.get().then_some("remove")>
            <code class="truncate" title=member.unit.clone()>{member.unit.clone()}</code>
            {trash}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(list: MemberList, attribute: Option<&str>, units: usize) -> ListSize {
        ListSize {
            list,
            attribute: attribute.map(str::to_owned),
            units,
        }
    }

    #[test]
    fn attributes_with_their_sizes_and_those_to_come() {
        let lists = [
            size(MemberList::Included, Some("org.id"), 2),
            size(MemberList::Included, None, 100_000),
            size(MemberList::Excluded, Some("plan"), 1),
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
