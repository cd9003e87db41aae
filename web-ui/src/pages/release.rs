//! One release: what users get now, what happens next, and what one can do about it.

mod actions;
pub(crate) mod arm;
mod control;
mod decision;
mod ended;
mod evidence;
pub(crate) mod forecast;
mod history;
mod now;
mod pipeline;
mod stages;

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::{
    entity::{FlagListItem, LiveRelease},
    release::Release,
};

use crate::{
    client, clock,
    components::{
        badge::{Badge, Tone},
        icon::{Glyph, Icon},
        json_view::JsonFold,
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
        time::Time,
        toast::Toasts,
    },
    describe::{
        in_use::live,
        release::{self, track},
    },
    live::{Freshness, Live, News},
    pages::releases::tone,
    place::Place,
    query::Query,
    router::{Router, page::KEY},
    shell::ProjectFlags,
};
use actions::Actions;
use arm::{Arm, flag_name};
use control::{Confirmation, Control};
use evidence::{Evidence, Spot};
use forecast::ForecastCard;
use history::History;
use now::Now;
use pipeline::Pipeline;
use stages::Stages;

/// Every so many seconds a stage that bakes by evidence is looked at.
const EACH: i64 = 5;
/// How long a change by someone else stays marked.
const MARKED: Duration = Duration::from_secs(3);

/// `/:project/:environment/releases/:id`
#[component]
pub(crate) fn ReleasePage() -> impl IntoView {
    let place = Place::current();
    let id = Router::current().segment(KEY);
    let query = Query::newest(
        move || Some((place.project.get(), place.environment.get(), id.get())),
        |(project, environment, id)| async move { client::release(&project, &environment, &id).await },
        |answer, there| answer.epoch >= there.epoch,
    );
    expect_context::<Live>().subscribe(move |news| {
        let concerned = match news {
            News::Missed => true,
            News::Changed(event) => {
                id.with_untracked(|id| event.releases.iter().any(|moved| moved.to_string() == *id))
            }
        };
        if concerned {
            query.refetch();
        }
    });
    let ready = move |data: RwSignal<Release>| view! { <View data query /> }.into_any();
    let skeleton = || view! { <SkeletonRows count=4 height=120 /> }.into_any();
    view! { <div class="page release-page">{loaded(query, skeleton, ready)}</div> }
}

#[component]
fn View(data: RwSignal<Release>, query: Query<Release>) -> impl IntoView {
    let live = expect_context::<Live>();
    let ticking = clock::each_second();
    let now = live.seen(ticking);
    let control = Control::provide(data);
    provide_context(Spot::default());
    refetch_when_due(data, now, query);
    follow_bake(data, ticking, query);
    refetch_when_freed(data, query);
    let arrived = mark_arrivals(data, control);
    let document = Memo::new(move |_| {
        data.with(|release| serde_json::to_value(&release.document).unwrap_or_default())
    });
    view! {
        <Head data />
        <Stale live />
        <Pipeline data />
        <div class="release-grid">
            <section class="card release-now" class:arrived=arrived aria-labelledby="release-now">
                <Now data now=now.into() />
            </section>
            <Actions control />
            <div class="stack release-main">
                <section class="card" aria-labelledby="release-stages">
                    <header class="card-head"><h2 id="release-stages">"Stages"</h2></header>
                    <div class="card-body"><Stages data now=now.into() /></div>
                </section>
                <ForecastCard data />
                <Evidence data />
                <section class="card" aria-labelledby="release-history">
                    <header class="card-head"><h2 id="release-history">"History"</h2></header>
                    <div class="card-body stack">
                        <History data />
                        <JsonFold label="The release document as JSON" value=document />
                    </div>
                </section>
            </div>
        </div>
        <Confirmation control />
    }
}

#[component]
fn Head(data: RwSignal<Release>) -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>();
    let of = move |part: fn(&Release) -> String| Signal::derive(move || data.with(part));
    let flag = of(|release| release.document.flag.clone());
    let state = Memo::new(move |_| data.with(|release| release.state.clone()));
    let by = of(|release| release.created_by.clone());
    let name = move || flag_name(flags, &flag.get());
    let site = of(|release| release::site(&release.document.site));
    view! {
        <header class="page-head release-head">
            <div class="stack-s grow">
                <nav class="small muted" aria-label="Where this is">
                    <a class="link" href=move || place.path("releases")>"Releases"</a>
                </nav>
                <div class="row wrap">
                    <h1>{name}</h1>
                    <span
                        data-testid="release-state"
                        data-state=move || state.with(|state| state.name())
                    >
                        <Badge tone=Signal::derive(move || state.with(tone))>
                            {move || data.with(release::badge)}
                        </Badge>
                    </span>
                </div>
                <p class="row wrap small muted release-facts">
                    <span class="release-move">
                        <Arm flag variation=of(|release| release.document.baseline.clone()) />
                        <span class="faint"><Icon glyph=Glyph::Arrow size=12 /></span>
                        <span class="visually-hidden">"to"</span>
                        <Arm flag variation=of(|release| release.document.candidate.clone()) />
                    </span>
                    <span>"for " {move || site.get()} " of "
                        <a class="link mono" href=move || place.flag_path(&flag.get())>{move || flag.get()}</a>
                    </span>
                    <span>"written by " {move || by.get()} " "
                        <Time at=Signal::derive(move || data.with(|release| release.created_at)) />
                    </span>
                </p>
            </div>
        </header>
    }
}

