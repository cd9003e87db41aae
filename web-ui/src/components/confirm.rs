//! Asking once before something is taken away.

use leptos::prelude::*;

use super::{
    button::Button,
    dialog::Dialog,
    error_view::ErrorNotice,
    icon::{Glyph, Icon},
};
use crate::client::Error;

/// A dialog that names what is about to happen.
#[component]
pub(crate) fn ConfirmDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    effect: Signal<String>,
    /// What the button says.
    #[prop(into)]
    verb: String,
    /// Does it; close the dialog when it is done.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// Works on it.
    #[prop(into)]
    busy: Signal<bool>,
    /// What failed.
    #[prop(into)]
    error: Signal<Option<Error>>,
) -> impl IntoView {
    let verb = StoredValue::new(verb);
    view! {
        <Dialog open title>
            <div class="dialog-body">
                <ErrorNotice error />
                <div class="notice" data-tone="warn">
                    <Icon glyph=Glyph::Warning />
                    <p>{move || effect.get()}</p>
                </div>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <button
                    type="button"
                    class="button"
                    data-look="danger"
                    data-testid="dialog-confirm"
                    disabled=move || busy.get()
                    on:click=move |_| on_confirm.run(())
                >
                    {verb.get_value()}
                </button>
            </div>
        </Dialog>
    }
}
