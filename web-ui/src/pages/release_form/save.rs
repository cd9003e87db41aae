//! Sending what was written, and what the server says of it.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::{Entity, EntityKind},
    error::{Detail, codes},
    release::Release,
};
use serin_engine::release::Template;

use super::{Work, form::Form};
use crate::{
    client::{self, Error},
    components::{badge::Tone, toast::Toasts},
    pages::entity::alone,
    patch::difference,
    router::Router,
};

/// Creates a release; or saves the one that was seen, if nobody moved it since.
pub(super) fn save_release(
    form: Form,
    seen: Option<Box<Release>>,
    work: Work,
) -> impl Fn(()) + Send + Sync + 'static {
    let (place, toasts, router) = (form.place, Toasts::current(), Router::current());
    move |()| {
        let Some(document) = form.document.get_untracked() else {
            return;
        };
        let seen = seen.clone();
        let (project, environment) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        begin(work);
        crate::reactive::spawn(async move {
            let is_new = seen.is_none();
            let answer = match seen {
                Some(seen) => client::edit_release(&seen, &document, work.reason()).await,
                None => client::create_release(&project, &environment, &document).await,
            };
            match answer {
                Ok(release) => {
                    work.done.try_set(true);
                    let said = if is_new {
                        "The draft is there. Start it when you are ready."
                    } else {
                        "Saved."
                    };
                    toasts.say(Tone::Good, said);
                    router.go(&untrack(|| place.path(&format!("releases/{}", release.id))));
                }
                // An edit sends more than the document.
                Err(failed) => refuse(form, work, failed, "/document"),
            }
            work.busy.try_set(false);
        });
    }
}

/// Creates a template, with the key that it gets; or saves the one that was seen.
pub(super) fn save_template(
    form: Form,
    key: Signal<String>,
    seen: Option<Box<Entity<Template>>>,
    work: Work,
) -> impl Fn(()) + Send + Sync + 'static {
    let (place, toasts, router) = (form.place, Toasts::current(), Router::current());
    move |()| {
        let Some(after) = untrack(|| form.written()) else {
            return;
        };
        let before = seen.as_ref().map(|seen| {
            let before = serde_json::to_value(&seen.document);
            (before.unwrap_or_default(), seen.version)
        });
        let (document, version) = match before {
            Some((before, version)) => (difference(&before, &after), Some(version)),
            None => (after, None),
        };
        let change = Change {
            kind: EntityKind::ReleaseTemplate,
            environment: None,
            key: key.get_untracked(),
            action: version.map_or(Action::Create, |_| Action::Patch),
            document: Some(document),
            version,
        };
        let set = NewChangeSet {
            reason: work.reason(),
            ..alone(place.project.get_untracked(), change)
        };
        begin(work);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    work.done.try_set(true);
                    toasts.say(Tone::Good, "The template is saved.");
                    router.go(&untrack(|| place.path("releases/templates")));
                }
                Err(failed) if failed.code == codes::VERSION_CONFLICT => {
                    let message = "Somebody else changed it meanwhile. Reload the page, look at what stands now, and edit again.";
                    work.error.try_set(Some(client::failed(message.to_owned())));
                }
                Err(failed) => refuse(form, work, failed, "/changes/0/document"),
            }
            work.busy.try_set(false);
        });
    }
}

fn begin(work: Work) {
    work.busy.set(true);
    work.error.set(None);
}

/// Shows each mistake at its place; `around` is where the document is in what was sent.
fn refuse(form: Form, work: Work, failed: Error, around: &str) {
    let details = failed.details.iter().cloned();
    let details: Vec<Detail> = details.map(|detail| within(detail, around)).collect();
    form.refused.try_set(details);
    work.error.try_set(Some(failed));
}

fn within(mut detail: Detail, around: &str) -> Detail {
    if let Some(path) = detail.path.strip_prefix(around) {
        detail.path = path.to_owned();
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_by_their_place_in_the_document() {
        for (path, place) in [
            ("/changes/0/document/stages/0/weight", "/stages/0/weight"),
            ("/stages/0/weight", "/stages/0/weight"),
            ("/changes/0/key", "/changes/0/key"),
        ] {
            let detail = Detail {
                path: path.to_owned(),
                code: "c".to_owned(),
                message: "m".to_owned(),
            };
            assert_eq!(within(detail, "/changes/0/document").path, place);
        }
    }
}
