//! The releases of an environment: what is under way, what is prepared, what is over.

mod form;
mod new;
mod row;
pub(crate) mod stages;
mod stages_editor;

use std::collections::HashSet;

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::release::Release;
use serin_engine::release::State;

use crate::{
    client::{self, Error},
    clock,
    components::{
        button::{Button, Look},
        each::{Each, entry},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        skeleton::SkeletonRows,
    },
    live::{Live, News},
    order,
    paging::{Listing, read_pages},
    place::Place,
    query::Query,
    router::Router,
};
use new::NewReleaseDialog;
use row::Row;

pub(crate) use row::tone;

/// A part of the list: its title, and what belongs to it.
type Part = (&'static str, fn(&State) -> bool);

/// The parts of the list, in order.
const GROUPS: [Part; 3] = [
    ("Under way", State::is_live),
    ("Drafts", State::is_ahead),
    ("Over", State::is_over),
];

/// `/:project/:environment/releases`; `?new=FLAG` opens the dialog for a flag.
#[component]
pub(crate) fn Releases() -> impl IntoView {
    let place = Place::current();
    let pages = StoredValue::new(1_usize);
    let releases = Query::new(
        move || Some((place.project.get(), place.environment.get())),
        move |(project, environment)| async move {
            read(&project, &environment, pages.get_value()).await
        },
    );
    expect_context::<Live>().subscribe(move |news| {
        let concerned = match news {
            News::Missed => true,
            News::Changed(event) => !event.releases.is_empty(),
        };
        if concerned {
            releases.refetch();
        }
    });
    let creating = RwSignal::new(false);
    let wanted = follow_address(place, creating);
    let older = Callback::new(move |()| {
        pages.update_value(|pages| *pages += 1);
        releases.refetch();
    });
    let ready =
        move |data: RwSignal<Listing<Release>>| view! { <List data creating older /> }.into_any();
    view! {
        <div class="page">
            <header class="page-head">
                <div class="stack-s">
                    <h1>"Releases"</h1>
                    <p class="muted small">"From one variation to another, stage by stage, with a way back at every moment."</p>
                </div>
                <div class="actions">
                    <NewButton creating />
                </div>
            </header>
            {loaded(releases, || view! { <SkeletonRows count=5 height=72 /> }.into_any(), ready)}
        </div>
        <NewReleaseDialog open=creating flag=wanted />
    }
}

/// Opens the dialog where the address asks for it, and cleans the address when it closes.
fn follow_address(place: Place, creating: RwSignal<bool>) -> Memo<Option<String>> {
    let router = Router::current();
    let wanted = Memo::new(move |_| router.query("new"));
    crate::reactive::effect(move || {
        if wanted.get().is_some() {
            creating.set(true);
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let open = creating.get();
        if was_open == Some(true) && !open && wanted.get_untracked().is_some() {
            router.replace(&untrack(|| place.path("releases")));
        }
        open
    });
    wanted
}

#[component]
fn NewButton(creating: RwSignal<bool>) -> impl IntoView {
    let place = Place::current();
    let title = move || (!place.can_edit()).then_some("This takes the role editor");
    view! {
        <span title=title>
            <Button
                look=Look::Primary
                glyph=Glyph::Plus
                on_click=move |()| creating.set(true)
                disabled=Signal::derive(move || !place.can_edit())
                testid="new-release"
            >
                "New release"
            </Button>
        </span>
    }
}

#[component]
fn List(
    data: RwSignal<Listing<Release>>,
    creating: RwSignal<bool>,
    older: Callback<()>,
) -> impl IntoView {
    let now = clock::each_second();
    let none = Memo::new(move |_| data.with(|data| data.items.is_empty()));
    let more = Memo::new(move |_| data.with(|data| data.more));
    let empty = move || {
        view! {
            <div class="card">
                <Empty
                    glyph=Glyph::Release
                    title="No release yet"
                    text="A release takes a flag from one variation to another for a few at first, then for more, then for everyone. It stops for a person wherever you say, and rolls back at once."
                >
                    <NewButton creating />
                </Empty>
            </div>
        }
    };
    let groups = GROUPS
        .into_iter()
        .map(|(title, belongs)| {
            let members = Memo::new(move |_| {
                data.with(|data| {
                    let belongs = data.items.iter().filter(|release| belongs(&release.state));
                    belongs.cloned().collect::<Vec<_>>()
                })
            });
            view! { <Group title members now=now.into() /> }
        })
        .collect_view();
    view! {
        <Show when=move || none.get()>{empty()}</Show>
        {groups}
        <Show when=move || more.get()>
            <div class="row"><Button on_click=older>"Show older"</Button></div>
        </Show>
    }
}

#[component]
fn Group(
    title: &'static str,
    members: Memo<Vec<Release>>,
    now: Signal<chrono::DateTime<chrono::Utc>>,
) -> impl IntoView {
    let count = move || members.with(Vec::len);
    // A release that moved is another entry.
    let rows = move || {
        let members = members.get().into_iter();
        members
            .map(|release| {
                let key = format!("{} {}", release.id, release.epoch);
                entry(key, move || view! { <Row release now /> }.into_any())
            })
            .collect()
    };
    view! {
        <Show when=move || !members.with(Vec::is_empty)>
            <section class="stack">
                <h2 class="group-title">{title} <span class="faint number">{count}</span></h2>
                <ul class="card release-list">
                    <Each of=rows />
                </ul>
            </section>
        </Show>
    }
}

/// The newest pages, and every live release however old.
async fn read(project: &str, environment: &str, pages: usize) -> Result<Listing<Release>, Error> {
    let live = client::live_releases(project, environment).await?;
    let recent = read_pages(pages, |cursor| async move {
        client::releases(project, environment, cursor.as_deref()).await
    });
    let Listing { items, more } = recent.await?;
    Ok(Listing {
        items: joined(live, items),
        more,
    })
}

/// Both lists without doubles, the newest first.
fn joined(live: Vec<Release>, recent: Vec<Release>) -> Vec<Release> {
    let known: HashSet<_> = recent.iter().map(|release| release.id).collect();
    let mut all = recent;
    all.extend(
        live.into_iter()
            .filter(|release| !known.contains(&release.id)),
    );
    order::short(&mut all, |release| std::cmp::Reverse(release.created_at));
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    #[test]
    fn old_live_releases_are_listed_once_and_in_order() {
        let made = |id: u8, at: &str| {
            let id = format!("00000000-0000-0000-0000-00000000000{id}");
            release(json!({"state": "draft", "id": id, "created_at": at}))
        };
        let (old, mid, new) = (
            made(1, "2026-01-01T00:00:00Z"),
            made(2, "2026-02-01T00:00:00Z"),
            made(3, "2026-03-01T00:00:00Z"),
        );
        let all = joined(
            vec![old.clone(), new.clone()],
            vec![new.clone(), mid.clone()],
        );
        assert_eq!(all, [new, mid, old]);
    }
}
