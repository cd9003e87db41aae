//! The engine beside the page: the server's own checks, explanations and counts, for what
//! is being edited and is not saved.
//!
//! It is a module of its own, in a worker: loaded when a page first asks for it, and never
//! in the way of typing. Where it cannot be had, editing goes on, and the server checks.

mod call;
mod follow;
mod question;

use leptos::prelude::*;
use serde_json::{Value, json};

pub(crate) use call::Failure;
pub(crate) use question::{Drafts, Matches, Mistake, Question, Subject, Units};

use crate::{
    client,
    live::{Live, News},
    place::Place,
    query::{Phase, Query},
};
use call::{call, lost, typed};

/// Whether the engine can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is on its way.
    Loading,
    /// It knows the environment's ruleset of this revision.
    Ready {
        /// The ruleset's revision.
        revision: u64,
    },
    /// It cannot be had, and why.
    Unavailable(String),
}

/// The engine with the ruleset of the environment in view, as a context of every page.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    /// The revision of the ruleset that the engine was fed with.
    fed: Query<u64>,
    /// How many components want it fresh.
    users: RwSignal<usize>,
}

impl Engine {
    /// Makes it known. Nothing is loaded yet.
    pub(crate) fn provide(place: Place, live: Live) {
        let users = RwSignal::new(0);
        let here = move || (place.project.get(), place.environment.get());
        let fed = Query::new(
            move || (users.get() > 0).then(here),
            move |asked| async move {
                let ruleset = client::ruleset(&asked.0, &asked.1).await?;
                if asked != untrack(here) {
                    // Another query is on its way to what is in view by now.
                    return Ok(0);
                }
                let loaded = call("load", &ruleset).await;
                let loaded = loaded.map_err(|why| client::failed(plain(why).to_string()))?;
                Ok(loaded["revision"].as_u64().unwrap_or_default())
            },
        );
        live.subscribe(move |news| {
            let concerned = match news {
                News::Missed => true,
                News::Changed(event) => !event.entities.is_empty() || !event.releases.is_empty(),
            };
            if concerned && users.get_untracked() > 0 {
                fed.refetch();
            }
        });
        provide_context(Self { fed, users });
    }

    /// The engine, loaded from now on, and kept fresh for as long as the calling component
    /// lives.
    pub(crate) fn current() -> Self {
        let engine: Self = expect_context();
        engine.users.update(|users| *users += 1);
        on_cleanup(move || {
            engine.users.try_update(|users| *users -= 1);
        });
        engine
    }

    /// Whether it can be asked, tracked.
    pub(crate) fn state(self) -> State {
        match self.fed.phase() {
            Phase::Loading => State::Loading,
            Phase::Ready(revision) => State::Ready {
                revision: revision.get(),
            },
            Phase::Failed(error) => State::Unavailable(error.message),
        }
    }

    /// The revision of the ruleset that it knows, tracked.
    pub(crate) fn revision(self) -> Option<u64> {
        match self.state() {
            State::Ready { revision } => Some(revision),
            State::Loading | State::Unavailable(_) => None,
        }
    }

    /// One call. Where the engine is lost, it is so for all, until it can be fed again.
    async fn ask(self, name: &str, argument: &str) -> Result<Value, Failure> {
        let answer = call(name, argument).await;
        answer.map_err(|failure| {
            let ready = || matches!(self.fed.phase(), Phase::Ready(_));
            if lost(&failure).is_some() && untrack(ready) {
                self.fed.retry();
            }
            plain(failure)
        })
    }

    /// The mistakes in a document, as the server would refuse it.
    pub(crate) async fn check(self, subject: Subject) -> Result<Vec<Mistake>, Failure> {
        let mut answer = self.ask("check", &subject.argument()).await?;
        typed(answer["mistakes"].take())
    }

    /// Why a flag serves what it serves: an `engine::explain::Explanation`. As JSON, since
    /// what would read it as a type is large to download.
    pub(crate) async fn explain(self, question: Question) -> Result<Value, Failure> {
        self.ask("explain", &question.argument()).await
    }

    /// What the drafts would change for some units: an `engine::impact::Impact`, as JSON.
    pub(crate) async fn impact(
        self,
        flag: String,
        units: Units,
        drafts: Drafts,
    ) -> Result<Value, Failure> {
        self.ask("impact", &units.argument(&flag, drafts)).await
    }

    /// The keys of the flags that the drafts may change, directly or by way of others.
    pub(crate) async fn affected(self, drafts: Drafts) -> Result<Vec<String>, Failure> {
        let argument = json!({ "drafts": drafts.into_json() });
        let mut answer = self.ask("affected", &argument.to_string()).await?;
        typed(answer["flags"].take())
    }

    /// Where a regular expression is found in a text.
    pub(crate) async fn try_regex(
        self,
        pattern: String,
        text: String,
        ignore_case: bool,
    ) -> Result<Matches, Failure> {
        let argument = json!({ "pattern": pattern, "text": text, "ignore_case": ignore_case });
        typed(self.ask("try_regex", &argument.to_string()).await?)
    }
}

/// As people are told.
fn plain(failure: Failure) -> Failure {
    match lost(&failure) {
        Some(why) => Failure::Unavailable(why.to_owned()),
        None => failure,
    }
}
