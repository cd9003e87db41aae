//! Writing a template, and changing one: the form of a release without what moves.

use leptos::prelude::*;
use serin_api::{entity::Entity, release::Release};
use serin_engine::release::{Plan, Template};

use super::{
    Page, Up, Work,
    draft::Draft,
    form::{Form, Subject},
    save::save_template,
};
use crate::{
    client,
    components::{loaded::loaded, show::changing, skeleton::SkeletonRows},
    pages::entity::KeyOf,
    place::Place,
    query::Query,
    router::Router,
};

/// The number of the segment after `/:project/:environment/releases/templates`.
const KEY: usize = 4;

/// `/:project/:environment/releases/new-template`; `?release=ID` takes what a release says.
#[component]
pub(crate) fn NewTemplatePage() -> impl IntoView {
    let router = Router::current();
    let begins = Memo::new(move |was: Option<&Option<String>>| {
        begins(was, router.query("release"), router.has_edits())
    });
    changing(ViewFn::from(move || match begins.get() {
        Some(id) => of_release(id),
        None => page(Draft::default(), None),
    }))
}

/// The release that a new template begins with: another one than before where nothing is lost
/// by it.
fn begins(was: Option<&Option<String>>, named: Option<String>, edited: bool) -> Option<String> {
    match was {
        Some(was) if edited => was.clone(),
        _ => named,
    }
}

fn of_release(id: String) -> AnyView {
    let place = Place::current();
    let query = Query::new(
        move || Some((place.project.get(), place.environment.get())),
        move |(project, environment)| {
            let id = id.clone();
            async move { client::release(&project, &environment, &id).await }
        },
    );
    let ready = |data: RwSignal<Release>| {
        let draft = data.with_untracked(|release| Draft::of_plan(&Plan::of(&release.document)));
        page(draft, None)
    };
    loading(query, ready)
}

fn loading<T: Clone + Send + Sync + 'static>(
    query: Query<T>,
    ready: impl Fn(RwSignal<T>) -> AnyView + Send + 'static,
) -> AnyView {
    let skeleton = || view! { <SkeletonRows count=4 height=120 /> }.into_any();
    view! { {loaded(query, skeleton, ready)} }.into_any()
}

/// `/:project/:environment/releases/templates/:key`
#[component]
pub(crate) fn TemplatePage() -> impl IntoView {
    let place = Place::current();
    let key = Router::current().segment(KEY);
    let query = Query::new(
        move || Some((place.project.get(), key.get())),
        |(project, key)| async move { client::release_template(&project, &key).await },
    );
    let ready = |data: RwSignal<Entity<Template>>| {
        // What is edited is what was there: a change of somebody else is a conflict.
        let seen = data.get_untracked();
        page(Draft::of_template(&seen.document), Some(Box::new(seen)))
    };
    loading(query, ready)
}

fn page(draft: Draft, seen: Option<Box<Entity<Template>>>) -> AnyView {
    let form = Form::new(draft, Subject::Template);
    let known = seen.as_ref().map(|seen| seen.key.clone());
    let (title, action) = match &known {
        Some(key) => (format!("Template {key}"), "Save template"),
        None => ("New template".to_owned(), "Create template"),
    };
    let key = KeyOf::new(known, move || {
        form.draft.with(|draft| draft.name.trim().to_owned())
    });
    provide_context(key);
    let work = Work::new();
    let up = Up {
        words: "Templates",
        page: "releases/templates".to_owned(),
    };
    let (is_new, why) = (seen.is_none(), seen.is_some());
    let ready = Signal::derive(move || {
        let named = form.draft.with(|draft| !draft.name.trim().is_empty());
        let begun = form.begun;
        let edited = is_new || begun.with(|begun| form.draft.with(|draft| draft != begun));
        key.is_complete() && named && edited
    });
    let submit = save_template(form, key.key, seen, work);
    view! { <Page form work up title action why submit ready /> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_release_is_begun_with_unless_edits_would_be_lost() {
        let (one, other) = (Some("one".to_owned()), Some("other".to_owned()));
        assert_eq!(begins(None, one.clone(), true), one);
        assert_eq!(begins(Some(&one), other.clone(), false), other);
        assert_eq!(begins(Some(&one), None, false), None);
        assert_eq!(begins(Some(&one), other, true), one);
    }
}
