//! Writing a release, and changing one: what moves, in which stages, what watches over it, and
//! what to expect of that.

mod draft;
mod entry;
mod form;
mod guards;
mod json;
mod policy;
mod stages;
mod summary;
mod what;
mod windows;

use leptos::prelude::*;
use serin_api::release::Release;

use crate::{
    client,
    components::{
        badge::Tone, loaded::loaded, segmented::Segmented, show::Show, skeleton::SkeletonRows,
        toast::Toasts,
    },
    place::Place,
    query::Query,
    router::{Router, page::KEY},
};
use draft::Draft;
use form::Form;
use guards::Guards;
use json::JsonForm;
use policy::PolicyFields;
use stages::Stages;
use summary::Summary;
use what::What;
use windows::WindowFields;

/// `/:project/:environment/releases/new`; `?flag=KEY` takes a flag.
#[component]
pub(crate) fn NewReleasePage() -> impl IntoView {
    let form = Form::new(Draft::default(), None);
    let router = Router::current();
    crate::reactive::effect(move || {
        let known = form.choices();
        let Some(wanted) = router.query("flag") else {
            return;
        };
        let untouched = form.draft.with_untracked(|draft| draft.flag.is_empty());
        if untouched && known.iter().any(|(key, _)| *key == wanted) {
            form.choose_flag(wanted);
            form.settle();
        }
    });
    view! { <Page form seen=None title="New release" action="Create draft" /> }
}

/// `/:project/:environment/releases/:id/edit`
#[component]
pub(crate) fn EditReleasePage() -> impl IntoView {
    let place = Place::current();
    let id = Router::current().segment(KEY);
    let query = Query::new(
        move || Some((place.project.get(), place.environment.get(), id.get())),
        |(project, environment, id)| async move { client::release(&project, &environment, &id).await },
    );
    let ready = |data: RwSignal<Release>| {
        // What is edited is what was there: a change of somebody else is refused by its epoch.
        let seen = data.get_untracked();
        let reached = seen.state.position().map(|position| position.stage);
        let form = Form::new(Draft::of(&seen.document), reached);
        let title = if reached.is_some() {
            "Edit the stages to come"
        } else {
            "Edit release"
        };
        view! { <Page form seen=Some(Box::new(seen)) title action="Save" /> }.into_any()
    };
    let skeleton = || view! { <SkeletonRows count=4 height=120 /> }.into_any();
    view! { {loaded(query, skeleton, ready)} }
}

#[component]
fn Page(
    form: Form,
    /// The release that is edited.
    seen: Option<Box<Release>>,
    title: &'static str,
    action: &'static str,
) -> impl IntoView {
    let place = form.place;
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<client::Error>));
    let done = RwSignal::new(false);
    let edited = Signal::derive(move || {
        let begun = form.begun;
        let same = begun.with(|begun| form.draft.with(|draft| draft == begun));
        !same && !done.get()
    });
    Router::current().ask_before_leaving(edited);
    let up = if seen.is_some() {
        "The release"
    } else {
        "Releases"
    };
    let back = {
        let id = seen.as_ref().map(|seen| seen.id);
        move || match id {
            Some(id) => place.path(&format!("releases/{id}")),
            None => place.path("releases"),
        }
    };
    let submit = submitter(form, seen, busy, error, done);
    let view = RwSignal::new("form".to_owned());
    let as_json = Signal::derive(move || view.with(|view| view == "json"));
    let fields = move || {
        view! {
            <What form />
            <Stages form />
            <Guards form />
            <PolicyFields form />
            <WindowFields form />
        }
        .into_any()
    };
    view! {
        <form class="page release-form" on:submit=submit data-testid="release-form">
            <header class="page-head">
                <div class="stack-s grow">
                    <nav class="small muted" aria-label="Where this is">
                        <a class="link" href=back>{up}</a>
                    </nav>
                    <h1>{title}</h1>
                </div>
                <div class="actions">
                    <Segmented label="Edit as" options=vec![("form", "Form"), ("json", "JSON")] value=view on_change=move |to| view.set(to) />
                </div>
            </header>
            <div class="release-grid">
                <div class="stack release-main">
                    <Show when=move || as_json.get() fallback=fields><JsonForm form /></Show>
                </div>
                <Summary form busy error action />
            </div>
        </form>
    }
}

fn submitter(
    form: Form,
    seen: Option<Box<Release>>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<client::Error>>,
    done: RwSignal<bool>,
) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    let (place, toasts) = (form.place, Toasts::current());
    let router = Router::current();
    move |event| {
        event.prevent_default();
        let Some(document) = form.document.get_untracked() else {
            return;
        };
        let seen = seen.clone();
        let (project, environment) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            let is_new = seen.is_none();
            let answer = match seen {
                Some(seen) => client::edit_release(&seen, &document).await,
                None => client::create_release(&project, &environment, &document).await,
            };
            match answer {
                Ok(release) => {
                    done.try_set(true);
                    let said = if is_new {
                        "The draft is there. Start it when you are ready."
                    } else {
                        "Saved."
                    };
                    toasts.say(Tone::Good, said);
                    router.go(&untrack(|| place.path(&format!("releases/{}", release.id))));
                }
                Err(failed) => {
                    let details = failed.details.iter().cloned().map(|mut detail| {
                        // An edit sends more than the document.
                        if let Some(path) = detail.path.strip_prefix("/document") {
                            detail.path = path.to_owned();
                        }
                        detail
                    });
                    form.refused.try_set(details.collect());
                    error.try_set(Some(failed));
                }
            }
            busy.try_set(false);
        });
    }
}
