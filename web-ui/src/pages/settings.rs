//! Keys, environments, members, webhooks and tokens.

mod credential;
pub(crate) mod environments;
pub(crate) mod keys;
pub(crate) mod members;
mod snippets;
pub(crate) mod tokens;
mod users;
pub(crate) mod webhooks;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::session::Role;

use crate::{
    client::Error,
    components::time::Time,
    place::Place,
    router::{Link, Router, page::Section},
};
use environments::Environments;
use keys::Keys;
use members::Members;
use tokens::Tokens;
use webhooks::Webhooks;

/// `/:project/:environment/settings/…`
#[component]
pub(crate) fn Settings(section: Section) -> impl IntoView {
    let place = Place::current();
    let pages = [
        ("settings/keys", "SDK keys"),
        ("settings/environments", "Environments"),
        ("settings/members", "Members"),
        ("settings/webhooks", "Webhooks"),
        ("settings/tokens", "API tokens"),
    ];
    let links = pages
        .into_iter()
        .map(|(path, words)| view! { <li><Link href=Signal::derive(move || place.path(path))>{words}</Link></li> })
        .collect_view();
    view! {
        <div class="page settings">
            <header class="page-head"><h1>"Settings"</h1></header>
            <nav class="sub-nav" aria-label="Settings"><ul>{links}</ul></nav>
            {part(place, section)}
        </div>
    }
}

fn part(place: Place, section: Section) -> AnyView {
    match section {
        Section::Start => {
            let first = untrack(|| place.path("settings/keys"));
            Router::current().replace(&first);
            ().into_any()
        }
        Section::Keys => view! { <Keys /> }.into_any(),
        Section::Environments => view! { <Environments /> }.into_any(),
        Section::Members => view! { <Members /> }.into_any(),
        Section::Webhooks => view! { <Webhooks /> }.into_any(),
        Section::Tokens => view! { <Tokens /> }.into_any(),
    }
}

/// Whether the person may change what the settings are about, tracked.
fn can_manage(place: Place) -> bool {
    place.role() >= Role::Admin
}

/// A time, or `never`.
fn when(at: Option<DateTime<Utc>>) -> AnyView {
    match at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => view! { <span class="faint">"never"</span> }.into_any(),
    }
}

/// A table; the last heading may be empty, above buttons.
fn table(headings: &[&'static str], rows: Vec<AnyView>) -> AnyView {
    let headings = headings
        .iter()
        .map(|words| {
            let words = if words.is_empty() {
                view! { <span class="visually-hidden">"Actions"</span> }.into_any()
            } else {
                (*words).into_any()
            };
            view! { <th scope="col">{words}</th> }.into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <div class="table-wrap">
            <table class="table">
                <thead><tr>{headings}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A dialog that is open while something is chosen.
fn opened_by<T: Clone + Send + Sync + 'static>(
    chosen: RwSignal<Option<T>>,
    work: Work,
) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    crate::reactive::effect(move || {
        if chosen.with(Option::is_some) {
            work.clear();
            open.set(true);
        }
    });
    Effect::new(move |was: Option<bool>| {
        let is = open.get();
        if was == Some(true) && !is {
            chosen.set(None);
        }
        is
    });
    open
}

/// A dialog's work: whether it goes on, and what failed.
#[derive(Clone, Copy)]
struct Work {
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
}

impl Work {
    fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
        }
    }

    /// Forgets what failed before.
    fn clear(self) {
        self.error.set(None);
    }

    /// Does it and then, where it succeeded, what follows.
    fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        self.busy.set(true);
        self.error.set(None);
        crate::reactive::spawn(async move {
            match work.await {
                Ok(answer) => then(answer),
                Err(failed) => {
                    self.error.try_set(Some(failed));
                }
            }
            self.busy.try_set(false);
        });
    }
}
