//! A flag in one environment: the ladder of its evaluation, edited in place.

mod archive;
mod conflict;
mod context;
mod details;
mod editor;
mod entries;
mod head;
pub(crate) mod impact;
mod ladder;
mod merge;
mod prerequisites;
mod preview;
mod problems;
mod rule;
mod rules;
mod save_bar;
mod serve_editor;
mod targets;
mod usage;
mod views;

use futures_util::future;
use leptos::prelude::*;
use serin_api::{
    change::AppliedChange, entity::EntityKind, paths, release::Release, uses::NodeKind,
};

use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        loaded::loaded,
        skeleton::SkeletonRows,
    },
    conditions::Vocabulary,
    engine::{Engine, Mistake},
    live::{Live, News, from_elsewhere},
    pages::{
        connections::Connections,
        history::History,
        toggle::{ToggleDialog, Toggler},
    },
    place::Place,
    query::Query,
    reactive::{Calm, effect},
    router::{Router, page::KEY},
};
use details::{Details, Variations};
use editor::{Editor, Outcome, Standing};
use head::Head;
use impact::Impact;
use ladder::Ladder;
pub(crate) use preview::examples::forget as forget_examples;
use preview::{Preview, PreviewCard, examples::Examples};
use save_bar::SaveBar;
use usage::UsageCard;

/// How long nobody types before mistakes are told, in milliseconds.
const CALM: u32 = 200;

const KINDS: &[EntityKind] = &[EntityKind::Flag, EntityKind::FlagConfig];

/// The live releases of the flag in view, as a context: they own their sites.
#[derive(Clone, Copy)]
pub(crate) struct LiveReleases(pub(crate) Query<Vec<Release>>);

/// `/:project/:environment/flags/:key`
#[component]
pub(crate) fn Flag() -> impl IntoView {
    let place = Place::current();
    let key = Router::current().segment(KEY);
    let at = move || {
        // On the way out there is no key any more.
        let key = Some(key.get()).filter(|key| !key.is_empty())?;
        Some((place.project.get(), place.environment.get(), key))
    };
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
    Vocabulary::provide();
    follow_mistakes(editor);
    let examples = Examples::of(editor.place.project);
    provide_context(Preview::follow(editor, examples));
    provide_context(Impact::follow(editor, examples));
    effect(move || editor.receive(data.get()));
    Router::current().ask_before_leaving(Signal::derive(move || editor.is_edited()));
    let restore = move |changes: Vec<AppliedChange>| editor.restore(&changes);
    view! {
        <Head arrived />
        <div class="flag-columns">
            <div class="stack flag-main" on:focusin=move |event| editor.views.remember(&event)>
                <Ladder arrived />
                <Variations />
                <Details />
            </div>
            <aside class="stack flag-side" aria-label="Preview, usage and history">
                <PreviewCard />
                <UsageCard />
                <Connections node=Signal::derive(move || (NodeKind::Flag, editor.key())) />
                <History
                    key=editor.key()
                    kinds=KINDS
                    saved=move |()| editor.base.track()
                    restore=restore
                    locked=Signal::derive(move || editor.locked())
                />
            </aside>
        </div>
        <SaveBar standing />
    }
}

/// Asks the engine what is wrong with the edits, as one types. The preview and the counts
/// are of what is left without that; whoever types is told a little later.
fn follow_mistakes(editor: Editor) {
    let calm = Calm::new();
    let edit = move || Some(editor.outcome.get()).filter(Outcome::is_edit);
    let found = Engine::current().follow(edit, |engine, outcome| async move {
        let mistakes = engine.check(outcome.subject()).await?;
        Ok((outcome, mistakes))
    });
    effect(move || {
        let outcome = editor.outcome.get();
        let (whole, mistakes) = match found.get() {
            _ if !outcome.is_edit() => (outcome, Vec::new()),
            // On its way.
            None => return,
            Some(Ok((asked, mistakes))) => (asked.without(&mistakes), mistakes),
            // Where the engine cannot be had, the server checks.
            Some(Err(_)) => (outcome.without(&[]), Vec::new()),
        };
        if editor.whole.with_untracked(|known| *known != whole) {
            editor.whole.set(whole);
        }
        calm.after(CALM, move || tell(editor, mistakes));
    });
}

/// What is wrong; what is still to be filled in is no mistake yet.
fn tell(editor: Editor, mut mistakes: Vec<Mistake>) {
    let missing = untrack(|| editor.missing());
    mistakes.retain(|mistake| {
        let inner = |missing: &Mistake| mistake.path.starts_with(&missing.path);
        !missing.iter().any(inner)
    });
    let known = editor.views.mistakes.0;
    if known.with_untracked(|known| *known != mistakes) {
        known.set(mistakes);
    }
}
