//! A list of prerequisites or targets: rows that come and go.

use leptos::prelude::*;

use super::editor::Editor;
use crate::{
    components::{
        button::{Button, IconButton, Look},
        each::{Each, entry},
        icon::Glyph,
        show::Show,
        toast::Toasts,
    },
    conditions::focus,
};

/// The rows, in order, and a button that adds one.
#[component]
pub(crate) fn Entries(
    /// How many there are.
    #[prop(into)]
    count: Signal<usize>,
    /// Builds one.
    row: fn(usize) -> AnyView,
    /// The JSON pointer of the list.
    at: &'static str,
    /// What is said where there is none.
    empty: &'static str,
    /// What the button says.
    add: &'static str,
    /// Adds one at the end.
    #[prop(into)]
    on_add: Callback<()>,
    /// For browser tests, on the button.
    testid: &'static str,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let count = Memo::new(move |_| count.get());
    let rows = move || {
        (0..count.get())
            .map(|index| entry(index, move || row(index)))
            .collect()
    };
    let add_one = move |()| {
        on_add.run(());
        let path = format!("{at}/{}", count.get_untracked().saturating_sub(1));
        request_animation_frame(move || focus(&path));
    };
    view! {
        <ul class="targets"><Each of=rows /></ul>
        <Show when=Signal::derive(move || count.get() == 0)>
            <p class="small faint">{empty}</p>
        </Show>
        <Show when=Signal::derive(move || !editor.locked())>
            <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=add_one testid>{add}</Button>
        </Show>
    }
}

/// What puts a row back.
pub(crate) type Back = Box<dyn Fn() + Send + Sync>;

/// One row, with a button that takes it out.
#[component]
pub(crate) fn Entry(
    /// Its JSON pointer.
    at: String,
    /// What it is called: `prerequisite`.
    what: &'static str,
    /// Takes it out, and gives the way back.
    #[prop(into)]
    on_remove: Callback<(), Back>,
    /// The name of its colour.
    #[prop(optional, into)]
    color: Signal<String>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let toasts = Toasts::current();
    let remove = move |()| {
        let back = on_remove.run(());
        toasts.undoable(format!("The {what} is deleted."), back);
    };
    view! {
        <li class="target" data-at=at data-variation-color=move || color.get()>
            {children()}
            <Show when=Signal::derive(move || !editor.locked())>
                <IconButton glyph=Glyph::Trash label=format!("Delete {what}") on_click=remove testid="delete-entry" />
            </Show>
        </li>
    }
}
