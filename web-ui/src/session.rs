//! Who is signed in.

use leptos::prelude::*;
use serin_api::session::{Session, User};

use crate::client;

/// What is known about the person in front of the page.
#[derive(Clone, PartialEq)]
pub(crate) enum Known {
    /// The server was not asked yet.
    Asking,
    /// Nobody is signed in.
    Nobody,
    /// Somebody is.
    User(User),
    /// The server could not say.
    Unreachable(client::Error),
}

/// The session, as a context of the whole application.
#[derive(Clone, Copy)]
pub(crate) struct CurrentSession(pub(crate) RwSignal<Known>);

impl CurrentSession {
    /// Makes it known to all components and asks the server.
    pub(crate) fn provide() -> Self {
        let session = Self(RwSignal::new(Known::Asking));
        provide_context(session);
        client::on_signed_out(move || session.0.set(Known::Nobody));
        session.ask();
        session
    }

    /// Asks the server who is signed in.
    pub(crate) fn ask(self) {
        crate::reactive::spawn(async move {
            let known = match client::session().await {
                Ok(session) => Known::User(session.user),
                Err(error) if error.code == serin_api::error::codes::UNAUTHENTICATED => {
                    Known::Nobody
                }
                Err(error) => Known::Unreachable(error),
            };
            // Whoever signed in meanwhile is not sent away by an answer from before.
            if !matches!(self.0.get_untracked(), Known::User(_)) {
                self.0.set(known);
            }
        });
    }

    /// Takes note of a sign-in.
    pub(crate) fn signed_in(self, session: Session) {
        self.0.set(Known::User(session.user));
    }

    /// Who is signed in, tracked.
    pub(crate) fn user(self) -> Option<User> {
        match self.0.get() {
            Known::User(user) => Some(user),
            _ => None,
        }
    }
}
