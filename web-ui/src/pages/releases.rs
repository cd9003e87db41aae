//! Releases: what is under way, what is prepared, what is over; here, or in all environments.

mod narrow;
mod row;

use std::collections::HashSet;

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::release::Release;

use crate::{
    client::{self, Error},
    clock,
    components::{
        button::Button,
        each::{Each, entry},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        segmented::Segmented,
        skeleton::SkeletonRows,
    },
    live::{Live, News},
    order,
    pages::entity::NewLink,
    paging::{Listing, read_pages},
    place::Place,
    query::Query,
    router::Router,
};
use narrow::{GROUPS, Narrow};
use row::Row;

pub(crate) use row::tone;

/// `/:project/:environment/releases`; `?state=` and `?environments=all` narrow and widen it.
#[component]
pub(crate) fn Releases() -> impl IntoView {
    let place = Place::current();
    let router = Router::current();
    let narrow = Memo::new(move |_| Narrow::of(|name| router.query(name)));
    let pages = StoredValue::new(1_usize);
    let environments = Memo::new(move |_| {
        if narrow.get().everywhere {
            let all = place.environments().into_iter();
            all.map(|environment| environment.key).collect()
        } else {
            vec![place.environment.get()]
        }
    });
    let releases = Query::new(
        move || Some((place.project.get(), environments.get())),
        move |(project, environments)| async move {
            read_all(&project, environments, pages.get_value()).await
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
    let older = Callback::new(move |()| {
        pages.update_value(|pages| *pages += 1);
        releases.refetch();
    });
    let ready =
        move |data: RwSignal<Listing<Release>>| view! { <List data narrow older /> }.into_any();
    view! {
        <div class="page">
            <header class="page-head">
                <div class="stack-s">
                    <h1>"Releases"</h1>
                    <p class="muted small">"From one variation to another, stage by stage, with a way back at every moment."</p>
                </div>
                <div class="actions">
                    <a class="button" data-look="plain" href=move || place.path("releases/templates") data-testid="templates-link">"Templates"</a>
                    <NewButton />
                </div>
            </header>
            <Narrowing narrow />
            {loaded(releases, || view! { <SkeletonRows count=5 height=72 /> }.into_any(), ready)}
        </div>
    }
}

/// Which releases are shown; the address keeps it.
#[component]
fn Narrowing(narrow: Memo<Narrow>) -> impl IntoView {
    let place = Place::current();
    let router = Router::current();
    let go = move |to: Narrow| {
        let path = untrack(|| place.path("releases"));
        router.replace(&format!("{path}{}", to.search()));
    };
    let state = Signal::derive(move || narrow.get().state.to_owned());
    let where_ = Signal::derive(move || {
        if narrow.get().everywhere {
            "all"
        } else {
            "here"
        }
        .to_owned()
    });
    let several = move || place.environments().len() > 1;
    let choose = move |name: String| {
        let mut to = narrow.get_untracked();
        to.state = narrow::known(&name);
        go(to);
    };
    let widen = move |to: String| {
        let everywhere = to == "all";
        go(Narrow {
            everywhere,
            ..narrow.get_untracked()
        });
    };
    view! {
        <div class="row wrap release-narrow">
            <Segmented label="State" options=narrow::CHOICES.to_vec() value=state on_change=choose />
            <Show when=several>
                <Segmented label="Environments" options=vec![("here", "This environment"), ("all", "All environments")] value=where_ on_change=widen />
            </Show>
        </div>
    }
}

#[component]
fn NewButton() -> impl IntoView {
    view! { <NewLink page="releases/new" words="New release" testid="new-release" /> }
}

#[component]
fn List(
    data: RwSignal<Listing<Release>>,
    narrow: Memo<Narrow>,
    older: Callback<()>,
) -> impl IntoView {
    let now = expect_context::<Live>().seen(clock::each_second());
    let none = Memo::new(move |_| data.with(|data| data.items.is_empty()));
    let more = Memo::new(move |_| data.with(|data| data.more));
    let filtered = Memo::new(move |_| {
        let narrow = narrow.get();
        data.with(|data| {
            !data.items.is_empty() && !data.items.iter().any(|it| narrow.holds(&it.state))
        })
    });
    let empty = move || {
        view! {
            <div class="card">
                <Empty
                    glyph=Glyph::Release
                    title="No release yet"
                    text="A release takes a flag from one variation to another for a few at first, then for more, then for everyone. It stops for a person wherever you say, and rolls back at once."
                >
                    <NewButton />
                </Empty>
            </div>
        }
    };
    let groups = GROUPS
        .into_iter()
        .map(|(name, title, belongs)| {
            let members = Memo::new(move |_| {
                let shown = narrow.get().shows(name);
                data.with(|data| {
                    let all = data.items.iter();
                    let belongs = all.filter(|release| shown && belongs(&release.state));
                    belongs.cloned().collect::<Vec<_>>()
                })
            });
            view! { <Group title members narrow now=now.into() /> }
        })
        .collect_view();
    view! {
        <Show when=move || none.get()>{empty()}</Show>
        <Show when=move || filtered.get()>
            <div class="card"><p class="card-body muted" role="status">"No release is in this state."</p></div>
        </Show>
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
    narrow: Memo<Narrow>,
    now: Signal<chrono::DateTime<chrono::Utc>>,
) -> impl IntoView {
    let count = move || members.with(Vec::len);
    let everywhere = Memo::new(move |_| narrow.get().everywhere);
    // A release that moved, or of which more is known, is another entry.
    let rows = move || {
        let members = members.get().into_iter();
        let everywhere = everywhere.get();
        members
            .map(|release| {
                let known = row::health(&release).unwrap_or_default();
                let key = format!("{} {} {known} {everywhere}", release.id, release.epoch);
                entry(key, move || {
                    view! { <Row release now everywhere /> }.into_any()
                })
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

/// Those of some environments, the newest first.
async fn read_all(
    project: &str,
    environments: Vec<String>,
    pages: usize,
) -> Result<Listing<Release>, Error> {
    let lists = environments
        .iter()
        .map(|environment| read(project, environment, pages));
    let lists = futures_util::future::try_join_all(lists).await?;
    let more = lists.iter().any(|list| list.more);
    let mut items: Vec<Release> = lists.into_iter().flat_map(|list| list.items).collect();
    order::short(&mut items, |release| std::cmp::Reverse(release.created_at));
    Ok(Listing { items, more })
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
