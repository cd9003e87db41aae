//! Sending batches of counts.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serin_api::paths;
use uuid::Uuid;

use super::batch::Outbox;
use super::counters::Taken;
use crate::backoff::Backoff;
use crate::clock;
use crate::connection::retry_after;
use crate::endpoints::Addresses;
use crate::shared::Shared;

/// Over how long instances spread their reports of evidence.
const SPREAD: Duration = Duration::from_secs(2);

/// Sends what was counted, once an interval.
#[derive(Debug)]
pub(crate) struct Delivery {
    http: reqwest::Client,
    addresses: Arc<Addresses>,
    shared: Arc<Shared>,
    outbox: Outbox,
    timing: Timing,
    backoff: Backoff,
    /// Whether the last attempt failed, so that a failure is logged once.
    failing: bool,
}

/// How often, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Between batches.
    pub(crate) interval: Duration,
    /// For one request.
    pub(crate) request: Duration,
    /// Between attempts where the key is refused.
    pub(crate) unauthorized: Duration,
}

/// What became of a batch.
enum Fate {
    /// The server has it.
    Delivered,
    /// The server will never take it.
    Refused(StatusCode),
    /// Try again: after so long, where the server said or the key is refused.
    Failed(String, Option<Duration>),
}

impl Delivery {
    pub(crate) fn new(
        http: reqwest::Client,
        addresses: Arc<Addresses>,
        shared: Arc<Shared>,
        instance: Uuid,
        timing: Timing,
        backoff: Backoff,
    ) -> Self {
        Self {
            http,
            addresses,
            shared,
            outbox: Outbox::new(instance, clock::now()),
            timing,
            backoff,
            failing: false,
        }
    }

    /// Sends until it is dropped. An attempt that is dropped halfway is repeated with
    /// the same number by the next one, so that it counts once.
    pub(crate) async fn run(&mut self) {
        // The clients of one server do not all come at the same time.
        let mut wait = self.timing.interval / 2 + self.backoff.up_to(self.timing.interval / 2);
        loop {
            wait = match self.flush_after(wait).await {
                Ok(()) => self.timing.interval,
                Err(wait) => {
                    tokio::time::sleep(wait).await;
                    Duration::ZERO
                }
            };
        }
    }

    /// Sends after so long, or shortly after a window of evidence was closed or a stage of a
    /// release came.
    async fn flush_after(&mut self, wait: Duration) -> Result<(), Duration> {
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.evidence.news.notified() => {
                // All instances close theirs, and hear of a stage, at the same time.
                tokio::time::sleep(self.backoff.up_to(SPREAD.min(self.timing.interval))).await;
            }
        }
        self.flush().await
    }

    /// Sends all that was counted until now.
    ///
    /// # Errors
    /// Where the server does not take it now: when to try again.
    pub(crate) async fn flush(&mut self) -> Result<(), Duration> {
        // What an earlier attempt left goes first, and does not take up more.
        while !self.outbox.is_empty() {
            self.send_first().await?;
        }
        if self.shared.evidence.take_news() {
            self.outbox.acknowledge();
        }
        let taken = self
            .shared
            .counters()
            .map_or_else(Taken::default, |counters| counters.take());
        let revision = self
            .shared
            .ruleset()
            .map_or(0, |ruleset| ruleset.revision());
        let contexts = self.shared.take_samples();
        let evidence = self.shared.evidence.take();
        self.outbox
            .put(taken, contexts, evidence, revision, clock::now());
        while !self.outbox.is_empty() {
            self.send_first().await?;
        }
        Ok(())
    }

    async fn send_first(&mut self) -> Result<(), Duration> {
        self.outbox.date_first(clock::now());
        match self.post().await {
            Fate::Delivered => self.shared.metrics.batches_delivered.one(),
            Fate::Refused(status) => {
                self.shared.metrics.batches_refused.one();
                tracing::warn!("the server refuses a telemetry batch for good: HTTP {status}");
            }
            Fate::Failed(reason, after) => {
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::warn!("telemetry cannot be delivered, it is kept: {reason}");
                }
                self.shared.metrics.batch_failures.one();
                return Err(match after {
                    Some(least) => self.backoff.after(least),
                    None => self.backoff.next(),
                });
            }
        }
        self.failing = false;
        self.backoff.reset();
        self.outbox.remove_first();
        Ok(())
    }

    async fn post(&self) -> Fate {
        let Some(batch) = self.outbox.first() else {
            return Fate::Delivered;
        };
        // Whichever serves the flags takes the counts: batches are known by their numbers.
        let url = self
            .addresses
            .url(self.addresses.current(), paths::SDK_TELEMETRY);
        let request = self.http.post(url).json(batch).timeout(self.timing.request);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Fate::Failed(error.without_url().to_string(), None),
        };
        let status = response.status();
        match status.as_u16() {
            200..=299 => Fate::Delivered,
            401 | 403 => Fate::Failed(format!("HTTP {status}"), Some(self.timing.unauthorized)),
            408 | 425 | 429 => Fate::Failed(format!("HTTP {status}"), retry_after(&response)),
            400..=499 => Fate::Refused(status),
            _ => Fate::Failed(format!("HTTP {status}"), retry_after(&response)),
        }
    }
}
