//! The pages that come after the first one: their code is loaded when one of them is opened,
//! or before, while the browser has nothing else to do.
//!
//! `cargo xtask ui` cuts the wasm along the functions that are marked here. What they need
//! and the first page does not is in no hurry.

use std::{cell::Cell, time::Duration};

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::{
    audit::Audit,
    changes::Changes,
    flag::Flag,
    metrics::MetricsPage,
    release::ReleasePage,
    release_form::{EditReleasePage, NewReleasePage, NewTemplatePage, TemplatePage},
    releases::Releases,
    segments::{SegmentPage, Segments},
    settings::Settings,
    templates::TemplatesPage,
};
use crate::{
    client,
    components::{loaded::loaded, skeleton::SkeletonRows},
    query::Query,
    reactive::spawn,
    router::page::Inside,
};

/// Builds any page of a part.
type Build = fn(Inside) -> AnyView;

/// Pages whose code comes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// What is edited: flags and segments.
    Editing,
    /// What goes on, went on, and who may do what.
    Running,
}

const PARTS: [Part; 2] = [Part::Editing, Part::Running];
/// How long browsers that cannot tell when they are idle are left alone.
const IDLE: Duration = Duration::from_secs(1);
/// Says that the page was loaded anew for a part that was gone.
const RENEWED: &str = "serin.renewed";

thread_local! {
    static HERE: Cell<[Option<Build>; PARTS.len()]> = const { Cell::new([None; PARTS.len()]) };
}

#[wasm_split(editing, fallible)]
fn editing() -> Result<Build, SplitLoaderError> {
    fn build(page: Inside) -> AnyView {
        match page {
            Inside::Segments => view! { <Segments /> }.into_any(),
            Inside::Segment => view! { <SegmentPage /> }.into_any(),
            Inside::Flag => view! { <Flag /> }.into_any(),
            // Of the other part, or of the first page.
            Inside::Metrics
            | Inside::Releases
            | Inside::NewRelease
            | Inside::Release
            | Inside::EditRelease
            | Inside::Templates
            | Inside::NewTemplate
            | Inside::Template
            | Inside::Changes
            | Inside::Audit
            | Inside::Settings(_)
            | Inside::Flags
            | Inside::Nowhere => ().into_any(),
        }
    }
    Ok(build)
}

#[wasm_split(running, fallible)]
fn running() -> Result<Build, SplitLoaderError> {
    fn build(page: Inside) -> AnyView {
        match page {
            Inside::Releases => view! { <Releases /> }.into_any(),
            Inside::Release => view! { <ReleasePage /> }.into_any(),
            Inside::NewRelease => view! { <NewReleasePage /> }.into_any(),
            Inside::EditRelease => view! { <EditReleasePage /> }.into_any(),
            Inside::Templates => view! { <TemplatesPage /> }.into_any(),
            Inside::NewTemplate => view! { <NewTemplatePage /> }.into_any(),
            Inside::Template => view! { <TemplatePage /> }.into_any(),
            Inside::Metrics => view! { <MetricsPage /> }.into_any(),
            Inside::Changes => view! { <Changes /> }.into_any(),
            Inside::Audit => view! { <Audit /> }.into_any(),
            Inside::Settings(section) => view! { <Settings section /> }.into_any(),
            Inside::Flag | Inside::Segments | Inside::Segment | Inside::Flags | Inside::Nowhere => {
                ().into_any()
            }
        }
    }
    Ok(build)
}

impl Part {
    /// The part that a page is in; none for those that are here from the start.
    fn of(page: Inside) -> Option<Self> {
        match page {
            Inside::Flag | Inside::Segments | Inside::Segment => Some(Self::Editing),
            Inside::Metrics
            | Inside::Releases
            | Inside::NewRelease
            | Inside::Release
            | Inside::EditRelease
            | Inside::Templates
            | Inside::NewTemplate
            | Inside::Template
            | Inside::Changes
            | Inside::Audit
            | Inside::Settings(_) => Some(Self::Running),
            Inside::Flags | Inside::Nowhere => None,
        }
    }

    fn here(self) -> Option<Build> {
        HERE.get()[self as usize]
    }

    async fn load(self) -> Result<Build, SplitLoaderError> {
        if let Some(build) = self.here() {
            return Ok(build);
        }
        let build = match self {
            Self::Editing => editing().await?,
            Self::Running => running().await?,
        };
        let mut here = HERE.get();
        here[self as usize] = Some(build);
        HERE.set(here);
        Ok(build)
    }

    /// Loads it for a page that is to be shown.
    async fn open(self) -> Result<Build, client::Error> {
        let Ok(build) = self.load().await else {
            return Err(missing().await);
        };
        renewed(false);
        prefetch();
        Ok(build)
    }
}

/// Builds a page, as soon as its code is here.
pub(crate) fn page(page: Inside) -> AnyView {
    let Some(part) = Part::of(page) else {
        return ().into_any();
    };
    if let Some(build) = part.here() {
        return build(page);
    }
    let build = Query::new(move || Some(()), move |()| part.open());
    let skeleton = || view! { <SkeletonRows /> }.into_any();
    let ready = move |build: RwSignal<Build>| build.get_untracked()(page);
    loaded(build, skeleton, ready).into_any()
}

/// Loads the code of a page that is going to be built once the server has answered.
pub(crate) fn ahead(page: Inside) {
    if let Some(part) = Part::of(page) {
        spawn(async move {
            // The page itself tries again, and tells.
            let _ = part.load().await;
        });
    }
}

/// Says that the first page can be used: to who measures it, and to what waited for it.
pub(crate) fn usable() {
    // Once what was built is about to be painted.
    request_animation_frame(|| {
        if let Some(performance) = window().performance() {
            let _ = performance.mark("serin-usable");
        }
        prefetch();
    });
}

/// Loads what is not here yet, once the browser has nothing better to do.
fn prefetch() {
    let rest = || {
        spawn(async {
            for part in PARTS {
                // Whoever opens a page of it tries again, and is told.
                let _ = part.load().await;
            }
        });
    };
    if request_idle_callback_with_handle(rest).is_err() {
        set_timeout(rest, IDLE);
    }
}

/// What to say where a part cannot be loaded. After an upgrade of the server the old parts
/// are gone, and so is this page, for a new one: once, since a second time would not help.
async fn missing() -> client::Error {
    match client::outdated().await {
        Ok(true) if renewed(true) => {
            let _ = window().location().reload();
            std::future::pending().await
        }
        Ok(true) => client::failed(
            "The server has another version than this page by now. Reload the page.".to_owned(),
        ),
        Ok(false) => client::failed("A part of this page could not be loaded.".to_owned()),
        Err(error) => error,
    }
}

/// Remembers whether the page was loaded anew; gives whether that is new.
fn renewed(now: bool) -> bool {
    let Ok(Some(storage)) = window().session_storage() else {
        return false;
    };
    let before = storage.get_item(RENEWED).is_ok_and(|mark| mark.is_some());
    let done = if now {
        storage.set_item(RENEWED, "")
    } else {
        storage.remove_item(RENEWED)
    };
    done.is_ok() && before != now
}