/// Says of what moment the page is, while it hears of nothing newer.
#[component]
fn Stale(live: Live) -> impl IntoView {
    let since = move || live.lost_at.get().map(clock::moment).unwrap_or_default();
    // What comes back at once, as it does when a server is replaced, moves nothing on the page.
    let lost = move || live.freshness.get() == Freshness::Offline;
    view! {
        <Show when=move || lost() && live.lost_at.get().is_some()>
            <div class="notice" data-tone="bad" role="status" data-testid="release-stale">
                <Icon glyph=Glyph::Warning />
                <p>
                    <strong>"Not connected since " <span class="number">{since}</span> "."</strong>
                    " What stands here is from then: it may have moved on, and its time may not have counted."
                </p>
            </div>
        </Show>
    }
}

/// Asks again what was counted, while a guarded stage bakes: nobody tells of it, and it cannot be
/// known here. So too when the connection is back.
fn follow_bake(data: RwSignal<Release>, now: RwSignal<DateTime<Utc>>, query: Query<Release>) {
    let live = expect_context::<Live>();
    let look = Memo::new(move |_| {
        let bakes = data.with(track::counts_evidence);
        let lost = live.lost_at.get();
        let turn = (bakes && lost.is_none()).then(|| now.get().timestamp() / EACH);
        (lost.is_some(), turn)
    });
    Effect::new(move |seen: Option<()>| {
        let (lost, _) = look.get();
        if seen.is_some() && !lost {
            query.refetch();
        }
    });
}

/// Asks again when another release of the flag comes, moves or goes, as long as this one is to start.
fn refetch_when_freed(data: RwSignal<Release>, query: Query<Release>) {
    let flags = expect_context::<ProjectFlags>();
    let other = Memo::new(move |_| {
        let (flag, environment) =
            data.with(|release| (release.document.flag.clone(), release.environment.clone()));
        let of_flag = |all: &Vec<FlagListItem>| {
            let item = all.iter().find(|item| item.flag.key == flag);
            item.map_or_else(Vec::new, |item| live(item, &environment).to_vec())
        };
        flags.0.with(of_flag)
    });
    Effect::new(move |seen: Option<Option<Vec<LiveRelease>>>| {
        let other = other.get();
        let moved = seen.is_some_and(|seen| seen != other);
        if moved && data.with_untracked(|release| release.state.is_ahead()) {
            query.refetch();
        }
        other
    });
}

/// Asks again while the stage's time is over and no word has come: the stream may be slow.
fn refetch_when_due(data: RwSignal<Release>, now: Memo<DateTime<Utc>>, query: Query<Release>) {
    let overdue = StoredValue::new(0_u32);
    crate::reactive::effect(move || {
        let now = now.get();
        let due = data.with_untracked(|release| {
            release.next_at.is_some()
                && track::left(release, now).is_some_and(|left| left.is_zero())
        });
        overdue.update_value(|seconds| *seconds = if due { *seconds + 1 } else { 0 });
        if due && overdue.get_value() % 3 == 2 {
            query.refetch();
        }
    });
}

/// Marks and tells what others did, and what time did.
fn mark_arrivals(data: RwSignal<Release>, control: Control) -> RwSignal<bool> {
    let arrived = RwSignal::new(false);
    let toasts = Toasts::current();
    let epoch = Memo::new(move |_| data.with(|release| release.epoch));
    Effect::new(move |seen: Option<u64>| {
        let epoch = epoch.get();
        if let Some(seen) = seen
            && seen < epoch
            && !control.is_own(epoch)
        {
            toasts.say(
                Tone::Neutral,
                data.with_untracked(|release| release::since(release, seen)),
            );
            arrived.set(true);
            set_timeout(
                move || {
                    arrived.try_set(false);
                },
                MARKED,
            );
        }
        epoch
    });
    arrived
}
