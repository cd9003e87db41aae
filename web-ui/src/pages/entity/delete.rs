//! Taking one thing away, where nothing stands in the way.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
};

use super::alone;
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look},
        error_view::ErrorNotice,
        icon::{Glyph, Icon},
        toast::Toasts,
    },
    place::Place,
};

/// What is to go.
#[derive(Clone, Debug)]
pub(crate) struct Doomed {
    pub(crate) kind: EntityKind,
    pub(crate) key: String,
    pub(crate) version: u64,
}

/// What a dialog holds that takes one thing away: what follows, what stands in the way, and the
/// buttons.
#[component]
pub(crate) fn DeleteBody(
    /// The dialog.
    open: RwSignal<bool>,
    doomed: Doomed,
    /// What the button says.
    action: &'static str,
    /// What follows from it, or stands in the way.
    #[prop(into)]
    effect: Signal<&'static str>,
    /// Whether it is known that nothing stands in the way.
    #[prop(into)]
    free: Signal<bool>,
    /// It is gone.
    #[prop(into)]
    gone: Callback<()>,
    /// It could not go: what stands in the way may be another by now.
    #[prop(into)]
    refused: Callback<()>,
    /// What names it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (place, toasts) = (Place::current(), Toasts::current());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let confirm = move |()| {
        let Doomed { kind, key, version } = doomed.clone();
        let change = Change {
            kind,
            environment: None,
            key: key.clone(),
            action: Action::Delete,
            document: None,
            version: Some(version),
        };
        let set = alone(place.project.get_untracked(), change);
        busy.set(true);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    toasts.say(Tone::Good, format!("{key} is gone."));
                    gone.try_run(());
                    open.try_set(false);
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                    refused.try_run(());
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <div class="dialog-body">
            <ErrorNotice error />
            <div class="notice" data-tone="warn">
                <Icon glyph=Glyph::Warning />
                <p data-testid="delete-effect">{move || effect.get()}</p>
            </div>
            {children.map(|children| children())}
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" data-look="plain" data-testid="dialog-cancel" autofocus on:click=move |_| open.set(false)>
                "Cancel"
            </button>
            <Button
                look=Look::Danger
                on_click=confirm
                busy
                disabled=Signal::derive(move || !free.get())
                testid="dialog-confirm"
            >
                {action}
            </Button>
        </div>
    }
}
