//! The application: what holds everywhere, and which address shows which page.

use leptos::prelude::*;

use crate::{
    clock::Ticking,
    components::{
        empty::Empty,
        icon::Glyph,
        toast::{ToastRegion, Toasts},
    },
    pages::{flags::Flags, home::Home, later, sign_in::SignIn},
    router::{
        Router,
        leave::LeaveDialog,
        page::{Inside, Page},
    },
    session::CurrentSession,
    shell::Shell,
};

/// The root.
#[component]
pub(crate) fn App() -> impl IntoView {
    Ticking::provide();
    Toasts::provide();
    CurrentSession::provide();
    let page = Router::provide().page();
    if let Page::Inside(inside) = page.get_untracked() {
        later::ahead(inside);
    }
    // The frame stays while pages change inside it.
    let outer = Memo::new(move |_| match page.get() {
        Page::Inside(_) => Page::Inside(Inside::Nowhere),
        page => page,
    });
    let view = move || match outer.get() {
        Page::Home => view! { <Home /> }.into_any(),
        Page::SignIn => view! { <SignIn /> }.into_any(),
        Page::Inside(_) => view! { <Shell page=inside /> }.into_any(),
        Page::Nowhere => view! { <NotFound /> }.into_any(),
    };
    view! {
        {view}
        <LeaveDialog />
        <ToastRegion />
    }
}

/// The page inside the frame.
fn inside(page: Inside) -> AnyView {
    match page {
        Inside::Flags => view! { <Flags /> }.into_any(),
        Inside::Nowhere => view! { <NotFound /> }.into_any(),
        page => later::page(page),
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <Empty
            glyph=Glyph::Search
            title="There is no page here"
            text="The address may be mistyped, or what it named may be gone."
        >
            <a class="button" href="/">"To the start"</a>
        </Empty>
    }
}
