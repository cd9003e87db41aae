//! Taking a segment away, where nothing names it any more.

use leptos::prelude::*;
use serin_api::{entity::EntityKind, uses::NodeKind};

use super::page::Standing;
use crate::{
    client,
    components::{dialog::Dialog, show::Show},
    pages::{
        connections::UseList,
        entity::{DeleteBody, Doomed},
    },
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
    let (place, router) = (Place::current(), Router::current());
    let doomed = data.with_untracked(|it| Doomed {
        kind: EntityKind::Segment,
        key: it.definition.key.clone(),
        version: it.definition.version,
    });
    let key = doomed.key.clone();
    // Asked whenever the dialog opens: what named it may be gone by now.
    let uses = Query::new(
        move || Some((place.project.get(), key.clone())),
        |(project, key)| async move { client::uses(NodeKind::Segment, &project, &key).await },
    );
    let used = move || uses.with(|uses| uses.items.iter().any(|it| !it.archived));
    let effect = Signal::derive(move || {
        if used() == Some(true) {
            "It cannot go while these name it. Take it out of them first."
        } else {
            "It goes from all environments, with its members and rules."
        }
    });
    let free = Signal::derive(move || used() == Some(false));
    let gone = move |()| router.go(&untrack(|| place.path("segments")));
    view! {
        <DeleteBody open doomed action="Delete segment" effect free gone refused=move |()| uses.refetch()>
            <Show when=move || used() == Some(true)><UseList uses /></Show>
        </DeleteBody>
    }
}
