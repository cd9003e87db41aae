//! The application: what holds everywhere, and which address shows which page.

use leptos::prelude::*;
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    clock::Ticking,
    components::{
        empty::Empty,
        icon::Glyph,
        toast::{ToastRegion, Toasts},
    },
    pages::{flag::Flag, flags::Flags, home::Home, sign_in::SignIn},
    session::CurrentSession,
    shell::Shell,
};

/// The root.
#[component]
pub(crate) fn App() -> impl IntoView {
    Ticking::provide();
    Toasts::provide();
    CurrentSession::provide();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=Home />
                <Route path=path!("/sign-in") view=SignIn />
                <ParentRoute path=path!("/:project/:environment") view=Shell>
                    <Route path=path!("/flags") view=Flags />
                    <Route path=path!("/flags/:key") view=Flag />
                    <Route path=path!("/*any") view=NotFound />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion />
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
