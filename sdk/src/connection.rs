//! The stream over HTTP: connects, hands bytes to the parser and events to the
//! protocol, and comes again when it ends.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::header::{ACCEPT, HeaderMap, RETRY_AFTER};
use tokio::time::{Instant, timeout};

use crate::backoff::Backoff;
use crate::protocol::{self, Step};
use crate::shared::Shared;
use crate::sse::{Event, Frame, Parser};
use crate::status::Problem;

/// The header that says what a client has.
const LAST_EVENT_ID: &str = "last-event-id";
/// Events of more bytes are read on a thread for blocking work: compiling thousands of
/// flags takes longer than an async task may hold its thread.
const LARGE_EVENT: usize = 64 * 1024;
/// A `Retry-After` of longer than this is a mistake.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Follows the stream, and follows it again.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) shared: Arc<Shared>,
    pub(crate) limits: Limits,
    pub(crate) backoff: Backoff,
}

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From the request to the head of the answer.
    pub(crate) response: Duration,
    /// From one piece of the stream to the next.
    pub(crate) silence: Duration,
    /// Bytes of one event.
    pub(crate) frame: usize,
    /// A stream of this age ended for another reason than the last one did.
    pub(crate) stable: Duration,
    /// Between attempts where the key is refused.
    pub(crate) unauthorized: Duration,
}

/// How a stream ended.
#[derive(Debug)]
struct End {
    problem: Problem,
    next: Next,
}

/// When to connect again, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// After the back-off.
    Backoff,
    /// After at least this, where it is longer.
    NotBefore(Duration),
    /// After exactly this: the server spreads its clients itself.
    After(Duration),
    /// For the whole ruleset.
    Anew,
}

impl End {
    fn new(problem: Problem) -> Self {
        let next = Next::Backoff;
        Self { problem, next }
    }
}

impl Connection {
    /// Follows the stream until it is dropped.
    pub(crate) async fn run(&mut self) {
        let mut resume = true;
        let mut last = None;
        loop {
            let began = Instant::now();
            let End { problem, next } = self.follow(resume).await;
            let connected = self.shared.standing.status().connected;
            tell(&problem, connected || last.as_ref() != Some(&problem));
            last = Some(problem.clone());
            self.shared.standing.lost(problem);
            let stable = began.elapsed() >= self.limits.stable;
            if stable {
                self.backoff.reset();
            }
            resume = next != Next::Anew;
            let wait = match next {
                Next::After(wait) => wait,
                Next::Anew if stable => Duration::ZERO,
                Next::Anew | Next::Backoff => self.backoff.next(),
                Next::NotBefore(wait) => self.backoff.next().max(wait),
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn follow(&self, resume: bool) -> End {
        match self.open(resume).await {
            Ok(response) => {
                self.shared.standing.heard();
                self.read(response).await
            }
            Err(end) => end,
        }
    }

    async fn open(&self, resume: bool) -> Result<reqwest::Response, End> {
        let mut request = self.http.get(&self.url).header(ACCEPT, "text/event-stream");
        if let Some(ruleset) = self.shared.ruleset().filter(|_| resume) {
            request = request.header(LAST_EVENT_ID, ruleset.revision());
        }
        let response = match timeout(self.limits.response, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(End::new(unreachable(error))),
            Err(_) => {
                let reason = format!("no answer within {:?}", self.limits.response);
                return Err(End::new(Problem::Unreachable(reason)));
            }
        };
        let status = response.status().as_u16();
        match status {
            200 if is_event_stream(response.headers()) => Ok(response),
            401 | 403 => Err(End {
                problem: Problem::Unauthorized { status },
                next: Next::NotBefore(self.limits.unauthorized),
            }),
            _ => Err(End {
                next: retry_after(&response).map_or(Next::Backoff, Next::NotBefore),
                problem: refusal(&response),
            }),
        }
    }

    async fn read(&self, response: reqwest::Response) -> End {
        let mut pieces = response.bytes_stream();
        let mut parser = Parser::new(self.limits.frame);
        let mut frames = Vec::new();
        loop {
            let piece = match timeout(self.limits.silence, pieces.next()).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) => return End::new(unreachable(error)),
                Ok(None) => return End::new(Problem::Closed),
                Err(_) => return End::new(Problem::Silent(self.limits.silence)),
            };
            self.shared.standing.heard();
            let parsed = parser.feed(&piece, &mut frames);
            for frame in frames.drain(..) {
                if let Frame::Event(event) = frame
                    && let Some(end) = self.take(event).await
                {
                    return end;
                }
            }
            if let Err(error) = parsed {
                return End {
                    problem: Problem::Senseless(error.to_string()),
                    next: Next::Anew,
                };
            }
        }
    }

    /// Does what an event says; an end where that is to leave.
    async fn take(&self, event: Event) -> Option<End> {
        match self.understand(event).await {
            Step::Install(update) => {
                self.shared.install(*update);
                None
            }
            Step::Ignore => None,
            Step::Leave(after) => Some(End {
                problem: Problem::Goodbye,
                next: after.map_or(Next::Backoff, Next::After),
            }),
            Step::Resynchronise(problem) => Some(End {
                problem,
                next: Next::Anew,
            }),
        }
    }

    async fn understand(&self, event: Event) -> Step {
        let current = self.shared.ruleset();
        if event.data.len() < LARGE_EVENT {
            return protocol::read(current.as_deref(), &event);
        }
        let reading = move || protocol::read(current.as_deref(), &event);
        match tokio::task::spawn_blocking(reading).await {
            Ok(step) => step,
            Err(error) => Step::Resynchronise(Problem::Senseless(error.to_string())),
        }
    }
}

/// Logs the end of a stream; attempts that fail like the one before are no news.
fn tell(problem: &Problem, news: bool) {
    match problem {
        Problem::Goodbye => tracing::info!("the ruleset stream ended: {problem}"),
        _ if news => tracing::warn!("the ruleset stream ended, it is tried again: {problem}"),
        _ => tracing::debug!("the ruleset stream cannot be had: {problem}"),
    }
}

fn unreachable(error: reqwest::Error) -> Problem {
    Problem::Unreachable(with_causes(&error.without_url()))
}

/// An error's message and those of its causes, which hold what one needs to know.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(reqwest::header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"))
}

fn refusal(response: &reqwest::Response) -> Problem {
    let status = response.status();
    let location = response.headers().get(reqwest::header::LOCATION);
    let reason = match location.and_then(|location| location.to_str().ok()) {
        Some(location) if status.is_redirection() => {
            format!("HTTP {status} to {location}; give the client that address")
        }
        _ if status.is_success() => format!("HTTP {status} without an event stream"),
        _ => format!("HTTP {status}"),
    };
    Problem::Refused {
        status: status.as_u16(),
        reason,
    }
}

/// The `Retry-After` of an answer, where it is in seconds.
pub(crate) fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let wait = Duration::from_secs(seconds.trim().parse().ok()?);
    Some(wait.min(LONGEST_RETRY_AFTER))
}
