//! Follows the upstream's stream with one key, for as long as the relay runs.

mod end;

use std::{sync::Arc, time::Duration};

use reqwest::Response;
use serin_api::key::KeyKind;
use serin_sdk::sse::{Event, Frame, Parser};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Shared,
    backoff::Backoff,
    event::{self, Step},
    place::{Given, Place},
    upstream::{self, Failure},
};
use crate::ids;
use end::{End, Next};

/// The largest event, in bytes.
const LARGEST_EVENT: usize = 64 << 20;
/// Events of more bytes are read on a thread for blocking work.
const LARGE_EVENT: usize = 64 << 10;
/// A stream of this age ended for another reason than the last one did.
const STABLE: Duration = Duration::from_secs(10);
/// Clients of an upstream that goes away spread over this while they go to another.
const SPREAD: Duration = Duration::from_millis(500);

/// One of the keys that the relay was given.
pub(super) struct Line {
    secret: String,
    /// What may be shown of it.
    shown: String,
    shared: Arc<Shared>,
    backoff: Backoff,
}

impl Line {
    pub(super) fn new(secret: String, shared: Arc<Shared>) -> Self {
        let random = Arc::clone(&shared.random);
        let shown = ids::prefix(&secret);
        shared.places.given(&secret, Given::Unknown);
        Self {
            backoff: Backoff::new(shared.timing.backoff, random),
            secret,
            shown,
            shared,
        }
    }

    /// Follows until it is dropped.
    pub(super) async fn run(mut self) {
        loop {
            let place = self.place().await;
            if place.claim(&self.secret) {
                self.follow(&place).await;
                place.release();
            }
            // Refused, or another key of the same environment does it.
            sleep(self.pause()).await;
        }
    }

    /// The environment that the key opens, once that is known.
    async fn place(&mut self) -> Arc<Place> {
        loop {
            let keys = &self.shared.keys;
            let found = match keys.known(&self.secret) {
                Some(info) => Ok(info),
                None => keys.ask_for(&self.secret).await,
            };
            let wait = match found {
                Ok(info) if info.kind == KeyKind::Server => {
                    let place = self.shared.places.of(
                        info.environment_id,
                        &info.project,
                        &info.environment,
                    );
                    let given = Given::Opens(info.environment_id);
                    self.shared.places.given(&self.secret, given);
                    self.backoff.reset();
                    return place;
                }
                Ok(_) => {
                    self.refused("it is a client key, which opens no ruleset; the relay learns of clients' keys by itself")
                }
                Err(failure @ Failure::Unauthorized(_)) => self.refused(&failure.to_string()),
                Err(failure) => {
                    tracing::warn!("cannot ask what the key {}… opens: {failure}", self.shown);
                    self.backoff.next()
                }
            };
            sleep(wait).await;
        }
    }

    fn refused(&self, reason: &str) -> Duration {
        tracing::error!("the key {}… is of no use: {reason}", self.shown);
        self.shared.places.given(&self.secret, Given::Refused);
        self.pause()
    }

    /// Around the time between two looks at a key.
    fn pause(&self) -> Duration {
        let recheck = self.shared.timing.recheck;
        recheck / 2 + self.backoff.up_to(recheck)
    }

    /// Follows until the key is refused.
    async fn follow(&mut self, place: &Arc<Place>) {
        let (mut at, mut resume) = (0, true);
        loop {
            let began = Instant::now();
            let end = self.round(place, at, resume).await;
            self.tell(place, &end);
            let stable = end.opened && began.elapsed() >= STABLE;
            if stable {
                self.backoff.reset();
            }
            if end.next == Next::Refused {
                let shared = &self.shared;
                shared.keys.refuse(&self.secret);
                shared.places.given(&self.secret, Given::Refused);
                return;
            }
            resume = end.next != Next::Anew;
            let wait = self.wait(&end, &mut at, stable);
            sleep(wait).await;
        }
    }

