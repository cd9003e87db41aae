//! A flag in one environment: the ladder of its evaluation, edited in place.

mod archive;
pub(crate) mod clauses;
mod conflict;
mod context;
mod details;
mod editor;
mod head;
mod history;
mod impact;
mod ladder;
mod merge;
mod prerequisites;
mod preview;
pub(crate) mod rule;
mod save_bar;
mod serve_editor;
mod targets;
mod usage;

use futures_util::future;
use leptos::prelude::*;
use serin_api::{entity::EntityKind, paths, release::Release};

use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        loaded::loaded,
        skeleton::SkeletonRows,
    },
    live::{Live, News, from_elsewhere},
    pages::toggle::{ToggleDialog, Toggler},
    place::Place,
    query::Query,
    router::{Router, page::KEY},
};
use details::{Details, Variations};
use editor::{Editor, Standing};
use head::Head;
use history::History;
use impact::Impact;
use ladder::Ladder;
use preview::{Preview, PreviewCard, examples::Examples};
use save_bar::SaveBar;
use usage::UsageCard;

const KINDS: &[EntityKind] = &[EntityKind::Flag, EntityKind::FlagConfig];

/// The live releases of the flag in view, as a context: they own their sites.
#[derive(Clone, Copy)]
pub(crate) struct LiveReleases(pub(crate) Query<Vec<Release>>);

/// `/:project/:environment/flags/:key`
#[component]
pub(crate) fn Flag() -> impl IntoView {
    let place = Place::current();
    let key = Router::current().segment(KEY);
    let at = move || Some((place.project.get(), place.environment.get(), key.get()));
    let standing = Query::new(at, |(project, environment, key)| async move {
        let definition = client::flag(&project, &key);
        let config = client::flag_config(&project, &environment, &key);
        let (definition, config) = future::try_join(definition, config).await?;
        Ok(Standing { definition, config })
    });
    let releases = Query::new(at, |(project, environment, key)| async move {
        let path = format!(
            "{}?live=true&flag={}",
            paths::releases(&project, &environment),
            paths::encode(&key)
        );
        client::all_pages(&path).await
    });
    provide_context(LiveReleases(releases));
    let toggler = Toggler::provide();
    toggler.on_done(Callback::new(move |_| standing.refetch()));
    let arrived = RwSignal::new(None::<String>);
    let live = expect_context::<Live>();
    live.on_entities(KINDS, Some(key.into()), move |news| {
        standing.refetch();
        if let News::Changed(event) = news
            && from_elsewhere(event)
        {
            arrived.set(Some(event.author.clone()));
        }
    });
    live.subscribe(move |news| {
        if matches!(news, News::Missed)
            || matches!(news, News::Changed(event) if !event.releases.is_empty())
        {
            releases.refetch();
        }
    });
    let ready = move |data: RwSignal<Standing>| view! { <Page data standing arrived /> }.into_any();
    view! {
        <div class="page flag-page">
            <nav class="crumbs small" aria-label="Breadcrumb">
                <a class="link" href=move || place.path("flags")>"Flags"</a>
                <Icon glyph=Glyph::ChevronRight size=12 />
                <span class="mono truncate" aria-current="page">{move || key.get()}</span>
            </nav>
            {loaded(standing, || view! { <SkeletonRows count=6 height=72 /> }.into_any(), ready)}
        </div>
        <ToggleDialog />
    }
}

#[component]
fn Page(
    data: RwSignal<Standing>,
    standing: Query<Standing>,
    arrived: RwSignal<Option<String>>,
) -> impl IntoView {
    let editor = Editor::new(data.get_untracked());
    provide_context(editor);
    let examples = Examples::of(editor.place.project);
    provide_context(Preview::follow(editor, examples));
    provide_context(Impact::follow(editor, examples));
    crate::reactive::effect(move || editor.receive(data.get()));
    view! {
        <Head arrived />
        <div class="flag-columns">
            <div class="stack flag-main">
                <Ladder arrived />
                <Variations />
                <Details />
            </div>
            <aside class="stack flag-side" aria-label="Preview, usage and history">
                <PreviewCard />
                <UsageCard />
                <History />
            </aside>
        </div>
        <SaveBar standing />
    }
}
