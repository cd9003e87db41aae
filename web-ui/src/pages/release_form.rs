//! Writing a release or a template, and changing one: what moves, in which stages, what watches
//! over it, and what to expect of that.

mod about;
mod draft;
mod entry;
mod form;
mod guards;
mod json;
mod policy;
mod save;
mod stages;
mod summary;
mod template;
mod then;
mod what;
mod windows;

use leptos::prelude::*;
use serin_api::release::Release;

use crate::{
    client::{self, Error},
    components::{
        button::Button, loaded::loaded, segmented::Segmented, show::Show, skeleton::SkeletonRows,
    },
    place::Place,
    query::Query,
    router::{Router, page::KEY},
};
use about::About;
use draft::Draft;
use form::{Form, Subject};
use guards::Guards;
use json::JsonForm;
use policy::PolicyFields;
use save::save_release;
use stages::Stages;
use summary::Summary;
use then::ThenFields;
use what::What;
use windows::WindowFields;

pub(crate) use template::{NewTemplatePage, TemplatePage};

/// `/:project/:environment/releases/new`; `?flag=KEY` takes a flag.
#[component]
pub(crate) fn NewReleasePage() -> impl IntoView {
    let form = Form::new(Draft::default(), Subject::Release);
    let router = Router::current();
    crate::reactive::effect(move || {
        let known = form.choices();
        let Some(wanted) = router.query("flag") else {
            return;
        };
        let takes = form.draft.with_untracked(|draft| {
            let begun = form.begun;
            begun.with_untracked(|begun| takes(draft, begun, &wanted))
        });
        if takes && known.iter().any(|(key, _)| *key == wanted) {
            form.choose_flag(wanted);
            form.settle();
        }
    });
    let work = Work::new();
    let up = Up {
        words: "Releases",
        page: "releases".to_owned(),
    };
    let submit = save_release(form, None, work);
    view! { <Page form work up title="New release" action="Create draft" submit /> }
}

/// Whether a form takes the flag that its address names: another than it has, and nothing is
/// lost by it.
fn takes(draft: &Draft, begun: &Draft, wanted: &str) -> bool {
    draft.flag != wanted && (draft.flag.is_empty() || draft == begun)
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
        let subject = reached.map_or(Subject::Release, Subject::Live);
        let form = Form::new(Draft::of(&seen.document), subject);
        let title = if form.fixed() {
            "Edit what is to come"
        } else {
            "Edit release"
        };
        let work = Work::new();
        let up = Up {
            words: "The release",
            page: format!("releases/{}", seen.id),
        };
        let submit = save_release(form, Some(Box::new(seen)), work);
        view! { <Page form work up title action="Save" why=true submit /> }.into_any()
    };
    let skeleton = || view! { <SkeletonRows count=4 height=120 /> }.into_any();
    view! { {loaded(query, skeleton, ready)} }
}

/// Saving: whether it goes on, what failed, and whether it is done.
#[derive(Clone, Copy)]
struct Work {
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    done: RwSignal<bool>,
    /// Why, for the history.
    reason: RwSignal<String>,
}

impl Work {
    fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            done: RwSignal::new(false),
            reason: RwSignal::default(),
        }
    }

    /// Why, where somebody says so.
    fn reason(self) -> Option<String> {
        let reason = self
            .reason
            .with_untracked(|reason| reason.trim().to_owned());
        (!reason.is_empty()).then_some(reason)
    }
}

/// The page above.
struct Up {
    words: &'static str,
    /// Its address, below the environment's.
    page: String,
}

#[component]
fn Page(
    form: Form,
    work: Work,
    up: Up,
    #[prop(into)] title: String,
    action: &'static str,
    /// Whether it is asked why: what is new needs no reason.
    #[prop(optional)]
    why: bool,
    /// Saves it.
    #[prop(into)]
    submit: Callback<()>,
    /// Whether it can be saved, as far as the form itself does not know.
    #[prop(default = true.into())]
    ready: Signal<bool>,
) -> impl IntoView {
    let edited = Signal::derive(move || {
        let begun = form.begun;
        let same = begun.with(|begun| form.draft.with(|draft| draft == begun));
        !same && !work.done.get()
    });
    Router::current().ask_before_leaving(edited);
    let view = RwSignal::new("form".to_owned());
    let as_json = Signal::derive(move || view.with(|view| view == "json"));
    let of_template = form.subject == Subject::Template;
    let fields = move || {
        view! {
            <Show when=move || form.is_behind()>
                <div class="notice" data-tone="warn" role="status" data-testid="form-behind">
                    <p class="small">
                        "The JSON text that was typed cannot be read, so this form shows what it was before that. Go back to JSON to mend it."
                    </p>
                    <Button small=true on_click=move |()| view.set("json".to_owned())>"To the JSON"</Button>
                    <Button small=true on_click=move |()| form.texts.update(Vec::clear)>"Drop that text"</Button>
                </div>
            </Show>
            {if of_template {
                view! { <About form /> }.into_any()
            } else {
                view! { <What form /> }.into_any()
            }}
            <Stages form />
            {if form.fixed() {
                view! {
                    <details class="more" data-testid="form-fixed">
                        <summary class="small muted">"What stays as it is: guards, policy and hours"</summary>
                        <div class="stack">
                            <Guards form />
                            <PolicyFields form />
                            <WindowFields form />
                        </div>
                    </details>
                }
                    .into_any()
            } else {
                view! {
                    <Guards form />
                    <PolicyFields form />
                    <WindowFields form />
                }
                    .into_any()
            }}
            {(!of_template).then(|| view! { <ThenFields form /> })}
        }
        .into_any()
    };
    let back = move || form.place.path(&up.page);
    let on_submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !untrack(|| form.is_behind()) {
            submit.run(());
        }
    };
    view! {
        <form class="page release-form" on:submit=on_submit data-testid="release-form">
            <header class="page-head">
                <div class="stack-s grow">
                    <nav class="small muted" aria-label="Where this is">
                        <a class="link" href=back>{up.words}</a>
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
                <Summary form work action why ready />
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_taken_from_the_address_unless_edits_would_be_lost() {
        let of = |flag: &str, candidate: &str| Draft {
            flag: flag.to_owned(),
            candidate: candidate.to_owned(),
            ..Draft::default()
        };
        assert!(takes(&of("", ""), &of("", ""), "a"));
        assert!(takes(&of("", "on"), &of("", ""), "a"), "of no flag yet");
        assert!(takes(&of("a", ""), &of("a", ""), "b"));
        assert!(!takes(&of("a", "on"), &of("a", ""), "b"));
        assert!(!takes(&of("a", ""), &of("a", ""), "a"));
    }
}
