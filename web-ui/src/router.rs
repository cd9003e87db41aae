//! Addresses and pages: what the address bar says, as signals, and how it changes.
//!
//! Our own, because the pages of this UI need little of a routing library, and the one
//! that was here weighed more than twenty kilobytes of the five hundred that the page may.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

pub(crate) mod leave;
pub(crate) mod page;

use leave::{Leaving, Move};
use page::{Page, segments};

/// The address in view, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Router {
    /// `/shop/production/flags`
    path: RwSignal<String>,
    /// `?new=checkout`, or empty.
    search: RwSignal<String>,
    /// What going away would lose.
    leaving: Leaving,
}

impl Router {
    /// Follows the address bar from now on, as a context, and takes over the clicks on
    /// links to other pages of this UI.
    pub(crate) fn provide() -> Self {
        let router = Self {
            path: RwSignal::new(String::new()),
            search: RwSignal::new(String::new()),
            leaving: Leaving::new(),
        };
        router.read();
        provide_context(router);
        window_event_listener(ev::popstate, move |_| {
            let path = window().location().pathname().unwrap_or_default();
            let moves = router.path.with_untracked(|here| *here != path);
            if router.leaving.allows_step(moves) {
                router.read();
            }
        });
        window_event_listener(ev::click, move |event| {
            if let Some(href) = inner_link(&event) {
                event.prevent_default();
                router.go(&href);
            }
        });
        router
    }

    /// The router of this page.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// The path, tracked.
    pub(crate) fn path(self) -> String {
        self.path.get()
    }

    /// The path, not tracked.
    pub(crate) fn path_untracked(self) -> String {
        self.path.get_untracked()
    }

    /// A segment of the path, decoded; empty where there is none. The project is number 0.
    pub(crate) fn segment(self, number: usize) -> Memo<String> {
        Memo::new(move |_| {
            self.path
                .with(|path| segments(path).nth(number).unwrap_or_default())
        })
    }

    /// The query with its question mark, or nothing, tracked.
    pub(crate) fn search(self) -> String {
        self.search.get()
    }

    /// A parameter of the query, tracked.
    pub(crate) fn query(self, name: &str) -> Option<String> {
        self.search.with(|search| page::parameter(search, name))
    }

    /// Which page the path names; changes only where another page is to be built.
    pub(crate) fn page(self) -> Memo<Page> {
        Memo::new(move |_| self.path.with(|path| Page::at(path)))
    }

    /// Goes to another page; going back leads here again.
    pub(crate) fn go(self, href: &str) {
        self.change(href, false);
    }

    /// Goes to another page in place of this one.
    pub(crate) fn replace(self, href: &str) {
        self.change(href, true);
    }

    fn change(self, href: &str, replace: bool) {
        let to = Move::To {
            href: href.to_owned(),
            replace,
        };
        let stays = self.path.with_untracked(|here| page::path_of(href) == here);
        if stays || page::path_of(href) == "/sign-in" || self.leaving.allows(to) {
            self.change_now(href, replace);
        }
    }

    fn change_now(self, href: &str, replace: bool) {
        let Ok(history) = window().history() else {
            return;
        };
        // The place among the pages that were gone through tells back from forth.
        let state = JsValue::from_f64(f64::from(self.leaving.step(replace)));
        let done = if replace {
            history.replace_state_with_url(&state, "", Some(href))
        } else {
            history.push_state_with_url(&state, "", Some(href))
        };
        if done.is_ok() {
            let before = self.path.get_untracked();
            self.read();
            if self.path.get_untracked() != before {
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
        }
    }

    /// Asks before anything leads away from here while `edited` holds, for as long as the
    /// calling component lives.
    pub(crate) fn ask_before_leaving(self, edited: Signal<bool>) {
        self.leaving.hold(edited);
    }

    /// Whether something of this page is not saved, not tracked.
    pub(crate) fn has_edits(self) -> bool {
        self.leaving.holds()
    }

    fn read(self) {
        let location = window().location();
        // Signals tell only those who look at what really changed.
        for (signal, now) in [
            (self.path, location.pathname()),
            (self.search, location.search()),
        ] {
            let now = now.unwrap_or_default();
            if signal.with_untracked(|was| *was != now) {
                signal.set(now);
            }
        }
    }
}

/// Where a plain click on a link of this UI leads.
fn inner_link(event: &MouseEvent) -> Option<String> {
    let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || modified {
        return None;
    }
    let target: Element = event.target()?.dyn_into().ok()?;
    let link = target.closest("a[href]").ok()??;
    if link.has_attribute("target") || link.has_attribute("download") {
        return None;
    }
    // Anchors within the page and other origins are the browser's.
    link.get_attribute("href").filter(|href| {
        href.starts_with('/') && !href.starts_with("//") && !page::is_of_the_server(href)
    })
}

/// A link that knows when its page, or one below it, is in view.
#[component]
pub(crate) fn Link(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    children: Children,
) -> impl IntoView {
    let router = Router::current();
    let current = move || {
        let here = router.path();
        href.with(|href| page::is_under(&here, href))
            .then_some("page")
    };
    view! { <a href=href aria-current=current>{children()}</a> }
}
