//! The way to the server: follows the stream of one address after the other, or polls
//! where streams are blocked, and decides when to try what again.
//!
//! `stream` and `poll` are the two ways to get rulesets, `answer` reads the heads of
//! answers, `holdings` knows what the client has and from whom. All of it measures time
//! on the monotonic clock, so that a wall clock that is set does no harm.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::backoff::Backoff;
use crate::endpoints::{Rota, Turn};
use crate::shared::Shared;
use crate::status::{Mode, Problem};

mod answer;
mod blockade;
mod holdings;
mod install;
mod poll;
mod stream;

pub(crate) use answer::retry_after;
pub(crate) use blockade::Blockade;
pub(crate) use holdings::Holdings;

/// Follows the ruleset of one environment.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) http: reqwest::Client,
    pub(crate) rota: Rota,
    pub(crate) shared: Arc<Shared>,
    pub(crate) limits: Limits,
    pub(crate) backoff: Backoff,
    pub(crate) holdings: Holdings,
    pub(crate) blockade: Blockade,
}

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From the request to the head of the answer.
    pub(crate) response: Duration,
    /// From one piece of the stream to the next.
    pub(crate) silence: Duration,
    /// From the head of a stream to its first byte, where the client has a ruleset: the
    /// server may have nothing to say before its first heartbeat.
    pub(crate) first_byte: Duration,
    /// From one whole frame to the next.
    pub(crate) frame_time: Duration,
    /// Bytes of one event, and of all that a ruleset was made of.
    pub(crate) frame: usize,
    /// A stream of this age ended for another reason than the last one did.
    pub(crate) stable: Duration,
    /// Between attempts where the key is refused.
    pub(crate) unauthorized: Duration,
    /// Between polls.
    pub(crate) poll: Duration,
    /// Between attempts to open a stream while polling.
    pub(crate) stream_retry: Duration,
    /// Between attempts to go back to a preferred address.
    pub(crate) failback: Duration,
}

/// How following came to an end.
#[derive(Debug)]
struct End {
    /// Absent where the client left by itself.
    problem: Option<Problem>,
    next: Next,
    /// Whether a stream brought nothing at all though the server can be reached.
    fruitless: bool,
}

/// When to connect again, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// After the back-off.
    Backoff,
    /// Later than this, at this address.
    NotBefore(Duration),
    /// After exactly this: the server spreads its clients itself.
    After(Duration),
    /// At the next address: what has fallen silent may take its time to refuse, too.
    Elsewhere,
    /// For the whole ruleset.
    Anew,
    /// At the preferred address.
    Preferred,
}

impl End {
    fn new(problem: Problem) -> Self {
        Self {
            problem: Some(problem),
            next: Next::Backoff,
            fruitless: false,
        }
    }

    fn fruitless(problem: Problem) -> Self {
        Self {
            fruitless: true,
            ..Self::new(problem)
        }
    }

    fn senseless(reason: impl Into<String>) -> Self {
        Self {
            next: Next::Anew,
            ..Self::new(Problem::Senseless(reason.into()))
        }
    }

    /// The client leaves by itself, for the preferred address.
    fn leave() -> Self {
        Self {
            problem: None,
            next: Next::Preferred,
            fruitless: false,
        }
    }
}

impl Connection {
    /// Follows the ruleset until it is dropped.
    pub(crate) async fn run(&mut self) {
        let mut last = None;
        loop {
            let at = match self.rota.turn(Instant::now()) {
                Turn::At(at) => at,
                Turn::Wait(until) => {
                    sleep_until(until).await;
                    continue;
                }
            };
            let began = Instant::now();
            let end = self.follow(at).await;
            let stable = began.elapsed() >= self.limits.stable && !end.fruitless;
            if let Some(problem) = &end.problem {
                let news = last.as_ref() != Some(problem);
                self.lost(problem, end.fruitless, news);
            }
            last = end.problem.or(last);
            let wait = self.wait(at, end.next, stable);
            if end.fruitless {
                self.blockade.suspect(at);
            }
            if self.rota.begins() && self.fetch_instead().await {
                continue;
            }
            sleep(wait).await;
        }
    }

    fn lost(&self, problem: &Problem, fruitless: bool, news: bool) {
        let standing = &self.shared.standing;
        tell(problem, standing.status().connected || news);
        self.shared.metrics.failures.one();
        if matches!(problem, Problem::Unauthorized { .. }) {
            self.shared.metrics.unauthorized.one();
        }
        if fruitless && self.blockade.stands() {
            // Another stream that is blocked, as expected: polling works.
            standing.noted(problem.clone());
        } else {
            standing.lost(problem.clone());
        }
    }

    async fn follow(&mut self, at: usize) -> End {
        match self.blockade.polls_until(Instant::now()) {
            Some(until) => self.poll(at, until).await,
            None => self.stream(at).await,
        }
    }

    /// How long to wait before the next attempt, and whose turn it is then.
    fn wait(&mut self, at: usize, next: Next, stable: bool) -> Duration {
        if stable {
            self.backoff.reset();
        }
        if next == Next::Anew {
            self.holdings.distrust();
            self.shared.metrics.resyncs.one();
        }
        match next {
            Next::Preferred => {
                self.rota.restart();
                Duration::ZERO
            }
            Next::After(wait) => {
                self.rota.restart();
                wait
            }
            // All clients may have got the same nonsense.
            Next::Anew if stable => self.backoff.short(),
            Next::Anew | Next::Backoff if stable => {
                self.rota.restart();
                self.backoff.next()
            }
            Next::Anew | Next::Backoff | Next::Elsewhere => self.hand_over(at),
            Next::NotBefore(least) => {
                let until = Instant::now() + self.backoff.after(least);
                self.rota.close(at, until);
                // Where all are closed, the first of them to open again is waited for.
                self.hand_over(at).min(least)
            }
        }
    }

    /// The next address's turn: soon, or after the back-off where all had theirs.
    fn hand_over(&mut self, at: usize) -> Duration {
        if self.rota.failed(at) {
            self.backoff.next()
        } else {
            self.backoff.short()
        }
    }

    /// A server answers at an address.
    fn answered(&self, at: usize, mode: Mode) {
        let addresses = self.rota.addresses();
        if addresses.answers(at) != at {
            self.shared.metrics.failovers.one();
            tracing::info!("flags come from {} now", addresses.base(at));
        }
        self.shared.standing.answered(addresses.base(at), mode);
    }

    /// Bytes came.
    fn heard(&mut self, at: usize, bytes: usize) {
        self.holdings.heard(at);
        self.shared.metrics.bytes_received.add(bytes);
        self.shared.standing.heard();
    }
}

/// Logs the end of a stream; attempts that fail like the one before are no news.
fn tell(problem: &Problem, news: bool) {
    match problem {
        Problem::Goodbye => tracing::info!("the ruleset stream ended: {problem}"),
        Problem::Unauthorized { .. } if news => {
            tracing::error!("{problem}: flags stay as they are until the key is valid again");
        }
        _ if news => tracing::warn!("the ruleset stream ended, it is tried again: {problem}"),
        _ => tracing::debug!("the ruleset stream cannot be had: {problem}"),
    }
}
