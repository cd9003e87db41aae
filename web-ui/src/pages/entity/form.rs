//! A form in a dialog that makes or changes one thing.

use leptos::prelude::*;
use serin_api::{
    change::Change,
    error::{Detail, codes},
};

use super::alone;
use crate::{
    client,
    components::{
        button::{Button, SubmitButton},
        error_view::ErrorNotice,
    },
    place::Place,
};

/// Where a document is in what is sent.
const DOCUMENT: &str = "/changes/0/document";

/// Fields with their buttons: sends one change, and closes the dialog when it is done.
#[component]
pub(crate) fn EntityForm(
    /// The dialog.
    open: RwSignal<bool>,
    /// The change, when it is to be sent.
    #[prop(into)]
    change: Callback<(), Change>,
    /// Whether it can be sent.
    #[prop(into)]
    complete: Signal<bool>,
    /// What the button says.
    action: &'static str,
    /// It is done; with the key.
    #[prop(into)]
    done: Callback<String>,
    /// Somebody else changed it meanwhile.
    #[prop(into)]
    overtaken: Callback<()>,
    /// Where the server's mistakes go, by place in the document; into the notice where absent.
    #[prop(optional)]
    refused: Option<RwSignal<Vec<Detail>>>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let place = Place::current();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let fail = move |mut failed: client::Error| {
        if failed.code == codes::VERSION_CONFLICT {
            overtaken.run(());
            let message = "Somebody else changed it meanwhile. Close this, look at what stands now, and edit again.";
            error.try_set(Some(client::failed(message.to_owned())));
            return;
        }
        if let Some(refused) = refused {
            let details = std::mem::take(&mut failed.details).into_iter();
            let placed = details.map(|mut detail| {
                if let Some(path) = detail.path.strip_prefix(DOCUMENT) {
                    detail.path = path.to_owned();
                }
                detail
            });
            refused.try_set(placed.collect());
        }
        error.try_set(Some(failed));
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let change = untrack(|| change.run(()));
        let key = change.key.clone();
        let set = alone(place.project.get_untracked(), change);
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    done.try_run(key);
                    open.try_set(false);
                }
                Err(failed) => fail(failed),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=error />
                {children()}
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=busy disabled=Signal::derive(move || !complete.get()) testid="dialog-confirm">{action}</SubmitButton>
            </div>
        </form>
    }
}