    /// How long to wait, and which address comes then: each failure hands over to the
    /// next, and only a whole round of failures waits for longer.
    fn wait(&mut self, end: &End, at: &mut usize, stable: bool) -> Duration {
        let more = *at + 1 < self.shared.upstream.addresses();
        *at = match end.next {
            Next::Home => 0,
            Next::Again(_) if stable => 0,
            _ if more => *at + 1,
            _ => 0,
        };
        match end.next {
            Next::Home | Next::Refused => Duration::ZERO,
            Next::Anew if stable => Duration::ZERO,
            _ if more => self.backoff.up_to(SPREAD),
            Next::After(wait) => wait,
            Next::Again(least) => self.backoff.next().max(least),
            Next::Anew => self.backoff.next(),
        }
    }

    fn tell(&self, place: &Place, end: &End) {
        let (project, environment) = (&place.project, &place.environment);
        if end.next == Next::Anew {
            place.refuse();
            tracing::error!(
                project,
                environment,
                "what the upstream sent is not taken: {}",
                end.reason
            );
        }
        match place.lost(&end.reason) {
            _ if end.next == Next::Refused => {
                tracing::error!(project, environment, "key {}…: {}", self.shown, end.reason);
            }
            true => tracing::warn!(project, environment, "the stream ended: {}", end.reason),
            false => tracing::debug!(project, environment, "no stream: {}", end.reason),
        }
    }

    async fn round(&self, place: &Arc<Place>, at: usize, resume: bool) -> End {
        let shared = &self.shared;
        let last = shared.places.revision(place.id).filter(|_| resume);
        let response = match shared.upstream.stream(at, &self.secret, last).await {
            Ok(response) => response,
            Err(failure) => return End::before(failure),
        };
        place.heard(shared.clock.now());
        tracing::info!(
            project = place.project,
            environment = place.environment,
            "following the upstream"
        );
        let reading = self.read(place, response);
        if at == 0 {
            return reading.await;
        }
        match timeout(shared.timing.fail_back, reading).await {
            Ok(end) => end,
            Err(_) => End::of("trying the first upstream again", Next::Home),
        }
    }

    async fn read(&self, place: &Arc<Place>, mut response: Response) -> End {
        let again = Next::Again(Duration::ZERO);
        let mut parser = Parser::new(LARGEST_EVENT);
        let mut frames = Vec::new();
        loop {
            let silence = self.shared.timing.silence;
            let piece = match timeout(silence, response.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => return End::of("the upstream closed the stream", again),
                Ok(Err(error)) => return End::of(upstream::unreachable(error), again),
                Err(_) => return End::of(format!("silence for {silence:?}"), again),
            };
            place.heard(self.shared.clock.now());
            let parsed = parser.feed(&piece, &mut frames);
            for frame in frames.drain(..) {
                if let Some(end) = self.take(place, frame).await {
                    return end;
                }
            }
            if let Err(error) = parsed {
                return End::of(error, Next::Anew);
            }
        }
    }

    /// Does what a frame says; an end where that is to leave.
    async fn take(&self, place: &Arc<Place>, frame: Frame) -> Option<End> {
        let event = match frame {
            Frame::Event(event) => event,
            Frame::Comment => {
                // Who has another revision than the upstream gets an event before a heartbeat.
                if self.shared.places.revision(place.id).is_some() {
                    place.confirmed();
                }
                return None;
            }
            Frame::Retry(_) => return None,
        };
        match self.understand(place, event).await {
            Step::Served => {
                place.confirmed();
                self.shared.changed.notify_one();
                None
            }
            Step::Nothing => None,
            Step::Leave(Some(after)) => Some(End::of("it said goodbye", Next::After(after))),
            Step::Leave(None) => {
                let again = Next::Again(Duration::ZERO);
                Some(End::of("it said goodbye", again))
            }
            Step::Anew(reason) => Some(End::of(reason, Next::Anew)),
        }
    }

    async fn understand(&self, place: &Arc<Place>, event: Event) -> Step {
        if event.data.len() < LARGE_EVENT {
            return event::take(&self.shared.publisher, place, &event);
        }
        let (publisher, place) = (Arc::clone(&self.shared.publisher), Arc::clone(place));
        let reading = move || event::take(&publisher, &place, &event);
        tokio::task::spawn_blocking(reading)
            .await
            .unwrap_or_else(|error| Step::Anew(error.to_string()))
    }
}
