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
                <Route path=path!("/") view=Home />
                <Route path=path!("/sign-in") view=SignIn />
                <ParentRoute path=path!("/:project/:environment") view=Shell>
                    <Route path=path!("/flags") view=Flags />
                    <Route path=path!("/flags/:key") view=Flag />
                    <Route path=path!("/audit") view=Audit />
                    <Route path=path!("/changes") view=Changes />
                    <Route path=path!("/segments") view=Segments />
                    <Route path=path!("/segments/:key") view=SegmentPage />
                    <ParentRoute path=path!("/settings") view=Settings>
                        <Route path=path!("/") view=SettingsStart />
                        <Route path=path!("/keys") view=Keys />
                        <Route path=path!("/environments") view=Environments />
                        <Route path=path!("/members") view=Members />
                        <Route path=path!("/tokens") view=Tokens />
                    </ParentRoute>
                    <Route path=path!("/releases") view=Releases />
                    <Route path=path!("/releases/:id") view=ReleasePage />
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
