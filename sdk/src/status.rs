//! How the client stands with its server.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How a client stands at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The revision that evaluations use; absent before the first ruleset.
    pub revision: Option<u64>,
    /// How long ago the server was last heard of, be it by a heartbeat; absent where
    /// it never was. While connected, this stays below the silence limit.
    pub age: Option<Duration>,
    /// Whether the stream is open.
    pub connected: bool,
    /// The last thing that went wrong. It stays after it was overcome.
    pub last_error: Option<LastError>,
    /// Whether the client was shut down. Evaluation goes on from the last ruleset.
    pub shut_down: bool,
}

/// The last thing that went wrong between a client and its server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastError {
    /// What it was.
    pub problem: Problem,
    /// How long ago.
    pub age: Duration,
}

/// What may go wrong between a client and its server. All of it is retried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The server answers 401 or 403: the key is wrong, expired, revoked, or no server
    /// key. It is retried slowly.
    #[error("the server does not accept the key (HTTP {status})")]
    Unauthorized {
        /// The HTTP status.
        status: u16,
    },
    /// The server answers something else than a stream.
    #[error("the server refuses the stream: {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it is, for people.
        reason: String,
    },
    /// There is no answer, or the connection broke.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server ended the stream without a goodbye.
    #[error("the server closed the stream")]
    Closed,
    /// The server said that it goes away.
    #[error("the server said goodbye")]
    Goodbye,
    /// The stream was silent for longer than a heartbeat can take.
    #[error("the stream was silent for {0:?}")]
    Silent(Duration),
    /// What came is no ruleset, or a change that does not fit the ruleset that the
    /// client has. It asks for the whole ruleset anew.
    #[error("the stream does not make sense: {0}")]
    Senseless(String),
}

/// What the background task writes and everybody may wait for.
#[derive(Debug)]
pub(crate) struct Standing(watch::Sender<Facts>);

/// [`Status`] with points in time instead of ages.
#[derive(Clone, Debug, Default)]
struct Facts {
    revision: Option<u64>,
    contact: Option<Instant>,
    connected: bool,
    problem: Option<(Problem, Instant)>,
    shut_down: bool,
}

impl Facts {
    fn status(&self) -> Status {
        Status {
            revision: self.revision,
            age: self.contact.map(|contact| contact.elapsed()),
            connected: self.connected,
            last_error: self.problem.as_ref().map(|(problem, at)| LastError {
                problem: problem.clone(),
                age: at.elapsed(),
            }),
            shut_down: self.shut_down,
        }
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self(watch::Sender::new(Facts::default()))
    }
}

impl Standing {
    pub(crate) fn status(&self) -> Status {
        self.0.borrow().status()
    }

    /// Waits until the status is as wanted. Time alone wakes nobody.
    pub(crate) async fn when(&self, mut wanted: impl FnMut(&Status) -> bool) -> Status {
        let mut facts = self.0.subscribe();
        loop {
            let status = facts.borrow_and_update().status();
            if wanted(&status) {
                return status;
            }
            if facts.changed().await.is_err() {
                // Cannot be: the sender is `self`.
                return status;
            }
        }
    }

    /// Bytes came from the server.
    pub(crate) fn heard(&self) {
        self.0.send_modify(|facts| {
            facts.contact = Some(Instant::now());
            facts.connected = true;
        });
    }

    /// Evaluations use another ruleset.
    pub(crate) fn installed(&self, revision: u64) {
        self.0.send_modify(|facts| facts.revision = Some(revision));
    }

    /// The stream ended.
    pub(crate) fn lost(&self, problem: Problem) {
        self.0.send_modify(|facts| {
            facts.connected = false;
            facts.problem = Some((problem, Instant::now()));
        });
    }

    /// The background task ended.
    pub(crate) fn shut_down(&self) {
        self.0.send_modify(|facts| {
            facts.connected = false;
            facts.shut_down = true;
        });
    }
}
