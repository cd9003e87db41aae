//! Taking a segment away, where nothing names it any more.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
    uses::NodeKind,
};

use super::page::Standing;
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look},
        dialog::Dialog,
        error_view::ErrorNotice,
        icon::{Glyph, Icon},
        show::Show,
        toast::Toasts,
    },
    pages::connections::UseList,
    place::Place,
    query::Query,
    router::Router,
};

/// Says what goes, or what stands in the way.
#[component]
pub(super) fn DeleteDialog(open: RwSignal<bool>, data: RwSignal<Standing>) -> impl IntoView {
    let title = Signal::derive(move || {
        let key = data.with(|it| it.definition.key.clone());
        format!("Delete {key}?")
    });
    view! { <Dialog open title><Body open data /></Dialog> }
}

#[component]
fn Body(open: RwSignal<bool>, data: RwSignal<Standing>) -> impl IntoView {
    let place = Place::current();
    let (toasts, router) = (Toasts::current(), Router::current());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let key = data.with_untracked(|it| it.definition.key.clone());
    // Asked whenever the dialog opens: what named it may be gone by now.
    let uses = Query::new(
        move || Some((place.project.get(), key.clone())),
        |(project, key)| async move { client::uses(NodeKind::Segment, &project, &key).await },
    );
    let used = move || uses.with(|uses| uses.items.iter().any(|it| !it.archived));
    let confirm = move |()| {
        let (key, version) =
            data.with_untracked(|it| (it.definition.key.clone(), it.definition.version));
        let change = Change {
            kind: EntityKind::Segment,
            environment: None,
            key: key.clone(),
            action: Action::Delete,
            document: None,
            version: Some(version),
        };
        let set = NewChangeSet {
            project: place.project.get_untracked(),
            reason: None,
            changes: vec![change],
            dry_run: false,
        };
        busy.set(true);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    open.try_set(false);
                    toasts.say(Tone::Good, format!("{key} is gone."));
                    router.go(&untrack(|| place.path("segments")));
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                    uses.refetch();
                }
            }
            busy.try_set(false);
        });
    };
    let effect = move || {
        if used() == Some(true) {
            "It cannot go while these name it. Take it out of them first."
        } else {
            "It goes from all environments, with its members and rules."
        }
    };
    view! {
        <div class="dialog-body">
            <ErrorNotice error />
            <div class="notice" data-tone="warn">
                <Icon glyph=Glyph::Warning />
                <p data-testid="delete-effect">{effect}</p>
            </div>
            <Show when=move || used() == Some(true)><UseList uses /></Show>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" data-look="plain" data-testid="dialog-cancel" autofocus on:click=move |_| open.set(false)>
                "Cancel"
            </button>
            <Button
                look=Look::Danger
                on_click=confirm
                busy
                disabled=Signal::derive(move || used() != Some(false))
                testid="dialog-confirm"
            >
                "Delete segment"
            </Button>
        </div>
    }
}
