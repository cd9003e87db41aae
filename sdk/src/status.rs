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
    /// Where that ruleset came from; absent before the first one.
    pub source: Option<Source>,
    /// How long ago the server was last heard of, be it by a heartbeat; absent where
    /// it never was. While connected, this stays below the silence limit, or around the
    /// interval between polls.
    pub age: Option<Duration>,
    /// Whether the stream is open, or the last poll was answered.
    pub connected: bool,
    /// For how long it has been, where it is.
    pub connected_for: Option<Duration>,
    /// How often it came to be again after it had not been.
    pub reconnects: u64,
    /// How changes reach the client.
    pub mode: Mode,
    /// The address that answered last, of those that the client was given; absent where
    /// none did.
    pub endpoint: Option<String>,
    /// The last thing that went wrong. It stays after it was overcome.
    pub last_error: Option<LastError>,
    /// Whether the client was shut down. Evaluation goes on from the last ruleset.
    pub shut_down: bool,
}

/// Where a ruleset came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// From the server, since this program started.
    Network,
    /// From the copy on the disk that an earlier run of a program left.
    Cache,
    /// From the document or the file that the client was given.
    Bootstrap,
    /// From [`crate::TestData`].
    Test,
}

/// How changes reach a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// By the server's stream, within milliseconds.
    #[default]
    Stream,
    /// By asking at an interval, since something on the way blocks streams.
    Poll,
    /// Not at all: the client has no server.
    Offline,
}

impl Status {
    /// Whether evaluations may use an old ruleset: there is none, or the server was not
    /// heard of for longer than this. For alarms, and not for stopping a program: it
    /// decides as it did. Offline, nothing is ever stale that is there.
    #[must_use]
    pub fn is_stale(&self, limit: Duration) -> bool {
        match self.mode {
            Mode::Offline => self.revision.is_none(),
            Mode::Stream | Mode::Poll => {
                self.revision.is_none() || self.age.is_none_or(|age| age > limit)
            }
        }
    }
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
    /// The stream was opened and brought nothing: something on the way holds it back.
    #[error("the stream was opened and brought nothing for {0:?}")]
    Withheld(Duration),
    /// The stream was silent for longer than a heartbeat can take.
    #[error("the stream was silent for {0:?}")]
    Silent(Duration),
    /// A frame of the stream did not come to its end in time.
    #[error("a frame of the stream does not come to its end")]
    Stuck,
    /// The server has an older ruleset than another address of the environment gave.
    #[error("the server is behind: it has revision {offered}, and {have} is in use")]
    Behind {
        /// The revision that evaluations use.
        have: u64,
        /// The revision that the server has.
        offered: u64,
    },
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
    source: Option<Source>,
    contact: Option<Instant>,
    /// Since when it is connected, where it is.
    connected: Option<Instant>,
    connects: u64,
    mode: Mode,
    endpoint: Option<String>,
    problem: Option<(Problem, Instant)>,
    shut_down: bool,
}

impl Facts {
    fn status(&self) -> Status {
        Status {
            revision: self.revision,
            source: self.source,
            age: self.contact.map(|contact| contact.elapsed()),
            connected: self.connected.is_some(),
            connected_for: self.connected.map(|since| since.elapsed()),
            reconnects: self.connects.saturating_sub(1),
            mode: self.mode,
            endpoint: self.endpoint.clone(),
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
            let now = Instant::now();
            facts.contact = Some(now);
            if facts.connected.is_none() {
                facts.connected = Some(now);
                facts.connects += 1;
            }
        });
    }

    /// A server answered at this address.
    pub(crate) fn answered(&self, endpoint: &str, mode: Mode) {
        self.0.send_modify(|facts| {
            facts.mode = mode;
            if facts.endpoint.as_deref() != Some(endpoint) {
                facts.endpoint = Some(endpoint.to_owned());
            }
        });
        self.heard();
    }

    /// There is no server to be heard of.
    pub(crate) fn offline(&self) {
        self.0.send_modify(|facts| facts.mode = Mode::Offline);
    }

    /// Evaluations use another ruleset.
    pub(crate) fn installed(&self, revision: u64, source: Source) {
        self.0.send_modify(|facts| {
            facts.revision = Some(revision);
            facts.source = Some(source);
        });
    }

    /// The stream ended.
    pub(crate) fn lost(&self, problem: Problem) {
        self.0.send_modify(|facts| {
            facts.connected = None;
            facts.problem = Some((problem, Instant::now()));
        });
    }

    /// Something went wrong that does not matter: another way works.
    pub(crate) fn noted(&self, problem: Problem) {
        self.0
            .send_modify(|facts| facts.problem = Some((problem, Instant::now())));
    }

    /// The server answered, though not in the way that is followed.
    pub(crate) fn contact(&self) {
        self.0
            .send_modify(|facts| facts.contact = Some(Instant::now()));
    }

    /// The client left the stream for a better one.
    pub(crate) fn left(&self) {
        self.0.send_modify(|facts| facts.connected = None);
    }

    /// The background task ended.
    pub(crate) fn shut_down(&self) {
        self.0.send_modify(|facts| {
            facts.connected = None;
            facts.shut_down = true;
        });
    }
}
