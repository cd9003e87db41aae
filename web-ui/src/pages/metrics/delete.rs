//! Taking a metric away, where no live release is judged by it.

use leptos::prelude::*;
use serin_api::{entity::EntityKind, metric::MetricUse};

use super::{Shared, UseList};
use crate::{
    components::{dialog::Dialog, show::Show},
    pages::entity::{DeleteBody, Doomed},
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
    let (key, version) = shared
        .doomed
        .get_untracked()
        .map(|metric| (metric.key, metric.version))
        .unwrap_or_default();
    let named = key.clone();
    let known = Memo::new(move |_| shared.uses_of(&named));
    let uses = Signal::derive(move || known.get().unwrap_or_default());
    // Not before it is known that nothing stands in the way.
    let free = Signal::derive(move || {
        known.with(|known| {
            known
                .as_ref()
                .is_some_and(|uses| uses.releases.iter().all(|used| !used.live))
        })
    });
    let effect = Signal::derive(move || uses.with(effect));
    let doomed = Doomed {
        kind: EntityKind::Metric,
        key,
        version,
    };
    let named = move || uses.with(|uses| !uses.releases.is_empty() || !uses.templates.is_empty());
    view! {
        <DeleteBody
            open=shared.deleting
            doomed
            action="Delete metric"
            effect
            free
            gone=move |()| shared.metrics.refetch()
            refused=move |()| shared.uses.refetch()
        >
            <Show when=named><UseList uses /></Show>
        </DeleteBody>
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
