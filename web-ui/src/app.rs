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
    pages::{
        audit::Audit,
        changes::Changes,
        flag::Flag,
        flags::Flags,
        home::Home,
        release::ReleasePage,
        releases::Releases,
        segments::{SegmentPage, Segments},
        settings::{
            Settings, SettingsStart, environments::Environments, keys::Keys, members::Members,
            tokens::Tokens,
        },
        sign_in::SignIn,
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
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=page(|| view! { <Home /> }.into_any()) />
                <Route path=path!("/sign-in") view=page(|| view! { <SignIn /> }.into_any()) />
                <ParentRoute path=path!("/:project/:environment") view=page(|| view! { <Shell /> }.into_any())>
                    <Route path=path!("/flags") view=page(|| view! { <Flags /> }.into_any()) />
                    <Route path=path!("/flags/:key") view=page(|| view! { <Flag /> }.into_any()) />
                    <Route path=path!("/audit") view=page(|| view! { <Audit /> }.into_any()) />
                    <Route path=path!("/changes") view=page(|| view! { <Changes /> }.into_any()) />
                    <Route path=path!("/segments") view=page(|| view! { <Segments /> }.into_any()) />
                    <Route path=path!("/segments/:key") view=page(|| view! { <SegmentPage /> }.into_any()) />
                    <ParentRoute path=path!("/settings") view=page(|| view! { <Settings /> }.into_any())>
                        <Route path=path!("/") view=page(|| view! { <SettingsStart /> }.into_any()) />
                        <Route path=path!("/keys") view=page(|| view! { <Keys /> }.into_any()) />
                        <Route path=path!("/environments") view=page(|| view! { <Environments /> }.into_any()) />
                        <Route path=path!("/members") view=page(|| view! { <Members /> }.into_any()) />
                        <Route path=path!("/tokens") view=page(|| view! { <Tokens /> }.into_any()) />
                    </ParentRoute>
                    <Route path=path!("/releases") view=page(|| view! { <Releases /> }.into_any()) />
                    <Route path=path!("/releases/:id") view=page(|| view! { <ReleasePage /> }.into_any()) />
                    <Route path=path!("/*any") view=page(|| view! { <NotFound /> }.into_any()) />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastRegion />
    }
}

/// A page behind one type: a route for each type of view would make the page some
/// kilobytes larger.
fn page(view: fn() -> AnyView) -> fn() -> AnyView {
    view
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
