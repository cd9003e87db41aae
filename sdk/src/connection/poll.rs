//! Fetching whole rulesets, where streams are blocked.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};
use serin_api::paths;
use serin_api::sdk::stream::PUT;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::answer::{late, refused, text, unreachable};
use super::{Connection, End};
use crate::sse::Event;
use crate::status::{Mode, Problem};

/// How long a fetch beside a stream may wait for its answer: whoever answers at all
/// does so soon, and the next stream waits for it.
const BESIDE_A_STREAM: Duration = Duration::from_secs(5);

impl Connection {
    /// Polls one address until it fails, or until it is time to try a stream again.
    pub(super) async fn poll(&mut self, at: usize, until: Instant) -> End {
        loop {
            let due = self.blockade.due(Instant::now());
            sleep_until(due.min(until)).await;
            if due >= until {
                return End::leave();
            }
            match self.fetch(at, self.limits.response).await {
                Ok(()) => {
                    self.answered(at, Mode::Poll);
                    let pause = self.backoff.around(self.limits.poll);
                    self.blockade.set_due(Some(Instant::now() + pause));
                }
                Err(end) => {
                    self.blockade.set_due(None);
                    return End {
                        fruitless: false,
                        ..end
                    };
                }
            }
        }
    }

    /// Fetches the ruleset from an address whose stream brought nothing, so that the
    /// client is up to date in the meantime. Whether it polls from now on.
    pub(super) async fn fetch_instead(&mut self) -> bool {
        for at in self.blockade.suspects() {
            let limit = self.limits.response.min(BESIDE_A_STREAM);
            if self.fetch(at, limit).await.is_err() {
                continue;
            }
            self.blockade.confirm();
            if !self.blockade.stands() {
                return false;
            }
            tracing::warn!("streams are blocked on the way to the server: polling instead");
            let period = self.backoff.around(self.limits.stream_retry);
            let pause = self.backoff.around(self.limits.poll);
            self.blockade.poll_for(period, pause);
            self.rota.choose(at);
            self.answered(at, Mode::Poll);
            return true;
        }
        false
    }

    async fn fetch(&mut self, at: usize, limit: Duration) -> Result<(), End> {
        let url = self.rota.addresses().url(at, paths::SDK_RULESET);
        let mut request = self.http.get(url);
        let tag = self.holdings.tag(self.shared.revision()).map(str::to_owned);
        if let Some(tag) = &tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let response = match timeout(limit, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(unreachable(error)),
            Err(_) => return Err(late(limit)),
        };
        match response.status() {
            StatusCode::OK => self.take_whole(at, response).await?,
            StatusCode::NOT_MODIFIED if tag.is_some() => self.heard_aside(at, 0),
            _ => return Err(refused(&response, &self.limits)),
        }
        self.shared.metrics.polls.one();
        Ok(())
    }

    async fn take_whole(&mut self, at: usize, response: Response) -> Result<(), End> {
        let tag = text(response.headers(), &ETAG).map(str::to_owned);
        let data = self.body(at, response).await?;
        let event = Event {
            name: PUT.to_owned(),
            data,
        };
        match self.take(at, event).await {
            Some(end) => Err(end),
            None => {
                self.holdings.set_tag(tag, self.shared.revision());
                Ok(())
            }
        }
    }

    async fn body(&mut self, at: usize, response: Response) -> Result<String, End> {
        let mut pieces = response.bytes_stream();
        let mut body = Vec::new();
        let end = Instant::now() + self.limits.frame_time;
        loop {
            let silent = Instant::now() + self.limits.silence;
            let piece = match timeout_at(silent.min(end), pieces.next()).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) => return Err(unreachable(error)),
                Ok(None) => break,
                Err(_) => return Err(End::new(Problem::Silent(self.limits.silence))),
            };
            self.heard_aside(at, piece.len());
            if body.len() + piece.len() > self.limits.frame {
                let limit = self.limits.frame;
                return Err(End::senseless(format!(
                    "a ruleset of more than {limit} bytes"
                )));
            }
            body.extend_from_slice(&piece);
        }
        String::from_utf8(body).map_err(|_| End::senseless("a ruleset that is not UTF-8"))
    }

    /// Bytes came, though not by a stream.
    fn heard_aside(&mut self, at: usize, bytes: usize) {
        self.holdings.heard(at);
        self.shared.metrics.bytes_received.add(bytes);
        self.shared.standing.contact();
    }
}
