//! The stream over HTTP: hands bytes to the parser, and takes what comes out.

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use reqwest::Response;
use reqwest::header::ACCEPT;
use serin_api::paths;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::answer::{is_event_stream, late, refused, unreachable};
use super::{Connection, End, Next};
use crate::sse::{Frame, FrameError, Parser};
use crate::status::{Mode, Problem};

/// The header that says what a client has.
const LAST_EVENT_ID: &str = "last-event-id";
const EVENT_STREAM: &str = "text/event-stream";
/// A server that sends a ruleset sends it at once.
const FIRST_BYTE_OF_A_RULESET: Duration = Duration::from_secs(10);
/// A `retry` of longer than this is a mistake.
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// What is known of a stream while it is read.
struct Reading {
    parser: Parser,
    /// Until when an end without a byte is that of a stream that is blocked: later, the
    /// server may just have had nothing to say.
    blocked: Instant,
    /// When the last whole frame came, or the stream was opened.
    frame: Instant,
    /// How long the next piece may take.
    patience: Duration,
    /// Whether there was any byte.
    begun: bool,
    /// Whether there was any whole frame.
    fruitful: bool,
    /// How long the server wants clients to stay away once the stream ends.
    retry: Option<Duration>,
}

impl Connection {
    /// Follows the stream of one address. Beside that it looks now and then whether a
    /// preferred one is back.
    pub(super) async fn stream(&mut self, at: usize) -> End {
        let response = match self.open(at).await {
            Ok(response) => response,
            Err(end) => return end,
        };
        self.shared.metrics.streams_opened.one();
        self.answered(at, Mode::Stream);
        let better: Vec<_> = self
            .rota
            .better_than(at, Instant::now())
            .map(|better| self.rota.addresses().url(better, paths::SDK_STREAM))
            .collect();
        let pause = self.backoff.around(self.limits.failback);
        let (http, limit) = (self.http.clone(), self.limits.response);
        tokio::select! {
            end = self.read(at, response.bytes_stream()) => end,
            () = one_answers(&http, &better, pause, limit) => {
                self.shared.metrics.failbacks.one();
                self.shared.standing.left();
                End::leave()
            }
        }
    }

    async fn open(&self, at: usize) -> Result<Response, End> {
        let url = self.rota.addresses().url(at, paths::SDK_STREAM);
        let mut request = self.http.get(url).header(ACCEPT, EVENT_STREAM);
        let trusted = self.holdings.trusted();
        if let Some(ruleset) = self.shared.ruleset().filter(|_| trusted) {
            request = request.header(LAST_EVENT_ID, ruleset.revision());
        }
        let response = match timeout(self.limits.response, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(unreachable(error)),
            Err(_) => return Err(late(self.limits.response)),
        };
        if is_event_stream(&response) {
            return Ok(response);
        }
        Err(refused(&response, &self.limits))
    }

    async fn read<B: AsRef<[u8]>>(
        &mut self,
        at: usize,
        pieces: impl Stream<Item = reqwest::Result<B>>,
    ) -> End {
        let mut pieces = pin!(pieces);
        let mut reading = Reading::new(self.first_byte(), self.limits.frame);
        let mut frames = Vec::new();
        loop {
            let silent = Instant::now() + reading.patience;
            let stuck = reading.frame + self.limits.frame_time;
            let piece = match timeout_at(silent.min(stuck), pieces.next()).await {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) => return reading.ended(unreachable(error).problem),
                Ok(None) => return reading.ended(Some(Problem::Closed)),
                Err(_) if stuck < silent => return reading.ended(Some(Problem::Stuck)),
                Err(_) => return reading.silent(),
            };
            self.heard(at, piece.as_ref().len());
            reading.patience = self.limits.silence;
            let parsed = reading.feed(piece.as_ref(), &mut frames);
            if !frames.is_empty() {
                self.blockade.lift();
            }
            for frame in frames.drain(..) {
                match frame {
                    Frame::Comment => {}
                    Frame::Retry(millis) => reading.retry(millis),
                    Frame::Event(event) => {
                        if let Some(end) = self.take(at, event).await {
                            return end;
                        }
                    }
                }
            }
            if let Err(error) = parsed {
                return End::senseless(error.to_string());
            }
        }
    }

    /// How long the first byte may take.
    fn first_byte(&self) -> Duration {
        let limit = self.limits.first_byte.min(self.limits.silence);
        if self.holdings.trusted() {
            limit
        } else {
            limit.min(FIRST_BYTE_OF_A_RULESET)
        }
    }
}

impl Reading {
    fn new(first_byte: Duration, frame: usize) -> Self {
        Self {
            parser: Parser::new(frame),
            blocked: Instant::now() + first_byte / 4,
            frame: Instant::now(),
            patience: first_byte,
            begun: false,
            fruitful: false,
            retry: None,
        }
    }

    fn feed(&mut self, piece: &[u8], frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        let parsed = self.parser.feed(piece, frames);
        self.begun = true;
        if !frames.is_empty() {
            self.fruitful = true;
            self.frame = Instant::now();
        }
        parsed
    }

    fn retry(&mut self, millis: u64) {
        self.retry = Some(Duration::from_millis(millis).min(LONGEST_RETRY));
    }

    fn silent(&self) -> End {
        let problem = if self.begun {
            Problem::Silent(self.patience)
        } else {
            Problem::Withheld(self.patience)
        };
        End {
            next: self.retry.map_or(Next::Elsewhere, Next::NotBefore),
            fruitless: !self.fruitful,
            ..self.ended(Some(problem))
        }
    }

    fn ended(&self, problem: Option<Problem>) -> End {
        End {
            problem,
            next: self.retry.map_or(Next::Backoff, Next::NotBefore),
            fruitless: !self.fruitful && (self.begun || Instant::now() < self.blocked),
        }
    }
}

/// Waits until one of some addresses opens a stream; for good where there is none.
async fn one_answers(http: &reqwest::Client, urls: &[String], pause: Duration, limit: Duration) {
    if urls.is_empty() {
        return std::future::pending().await;
    }
    loop {
        sleep(pause).await;
        for url in urls {
            let request = http.get(url).header(ACCEPT, EVENT_STREAM).send();
            if let Ok(Ok(response)) = timeout(limit, request).await
                && is_event_stream(&response)
            {
                return;
            }
        }
    }
}
