//! Dialogs, on the browser's own.

use crate::components::show::Show;
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast as _;

use super::{button::IconButton, icon::Glyph};

/// Where somebody begins in a dialog that was just opened: what asks for the focus, else the
/// first field, else the button that changes nothing. The browser would take the cross.
fn begin(dialog: &web_sys::HtmlDialogElement) {
    const FIRST: [&str; 4] = [
        "[autofocus]",
        ".dialog-body :is(input, select, textarea):not(:disabled)",
        ".dialog-foot button[data-look=plain]",
        ".dialog-foot button",
    ];
    let found = |selector: &&str| dialog.query_selector(selector).ok().flatten();
    let first = FIRST.iter().find_map(found);
    if let Some(first) = first.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = first.focus();
    }
}

/// A modal dialog; its content lives only while it is open. The last child is best a
/// `<div class="dialog-foot">` with the buttons.
#[component]
pub(crate) fn Dialog(
    /// Whether it is open; closing it by keyboard sets it.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// More room, for forms and comparisons.
    #[prop(optional)]
    wide: bool,
    /// For browser tests, while open.
    #[prop(default = "dialog")]
    testid: &'static str,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let heading = StoredValue::new(super::field::fresh_id("dialog"));
    crate::reactive::effect(move || {
        let open = open.get();
        if let Some(dialog) = node.get() {
            match (open, dialog.open()) {
                (true, false) => {
                    // Fails only where the element is not in the page.
                    let _ = dialog.show_modal();
                    request_animation_frame(move || begin(&dialog));
                }
                (false, true) => dialog.close(),
                _ => {}
            }
        }
    });
    view! {
        <dialog
            class="dialog"
            class:wide=wide
            node_ref=node
            aria-labelledby=heading.get_value()
            data-testid=move || open.get().then_some(testid)
            on:close=move |_| open.set(false)
        >
            <Show when=move || open.get()>
                <div class="dialog-head">
                    <h2 id=heading.get_value()>{move || title.get()}</h2>
                    <IconButton glyph=Glyph::Close label="Close" on_click=move |()| open.set(false) />
                </div>
                {children()}
            </Show>
        </dialog>
    }
}
