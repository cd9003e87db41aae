//! Taking a metric away, where no live release is judged by it.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
    metric::MetricUse,
};

use super::{Shared, UseList};
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
    place::Place,
};

/// Says what goes, or what stands in the way.
#[component]
pub(super) fn DeleteDialog(shared: Shared) -> impl IntoView {
    let title = Signal::derive(move || {
        let key = shared.doomed.get().map(|metric| metric.key);
        format!("Delete {}?", key.unwrap_or_default())
    });
    view! { <Dialog open=shared.deleting title><Body shared /></Dialog> }
}

/// What follows from deleting it.
fn effect(uses: &MetricUse) -> &'static str {
    if uses.releases.iter().any(|used| used.live) {
        "It cannot go while a live release is judged by it. It can when that is over."
    } else if uses.releases.is_empty() && uses.templates.is_empty() {
        "Programs that report it go on as they are; what they report counts nowhere any more."
    } else {
        "These name it, and cannot start any more without it: give them another guard first."
    }
}

#[component]
fn Body(shared: Shared) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let metric = shared.doomed.get_untracked();
    let (key, version) = metric
        .map(|metric| (metric.key, metric.version))
        .unwrap_or_default();
    let named = key.clone();
    let known = Memo::new(move |_| shared.uses_of(&named));
    let uses = Signal::derive(move || known.get().unwrap_or_default());
    // Not before it is known that nothing stands in the way.
    let free = move || {
        known.with(|known| {
            known
                .as_ref()
                .is_some_and(|uses| uses.releases.iter().all(|used| !used.live))
        })
    };
    let confirm = move |()| {
        let change = Change {
            kind: EntityKind::Metric,
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
        let key = key.clone();
        busy.set(true);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    shared.metrics.refetch();
                    toasts.say(Tone::Good, format!("{key} is gone."));
                    shared.deleting.try_set(false);
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                    shared.uses.refetch();
                }
            }
            busy.try_set(false);
        });
    };
    let named = move || uses.with(|uses| !uses.releases.is_empty() || !uses.templates.is_empty());
    view! {
        <div class="dialog-body">
            <ErrorNotice error />
            <div class="notice" data-tone="warn">
                <Icon glyph=Glyph::Warning />
                <p data-testid="delete-effect">{move || uses.with(effect)}</p>
            </div>
            <Show when=named><UseList uses /></Show>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" data-look="plain" data-testid="dialog-cancel" autofocus on:click=move |_| shared.deleting.set(false)>
                "Cancel"
            </button>
            <Button
                look=Look::Danger
                on_click=confirm
                busy
                disabled=Signal::derive(move || !free())
                testid="dialog-confirm"
            >
                "Delete metric"
            </Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_in_the_way_is_said_first() {
        let used = |live: bool| json!({"id": "00000000-0000-0000-0000-000000000001", "environment": "e", "flag": "f", "live": live});
        let said = |releases: serde_json::Value| {
            effect(&serde_json::from_value(json!({"releases": releases, "templates": []})).unwrap())
        };
        assert!(said(json!([used(false), used(true)])).starts_with("It cannot go"));
        assert!(said(json!([used(false)])).starts_with("These name it"));
        assert!(said(json!([])).starts_with("Programs"));
    }
}
